"""What the message alone makes of an entry's causes, before anybody has added evidence."""

from collections.abc import Mapping

from faultbook.diagnose.verdict import findings_of
from faultbook.diagnose.weigh import SOMETHING_ELSE, weigh
from faultbook.evidence import Facts, Subject
from faultbook.model import Entry
from faultbook.probes import Probe

_MESSAGE = ("occurrence.text",)


def unexplained(entry: Entry, text: str, probes: Mapping[str, Probe], words: Mapping[str, float]) -> float:
    """The share that is left to *something else* when only the probes of the message are asked, of this text."""
    asked = {name: one for name, one in probes.items() if one.needs == _MESSAGE}
    found = findings_of(entry, Facts(), asked, Subject(code=entry.code, text=text))
    ranked = weigh(entry, found, asked, words).ranked
    return next((one.share for one in ranked if one.cause == SOMETHING_ELSE), 0.0)
