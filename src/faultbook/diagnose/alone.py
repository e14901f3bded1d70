"""What the message, and what people saw beside it, make of an entry's causes before anybody has added evidence."""

from collections.abc import Collection, Mapping

from faultbook.book.threads import Thread
from faultbook.diagnose.verdict import findings_of
from faultbook.diagnose.weigh import SOMETHING_ELSE, Ranked, questions, weigh
from faultbook.evidence import Facts, Finding, Subject
from faultbook.model import Entry
from faultbook.probes import Probe

_MESSAGE = ("occurrence.text",)


def unexplained(entry: Entry, text: str, probes: Mapping[str, Probe], words: Mapping[str, float]) -> float:
    """The share that is left to *something else* when only the probes of the message are asked, of this text."""
    ranked = _ranked(entry, text, (), probes, words)
    return next((one.share for one in ranked if one.cause == SOMETHING_ELSE), 0.0)


def place_of(entry: Entry, thread: Thread, probes: Mapping[str, Probe], words: Mapping[str, float]) -> int:
    """The place of a thread's cause among the entry's causes, from 1, where what was seen there is so and nothing else is known; 0 for a cause that it has not.

    Of a thread without words of the message the probes of the message are not asked.
    """
    order = [
        one.cause for one in _ranked(entry, thread.text, thread.seen, probes, words) if one.cause != SOMETHING_ELSE
    ]
    return order.index(thread.cause) + 1 if thread.cause in order else 0


def _ranked(
    entry: Entry, text: str, seen: Collection[str], probes: Mapping[str, Probe], words: Mapping[str, float]
) -> tuple[Ranked, ...]:
    asked = {name: one for name, one in probes.items() if one.needs == _MESSAGE and text}
    found = findings_of(entry, Facts(), asked, Subject(code=entry.code, text=text))
    held = {
        key: Finding(probe=test.probe, answer="yes", sentence="", params={**test.params})
        for key, test in questions(entry).items()
        if test.probe in seen
    }
    return weigh(entry, found | held, probes, words).ranked
