"""What changed for readers between two states of the book."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar

from msgspec import Struct

from faultbook.book.files import read_folder
from faultbook.book.known import read_known
from faultbook.book.known_only import with_published
from faultbook.book.reader import open_book
from faultbook.book.retired import read_retired
from faultbook.errors import BookError
from faultbook.model import Entry, Source

What = Literal[
    "code-added", "code-retired", "code-removed", "cause-added", "cause-removed", "cause-reworded", "share", "basis", "tests", "fix-added", "fix-removed",
    "fix-changed", "severity", "waiting", "who", "text", "question-added", "question-removed", "related", "depth", "source-added", "source-removed",
    "source-reread", "source-changed",
]  # fmt: skip
_ORDER: Final = {"code-added": 0, "code-retired": 1, "code-removed": 2}
_TEXTS: Final = (("summary", "summary"), ("first_step", "first step"), ("meaning", "meaning"))


class Change(Struct, frozen=True, kw_only=True):
    """One change: of which code, of what kind, where (``cause[id]``, …), and in a sentence. ``old`` and ``new`` where there are values."""

    code: str
    what: What
    part: str = ""
    sentence: str
    old: str = ""
    new: str = ""


class Difference(Struct, frozen=True, kw_only=True):
    """Every change, by code; ``old`` and ``new`` say what was compared."""

    schema: str = "faultbook/book-diff-1"
    old: str
    new: str
    changes: tuple[Change, ...]

    def text(self) -> str:
        """The changes as a person reads them: whole codes first, then entry by entry."""
        if not self.changes:
            return "Nothing has changed for readers."
        lines: list[str] = []
        whole = [one for one in self.changes if one.what in _ORDER]
        lines += [one.sentence for one in sorted(whole, key=lambda one: (_ORDER[one.what], one.code))]
        rest = [one for one in self.changes if one.what not in _ORDER]
        for code in dict.fromkeys(one.code for one in rest):
            lines += ["", code, *(f"  - {one.sentence}" for one in rest if one.code == code)]
        return "\n".join(lines).strip()


class Edition(Struct, frozen=True, kw_only=True):
    """One state of the book: its entries by code, and why each retired code went."""

    name: str
    entries: dict[str, Entry]
    retired: dict[str, str]


def edition(path: Path) -> Edition:
    """A book as it stands in a folder of sources (with ``words.toml``), or compiled (a file or its folder)."""
    if (path / "words.toml").is_file():
        files, problems = read_folder(path / "entries")
        if problems:
            raise BookError(
                f"The book in {path} cannot be read.", why="\n".join(map(str, problems)), do="Correct these files."
            )
        known = read_known(path / "codes") if (path / "codes").is_dir() else []
        entries = {one.code: one for one in with_published([file.entry for file in files], known)}
        gone = {one.code: _gone(one.reason, one.now) for one in read_retired(path / "retired.toml")}
        return Edition(name=str(path), entries=entries, retired=gone)
    with open_book(path) as book:
        gone = {one.code: _gone(one.reason, one.now) for one in book.all_retired()}
        return Edition(
            name=f"{path} ({book.version})", entries={entry.code: entry for entry in book.entries()}, retired=gone
        )


def difference(old: Edition, new: Edition) -> Difference:
    """What a reader of ``old`` finds otherwise in ``new``."""
    changes: list[Change] = []
    for code in sorted(old.entries.keys() | new.entries.keys() | new.retired.keys() - old.retired.keys()):
        before, after = old.entries.get(code), new.entries.get(code)
        if before is not None and after is not None:
            changes += _entries(before, after)
        elif after is not None:
            kind = "only its code is published" if after.known_only else f"a {after.depth} entry"
            changes.append(Change(code=code, what="code-added", sentence=f"{code} is new ({kind}): {after.summary}"))
        elif code in new.retired and (before is not None or code not in old.retired):
            changes.append(Change(code=code, what="code-retired", sentence=f"{code} was retired: {new.retired[code]}"))
        elif before is not None:
            changes.append(Change(code=code, what="code-removed", sentence=f"{code} is gone, and nothing says why."))
    return Difference(old=old.name, new=new.name, changes=tuple(changes))


def _gone(reason: str, now: str) -> str:
    return f"{reason} See {now}." if now else reason


def _entries(old: Entry, new: Entry) -> Iterator[Change]:
    """The changes of one entry, in the order of its page."""

    def change(what: What, sentence: str, part: str = "", before: object = "", after: object = "") -> Change:
        return Change(code=new.code, what=what, part=part, sentence=sentence, old=str(before), new=str(after))

    depths = ["only the code" if entry.known_only else entry.depth for entry in (old, new)]
    if depths[0] != depths[1]:
        yield change("depth", f"It was {depths[0]} and is {depths[1]} now.", "depth", *depths)
    if old.severity != new.severity:
        yield change(
            "severity",
            f"Its severity is {new.severity}, and was {old.severity}.",
            "severity",
            old.severity,
            new.severity,
        )
    if (old.transient, old.retry.advice, old.retry.wait, old.retry.most) != (
        new.transient,
        new.retry.advice,
        new.retry.wait,
        new.retry.most,
    ):
        waits = [
            f"{one.transient}; {one.retry.advice}, {one.retry.wait} minutes, {one.retry.most} times"
            for one in (old, new)
        ]
        yield change("waiting", f"The advice on waiting is otherwise: {waits[1]}. It was: {waits[0]}.", "retry", *waits)
    if old.who_fixes != new.who_fixes:
        who = [", ".join(one.who_fixes) or "nobody" for one in (old, new)]
        yield change("who", f"Who can act is now {who[1]}, and was {who[0]}.", "who_fixes", *who)
    for key, name in _TEXTS:
        if _same(before := str(getattr(old, key)), after := str(getattr(new, key))):
            continue
        yield change(
            "text", f"The {name} was reworded{'' if key == 'meaning' else f': {after.strip()}'}", key, before, after
        )
    yield from _causes(old, new, change)
    yield from _fixes(old, new, change)
    yield from _questions(old, new, change)
    yield from _sources(old, new, change)


Make = Callable[..., Change]


def _causes(old: Entry, new: Entry, change: Make) -> Iterator[Change]:
    before, after = {one.id: one for one in old.causes}, {one.id: one for one in new.causes}
    for one in _only(before, after):
        yield change("cause-removed", f"The cause “{one.title}” is gone.", f"cause[{one.id}]", one.title)
    for one in _only(after, before):
        yield change("cause-added", f"New cause, {one.share} of 100: {one.title}.", f"cause[{one.id}]", "", one.title)
    for id_ in [id_ for id_ in after if id_ in before]:
        was, now, part = before[id_], after[id_], f"cause[{id_}]"
        if was.title != now.title:
            yield change(
                "cause-reworded", f"The cause “{was.title}” is called “{now.title}” now.", part, was.title, now.title
            )
        elif not _same(was.detail, now.detail):
            yield change("cause-reworded", f"The cause “{now.title}” is described anew.", part, was.detail, now.detail)
        if was.share != now.share:
            yield change(
                "share",
                f"“{now.title}” explains {now.share} of 100, and was given {was.share}.",
                part,
                was.share,
                now.share,
            )
        if was.basis != now.basis:
            yield change("basis", f"“{now.title}” is {now.basis} now, and was {was.basis}.", part, was.basis, now.basis)
        tests = [sorted(f"{test.probe} {test.params or ''} {test.yes}" for test in one.tests) for one in (was, now)]
        if tests[0] != tests[1]:
            yield change(
                "tests",
                f"“{now.title}” is tested by other questions ({len(tests[1])}, and {len(tests[0])} before).",
                part,
                "; ".join(tests[0]),
                "; ".join(tests[1]),
            )


def _fixes(old: Entry, new: Entry, change: Make) -> Iterator[Change]:
    before, after = {one.id: one for one in old.fixes}, {one.id: one for one in new.fixes}
    for one in _only(before, after):
        yield change("fix-removed", f"The fix “{one.title}” is gone.", f"fix[{one.id}]", one.title)
    for one in _only(after, before):
        yield change("fix-added", f"New fix: {one.title}.", f"fix[{one.id}]", "", one.title)
    for id_ in [id_ for id_ in after if id_ in before]:
        was, now = before[id_], after[id_]
        parts = [
            name
            for name, key in (
                ("title", "title"),
                ("who", "who"),
                ("risk", "risk"),
                ("steps", "steps"),
                ("changes", "changes"),
                ("way back", "undo"),
                ("proof", "verify"),
            )
            if getattr(was, key) != getattr(now, key)
        ]
        if parts:
            yield change(
                "fix-changed",
                f"The fix “{now.title}” has other {', '.join(parts)}.",
                f"fix[{id_}]",
                "\n".join(was.steps),
                "\n".join(now.steps),
            )


def _questions(old: Entry, new: Entry, change: Make) -> Iterator[Change]:
    before, after = {one.q: one for one in old.faq}, {one.q: one for one in new.faq}
    yield from (change("question-removed", f"The question “{q}” is gone.", "faq", q) for q in before if q not in after)
    yield from (change("question-added", f"New question: {q}", "faq", "", q) for q in after if q not in before)
    answered = [q for q in after if q in before and not _same(before[q].a, after[q].a)]
    yield from (change("text", f"The answer to “{q}” was reworded.", "faq", before[q].a, after[q].a) for q in answered)
    related = [{(one.code, one.how) for one in entry.related} for entry in (old, new)]
    if related[0] != related[1]:
        lists = [", ".join(sorted(code for code, _ in one)) or "none" for one in related]
        yield change("related", f"It stands beside {lists[1]}, and stood beside {lists[0]}.", "related", *lists)


def _sources(old: Entry, new: Entry, change: Make) -> Iterator[Change]:
    before, after = {one.url: one for one in old.sources}, {one.url: one for one in new.sources}
    yield from (
        change("source-removed", f"The source {url} is no longer cited.", "source", url)
        for url in before
        if url not in after
    )
    yield from (
        change("source-added", f"New source: {url} ({after[url].says})", "source", "", url)
        for url in after
        if url not in before
    )
    for url in [url for url in after if url in before]:
        was, now = before[url], after[url]
        if was.checked != now.checked and now.checked:
            yield change(
                "source-reread",
                f"{url} was read again on {now.checked}{_says(was, now)}.",
                "source",
                was.checked or "",
                now.checked,
            )
        elif not _same(was.says, now.says):
            yield change("source-reread", f"What {url} says is told anew: {now.says}", "source", was.says, now.says)
        if was.changed != now.changed and now.changed:
            yield change(
                "source-changed",
                f"{url} has changed on {now.changed} and has to be read again.",
                "source",
                was.changed or "",
                now.changed,
            )


def _says(was: Source, now: Source) -> str:
    return "" if _same(was.says, now.says) else f", and says: {now.says.rstrip('.')}"


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


One = TypeVar("One", bound=_HasId)


def _only(these: dict[str, One], those: Iterable[str]) -> Sequence[One]:
    return [one for id_, one in these.items() if id_ not in set(those)]


def _same(one: str, other: str) -> bool:
    """Whether two texts read the same: line breaks and blanks are no change."""
    return re.sub(r"\s+", " ", one).strip() == re.sub(r"\s+", " ", other).strip()
