"""Recognition: text of any size and form in, occurrences out."""

from faultbook.recognise.jsonl import annotate, lines_of
from faultbook.recognise.scan import Recogniser, Recognition
from faultbook.recognise.unknown import Unknown, describe_unknown

__all__ = ["Recogniser", "Recognition", "Unknown", "annotate", "describe_unknown", "lines_of"]
