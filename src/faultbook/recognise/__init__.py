"""Recognition: text of any size and form in, occurrences out."""

from faultbook.recognise.scan import Recogniser, Recognition

__all__ = ["Recogniser", "Recognition"]
