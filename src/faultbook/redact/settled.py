"""A text redacted until nothing changes any more, so that redacting it again changes nothing."""

from collections.abc import Callable
from typing import Final

_MOST_STEPS: Final = 8
"""Two or three settle every text that was found; a bound, so that none can hold the program."""


def settled(text: str, step: Callable[[str], str]) -> str:
    """The text after as many steps as change it.

    What one step puts in can complete a shape that the next one knows: a pseudonym is longer or shorter than what it stands for, and
    ``Basic x@y.it``, too short for a secret, looks like one once the name is replaced.
    """
    for _ in range(_MOST_STEPS):
        shown = step(text)
        if shown == text:
            break
        text = shown
    return text
