"""The use cases: all that a surface may call. What maintains the book is in ``faultbook.app.maintain``, which a diagnosis need not load."""

from faultbook.app.answers import Answer, Checked, Diagnosed, Listing, Permitted, Recognised, Searched
from faultbook.app.faultbook import Faultbook, decode
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.sources.evidence import Limits

__all__ = [
    "Answer",
    "Checked",
    "Diagnosed",
    "Diagnosis",
    "Faultbook",
    "Limits",
    "Listing",
    "Permitted",
    "Recognised",
    "Searched",
    "decode",
]
