"""Changes that end a cause: planned from what is there now, applied once, written down with their undo, and taken back.

A repair is dry until it is told to act. What must not be automated (Conditional Access, credentials, protected accounts, refusals that
somebody wrote on purpose) is advised in words and never done.
"""
