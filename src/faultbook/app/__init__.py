"""The use cases: all that a surface may call. What maintains the book is in ``faultbook.app.maintain``, which a diagnosis need not load."""

from faultbook.app.answers import (
    AboutBook,
    Answer,
    Checked,
    Codes,
    Diagnosed,
    Listing,
    Permitted,
    Printed,
    Recognised,
    Scanned,
    Searched,
    Verified,
    read_diagnosis,
)
from faultbook.app.faultbook import Faultbook, decode
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.verification import Verification
from faultbook.sources.evidence import Limits

__all__ = [
    "AboutBook",
    "Answer",
    "Checked",
    "Codes",
    "Diagnosed",
    "Diagnosis",
    "Faultbook",
    "Limits",
    "Listing",
    "Permitted",
    "Printed",
    "Recognised",
    "Scanned",
    "Searched",
    "Verification",
    "Verified",
    "decode",
    "read_diagnosis",
]
