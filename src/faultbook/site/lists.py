"""The ways in: the front page, lists by what an entry says of itself, and lists of all published codes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from msgspec import Struct

from faultbook.book.known import Known
from faultbook.book.layout import bare
from faultbook.book.page import STOPS, capital, listed
from faultbook.book.words import Words
from faultbook.model import Entry, Severity, Transient
from faultbook.site.page import Page
from faultbook.site.paths import entry_path
from faultbook.site.published import FAMILIES
from faultbook.site.render import rendered

PER_PAGE: Final = 400
SEVERITIES: Final[tuple[Severity, ...]] = tuple(reversed(get_args(Severity)))


_EXAMPLES: Final = ("AADSTS50126", "SSPR_0030", "DM_GWPipeline_Gateway_DataSourceAccessError")


class Line(Struct, frozen=True):
    """One code in a list."""

    code: str
    path: str
    name: str = ""
    severity: str = ""
    summary: str = ""
    date: str = ""


class Group(Struct, frozen=True):
    """One list: where it stands, what it is called, what it says of itself, and its codes."""

    path: str
    title: str
    over: str
    about: str
    lines: tuple[Line, ...]


def line_of(entry: Entry) -> Line:
    """An entry in a list."""
    return Line(
        entry.code,
        entry_path(entry.code),
        entry.name,
        entry.severity,
        bare(entry.summary),
        entry.review.date.isoformat(),
    )


def groups(entries: Sequence[Entry], words: Words) -> dict[str, list[Group]]:
    """Every list of entries, by kind; a list without entries is not made."""
    made: dict[str, list[Group]] = {}
    kinds: tuple[tuple[str, str, Mapping[str, str], Callable[[Entry], Iterable[str]], str], ...] = (
        ("product", "Product", words.products, lambda entry: [entry.product], "Errors that {} prints."),
        (
            "category",
            "What it is about",
            words.categories,
            lambda entry: [entry.category],
            "{}: every entry of the book about it.",
        ),
        ("severity", "Severity", {one: capital(one) for one in SEVERITIES}, lambda entry: [entry.severity], ""),
        ("who", "Who can act", words.who, lambda entry: entry.who_fixes, "Errors about which {} can do something."),
    )
    for kind, over, titles, of, about in kinds:
        made[kind] = [
            Group(
                f"/{kind}/{id_}",
                capital(title),
                over,
                _about(kind, id_, title, about, words),
                tuple(sorted(map(line_of, mine), key=natural)),
            )
            for id_, title in titles.items()
            if (mine := [entry for entry in entries if id_ in of(entry)])
        ]
    return made


def _about(kind: str, id_: str, title: str, about: str, words: Words) -> str:
    if kind != "severity":
        return about.format(title)
    rows = [
        f"{STOPS[stops]} and it {listed([_PASSING[one] for one in passing], 'or')} by itself"
        for stops, row in words.severity.items()
        if (passing := [one for one in _PASSING if row[one] == id_])
    ]
    return f"{capital('; '.join(rows))}." if rows else ""


_PASSING: Final[dict[Transient, str]] = {"yes": "passes", "may": "may pass", "no": "does not pass"}


def natural(line: Line) -> list[tuple[int, str]]:
    """Codes in the order in which a person looks for them: numbers by their size."""
    parts = re.split(r"([0-9]{1,18})", line.code)
    return [(int(part), "") if at % 2 else (-1, part.casefold()) for at, part in enumerate(parts)]


def list_pages(made: Mapping[str, Sequence[Group]]) -> Iterator[Page]:
    """The page of every list."""
    for group in (one for kind in made.values() for one in kind):
        yield rendered(
            "list.html",
            group.path,
            {
                "title": f"{group.title}: {len(group.lines)} errors",
                "description": group.about,
                "group": group,
                "here": "browse",
            },
        )


def published_groups(known: Sequence[Known], paths: Mapping[str, str], summaries: Mapping[str, str]) -> list[Group]:
    """Every published code, by the list that publishes it."""
    made = []
    for family in dict.fromkeys([*FAMILIES, *(one.family for one in known)]):
        mine = [one for one in known if one.family == family]
        if mine:
            lines = tuple(
                Line(one.code, paths[one.code], one.name, summary=summaries.get(one.code, "")) for one in mine
            )
            title = FAMILIES.get(family, family)
            made.append(
                Group(
                    f"/published/{family}", title, "Published codes", f"Codes that {title} prints, as published.", lines
                )
            )
    return made


def published_pages(made: Sequence[Group]) -> Iterator[Page]:
    """The lists of published codes, the long ones in parts, and the list of these lists."""
    values: dict[str, Any] = {"title": "All published codes", "groups": made, "here": "browse"}
    values["description"] = "Every error code that the book knows to be published, with or without an entry."
    yield rendered("published_lists.html", "/published", values)
    for group in made:
        parts = [group.lines[at : at + PER_PAGE] for at in range(0, len(group.lines), PER_PAGE)]
        paths = [group.path if at == 0 else f"{group.path}/{at + 1}" for at in range(len(parts))]
        for at, (path, part) in enumerate(zip(paths, parts, strict=True)):
            number = f", part {at + 1} of {len(parts)}" if len(parts) > 1 else ""
            more = {"title": f"{group.title}{number}", "description": group.about, "group": group, "here": "browse"}
            yield rendered("published_list.html", path, {**more, "lines": part, "parts": paths, "at": at})


def front(entries: Sequence[Entry], made: Mapping[str, Sequence[Group]], known: int) -> Page:
    """The front page: one box, and the ways in."""
    recent = sorted(map(line_of, entries), key=lambda line: (line.date, line.code), reverse=True)[:6]
    own = {entry.code for entry in entries}
    values = {
        "examples": [Line(code, entry_path(code)) for code in _EXAMPLES if code in own],
        "title": "Faultbook",
        "description": "Paste an error from Microsoft Entra, Power BI or the data pipelines around them: what it means, which cause is true here, how to fix it.",
        "groups": made,
        "recent": recent,
        "entries": len(entries),
        "known": known,
    }
    return rendered("front.html", "/", values)


def browse(made: Mapping[str, Sequence[Group]], published: Sequence[Group]) -> Page:
    """All lists on one page."""
    values = {
        "title": "Browse",
        "description": "Errors by product, subject, severity and who can act.",
        "here": "browse",
    }
    return rendered("browse.html", "/browse", {**values, "groups": made, "published": published})


def changes(entries: Sequence[Entry]) -> Page:
    """Entries by the day on which they were last read against their sources."""
    days: dict[str, list[Line]] = {}
    for line in sorted(sorted(map(line_of, entries), key=natural), key=lambda line: line.date, reverse=True):
        days.setdefault(line.date, []).append(line)
    values = {"title": "What changed", "description": "Entries by the day of their last review.", "days": days}
    return rendered("changes.html", "/changes", values)
