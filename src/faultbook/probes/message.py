"""What the message itself says: cheap, and often enough."""

import re

from faultbook.evidence import Facts, Outcome, Subject, Unknown, no, yes
from faultbook.probes import probe
from faultbook.probes.words import listed


def text_of(facts: Facts, about: Subject) -> str:
    """The text of the message, from the evidence or the subject."""
    for fact in facts.all("occurrence.text"):
        if isinstance(fact.value, dict) and isinstance(text := fact.value.get("text"), str) and text:
            return text
    if about.text:
        return about.text
    raise Unknown("not-connected", "The text of the error is missing; paste the whole message.")


@probe("message.says", needs=("occurrence.text",), otherwise="hardly-ever", family="message", names=True)
def says(facts: Facts, about: Subject, words: list[str]) -> Outcome:
    """Does the message itself say one of these words?"""
    text = text_of(facts, about)
    flat = " ".join(text.split())
    found = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", flat, re.IGNORECASE)]
    if found:
        return yes(f"The message says {listed(repr(word) for word in found)}.")
    return no(f"The message says none of {listed((repr(word) for word in words), most=5)}.")
