"""Closed cases told by a pasted message and files beside it: what one is, and how a function becomes one. ``make_cases.py`` writes them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A story with its confirmed ending: the code, the message as pasted, the files, and whom it hit where the message does not say."""

    name: str
    code: str
    confirmed: str
    expect: str
    note: str
    text: str
    files: dict[str, str]
    user: str = ""


CASES: list[Told] = []


def case(
    code: str, confirmed: str, expect: str, text: str, *, user: str = ""
) -> Callable[[Callable[[], dict[str, str]]], None]:
    """Register a function that returns the files; its name is the case's name, its docstring the note."""

    def register(make: Callable[[], dict[str, str]]) -> None:
        note = " ".join((make.__doc__ or "").split())
        CASES.append(Told(make.__name__.replace("_", "-"), code, confirmed, expect, note, text, make(), user))

    return register
