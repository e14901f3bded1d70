"""The few shapes a page is made of, and how each looks in a terminal and in Markdown."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, Literal

from msgspec import Struct

WIDTH: Final = 100

Style = Literal["", "strong", "emphasis", "code", "faint", "low", "medium", "high", "critical"]

_ANSI: Final[dict[Style, str]] = {
    "strong": "1",
    "emphasis": "3",
    "code": "36",
    "faint": "2",
    "low": "1;32",
    "medium": "1;33",
    "high": "1;31",
    "critical": "1;97;41",
}

# Control characters would let an entry drive the terminal, and bidirectional overrides would let it lie about what it says.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<strong>[^*\s](?:[^*]*[^*\s])?)\*\*"
    r"|(?<![\w*`])\*(?P<emphasis>[\w(\[/'“](?:[^*\n]*[^*\s])?)\*(?![\w*]|\.\w)"
)
_LIST = re.compile(r"(-|\d+\.)\s+")


class Title(Struct, frozen=True):
    """The head of a page: code, name, and how severe it is."""

    code: str
    name: str
    badge: str
    style: Style = ""


class Lead(Struct, frozen=True):
    """The one sentence under the title, never broken: the head of a page has five lines whatever the sentence."""

    text: str


class Line(Struct, frozen=True):
    """One labelled answer of the head."""

    label: str
    text: str


class Heading(Struct, frozen=True):
    """The beginning of a section, with an aside that says how to read it."""

    text: str
    aside: str = ""


class Sub(Struct, frozen=True):
    """The beginning of one part of a section: a mark in front, a word at the end of the line."""

    mark: str
    text: str
    aside: str = ""


class Prose(Struct, frozen=True):
    """Text in the Markdown of entries: paragraphs, lists, fenced code."""

    text: str
    level: int = 0


class Item(Struct, frozen=True):
    """One point of a list; ``label`` stands before it, ``aside`` after it, faint."""

    mark: str
    text: str
    level: int = 0
    aside: str = ""


Block = Title | Lead | Line | Heading | Sub | Prose | Item
_Word = tuple[str, int]
"""A word as it is printed, and how many columns it takes."""


def clean(text: str) -> str:
    """The text without anything that a terminal would obey or that would hide what it says."""
    return _UNSEEN.sub("", text.expandtabs(4))


def terminal(blocks: Iterable[Block], *, colour: bool) -> str:
    """The page as lines of at most 100 columns; the one-sentence summary and unbreakable words may stand out."""
    lines: list[str] = []
    for before, block in pairwise([None, *blocks]):
        if block is None:
            continue
        if _parted(before, block):
            lines.append("")
        lines.extend(_terminal(block, colour))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def markdown(blocks: Iterable[Block]) -> str:
    """The page as Markdown."""
    lines: list[str] = []
    for before, block in pairwise([None, *blocks]):
        if block is None:
            continue
        if before is not None and not (isinstance(before, Item) and isinstance(block, Item)):
            lines.append("")
        lines.extend(_markdown(block))
    return "\n".join(lines) + "\n"


def _parted(before: Block | None, block: Block) -> bool:
    """Whether an empty line stands between two blocks in the terminal."""
    if before is None or isinstance(before, Title | Heading):
        return isinstance(before, Title) and isinstance(block, Heading)
    return isinstance(block, Heading | Sub) or (isinstance(block, Prose) and not isinstance(before, Sub | Lead | Line))


def _terminal(block: Block, colour: bool) -> Iterator[str]:
    match block:
        case Title(code, name, badge, style):
            gap = max(2, WIDTH - len(clean(f"{code}  {name}{badge}")))
            yield f"{_ink(code, 'strong', colour)}  {clean(name)}{' ' * gap}{_ink(badge, style, colour)}"
        case Lead(text):
            yield "".join(_ink(piece, style, colour) for piece, style in _pieces(text, colour))
        case Line(label, text):
            yield from _wrapped(_words(text, colour), _ink(f"{label:<8}", "strong", colour), 8)
        case Heading(text, aside):
            yield (_ink(text.upper(), "strong", colour) + ("  " + _ink(aside, "faint", colour) if aside else ""))
        case Sub(mark, text, aside):
            gap = max(2, WIDTH - 7 - len(clean(text)) - len(aside))
            yield f"  {clean(mark):>3}  {_ink(text, 'strong', colour)}{' ' * gap}{_ink(aside, 'faint', colour)}"
        case Prose(text, level):
            yield from _prose(text, 2 + 5 * level, colour)
        case Item(mark, text, level, aside):
            indent = 2 + 5 * level
            front = f"{' ' * indent}{mark} "
            yield from _wrapped([*_words(text, colour), *_faint(aside, colour)], front, len(front))


def _prose(text: str, indent: int, colour: bool) -> Iterator[str]:
    for number, part in enumerate(paragraphs(text)):
        if number and not (part[0] and _LIST.match(part[1])):
            yield ""
        kind, content = part
        if kind == "code":
            yield from (" " * (indent + 2) + _ink(line, "code", colour) for line in content.splitlines())
        else:
            mark = _LIST.match(content) if kind == "list" else None
            front = " " * indent + (mark[0] if mark else "")
            yield from _wrapped(_words(content[mark.end() :] if mark else content, colour), front, len(front))


def paragraphs(text: str) -> list[tuple[Literal["", "list", "code"], str]]:
    """Split the Markdown of an entry into paragraphs, list items and code; soft line breaks become spaces."""
    found: list[tuple[Literal["", "list", "code"], str]] = []
    fenced: list[str] | None = None
    open_ = False
    for line in text.strip("\n").splitlines():
        bare = line.strip()
        if bare.startswith("```"):
            if fenced is not None:
                found.append(("code", "\n".join(fenced)))
            fenced, open_ = ([] if fenced is None else None), False
        elif fenced is not None:
            fenced.append(line)
        elif not bare:
            open_ = False
        elif _LIST.match(bare):
            found.append(("list", bare))
            open_ = True
        elif open_:
            found[-1] = (found[-1][0], f"{found[-1][1]} {bare}")
        else:
            found.append(("", bare))
            open_ = True
    return found if fenced is None else [*found, ("code", "\n".join(fenced))]


def _wrapped(words: Iterable[_Word], front: str, indent: int) -> Iterator[str]:
    """Break words into lines; ``front`` (``indent`` columns wide as seen) opens the first line, spaces open the others."""
    line: list[str] = []
    width, start = indent, front
    for shown, size in words:
        if line and width + len(line) + size > WIDTH:
            yield start + " ".join(line)
            line, width, start = [], indent, " " * indent
        line.append(shown)
        width += size
    yield start + " ".join(line)


def _words(text: str, colour: bool) -> Iterator[_Word]:
    """The words of a text. Without colour, code keeps its backquotes."""
    if "`" not in text and "*" not in text:
        yield from ((word, len(word)) for word in clean(text).split())
        return
    shown, size = "", 0
    for piece, style in _pieces(text, colour):
        first, *others = piece.split(" ")
        shown, size = shown + _dyed(first, style, colour), size + len(first)
        for other in others:
            if size:
                yield shown, size
            shown, size = _dyed(other, style, colour), len(other)
    if size:
        yield shown, size


def _faint(text: str, colour: bool) -> Iterator[_Word]:
    return ((_dyed(word, "faint", colour), len(word)) for word in clean(text).split())


def bare(text: str) -> str:
    """A text without its marks, on one line: for titles, descriptions and whatever else shows none."""
    return "".join(piece for piece, _ in _pieces(text, colour=True))


def _pieces(text: str, colour: bool) -> Iterator[tuple[str, Style]]:
    flat, at = " ".join(clean(text).split()), 0
    for found in _INLINE.finditer(flat):
        yield flat[at : found.start()], ""
        at = found.end()
        if found["code"]:
            yield (found["code"] if colour else found[0]), "code"
        elif found["strong"]:
            yield found["strong"], "strong"
        else:
            yield found["emphasis"], "emphasis"
    yield flat[at:], ""


def _ink(text: str, style: Style, colour: bool) -> str:
    return _dyed(clean(text), style, colour)


def _dyed(seen: str, style: Style, colour: bool) -> str:
    """A text that is clean already, in its colour."""
    return f"\x1b[{_ANSI[style]}m{seen}\x1b[0m" if colour and style and seen else seen


def _markdown(block: Block) -> Iterator[str]:
    match block:
        case Title(code, name, badge):
            yield f"# {literal(code)}{' ' if name else ''}{literal(name)}"
            yield ""
            yield f"*{literal(badge)}*"
        case Lead(text):
            yield inline(text)
        case Line(label, text):
            yield f"**{literal(label)}** {inline(text)}"
        case Heading(text, aside):
            yield f"## {literal(text)}"
            if aside:
                yield ""
                yield f"*{literal(aside)}*"
        case Sub(mark, text, aside):
            yield f"### {literal(mark)}{' · ' if mark else ''}{inline(text)}"
            if aside:
                yield ""
                yield f"*{literal(aside)}*"
        case Prose(text):
            yield from _markdown_prose(text)
        case Item(mark, text, _, aside):
            front = mark if mark.rstrip(".").isdigit() else "-"
            shown = "→ " if mark == "->" else ""
            yield f"{front} {shown}{inline(text)}" + (f" *{literal(aside)}*" if aside else "")


def _markdown_prose(text: str) -> Iterator[str]:
    for number, (kind, content) in enumerate(paragraphs(text)):
        if number and kind != "list":
            yield ""
        if kind == "code":
            yield from ("```text", clean(content), "```")
        else:
            yield inline(content)


def inline(text: str) -> str:
    """An entry's own Markdown, safe to print: what would be HTML is shown instead of obeyed, code is left as it is."""
    flat = " ".join(clean(text).split())
    parts = re.split(r"(`[^`]+`)", flat)
    return "".join(part if part.startswith("`") and len(part) > 1 else part.replace("<", "&lt;") for part in parts)


def literal(text: str) -> str:
    """A text that means nothing in Markdown."""
    return re.sub(r"([\\`*\[\]<>#|])", r"\\\1", " ".join(clean(text).split()))
