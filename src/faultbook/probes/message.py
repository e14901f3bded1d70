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


def said_in(text: str, words: list[str]) -> list[str]:
    """Those of the words that stand in the text whole: no letter, digit or underscore goes on where the word begins or ends with one. Case and line breaks do not matter."""
    flat = " ".join(text.split())
    return [word for word in words if re.search(_whole(word), flat, re.IGNORECASE)]


def _whole(word: str) -> str:
    before, after = (
        edge if re.match(r"\w", char) else "" for edge, char in ((r"(?<!\w)", word[:1]), (r"(?!\w)", word[-1:]))
    )
    return f"{before}{re.escape(word)}{after}"


@probe("message.says", needs=("occurrence.text",), otherwise="hardly-ever", family="message", names=True)
def says(facts: Facts, about: Subject, words: list[str]) -> Outcome:
    """Does the message itself say one of these words?"""
    if found := said_in(text_of(facts, about), words):
        return yes(f"The message says {listed(repr(word) for word in found)}.")
    return no(f"The message says none of {listed((repr(word) for word in words), most=5)}.")
