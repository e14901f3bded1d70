"""The use cases: all that a surface may call.

What a diagnosis need not load stands in modules of its own: ``faultbook.app.maintain`` keeps the book, ``faultbook.app.scanning`` reads large logs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from faultbook.app.connected import Connected
    from faultbook.app.faultbook import Faultbook, decode
    from faultbook.app.live import Live
    from faultbook.diagnose.diagnosis import Diagnosis
    from faultbook.diagnose.verification import Verification
    from faultbook.sources.evidence import Limits

__all__ = [
    "AboutBook",
    "Answer",
    "Checked",
    "Codes",
    "Connected",
    "Diagnosed",
    "Diagnosis",
    "Faultbook",
    "Limits",
    "Listing",
    "Live",
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

_ELSEWHERE = {
    "Connected": "faultbook.app.connected",
    "Live": "faultbook.app.live",
    "Diagnosis": "faultbook.diagnose.diagnosis",
    "Faultbook": "faultbook.app.faultbook",
    "Limits": "faultbook.sources.evidence",
    "Verification": "faultbook.diagnose.verification",
    "decode": "faultbook.app.faultbook",
}


def __getattr__(name: str) -> Any:
    """The names above, when they are first asked for: a scan needs none of what they bring."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(_ELSEWHERE.get(name, "faultbook.app.answers")), name)
