"""An invented organisation, Contoso, whose logs can be exported in every shape that real tools write.

Used to make the bundled example and the closed cases under ``book/cases``. Everything follows from a seed; nothing is real.
"""
