"""What a rule is, what it is given, and what it answers."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol

from msgspec import Struct

from faultbook.book.constants import Constant
from faultbook.book.files import EntryFile
from faultbook.book.known import Known
from faultbook.book.layout import bare
from faultbook.book.menus import Menus
from faultbook.book.retired import Retired
from faultbook.book.threads import Thread
from faultbook.book.words import Words
from faultbook.model import Entry, Word

Level = Literal["error", "warning"]


class HasCode(Protocol):
    """Anything that names a code."""

    @property
    def code(self) -> str:
        """The code."""


class Recognised(Protocol):
    """What the recogniser says about a text: the codes that happened in it, and the one that says most."""

    @property
    def codes(self) -> Sequence[str]:
        """The codes of the errors that happened."""

    @property
    def candidates(self) -> Sequence[str]:
        """What a text without a code may be, by its wording."""

    @property
    def primary(self) -> HasCode | None:
        """The one of them that says most."""


class ProbeLike(Protocol):
    """What a rule needs to know of a probe."""

    @property
    def id(self) -> str:
        """What entries call it."""

    @property
    def otherwise(self) -> Word:
        """How often it says yes when the cause that lists it is not the cause."""

    @property
    def params(self) -> Sequence[str]:
        """The names of its parameters."""


class Debt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One known gap: this rule may fire for this code (or, for ``B103``, this quiet file), for this reason."""

    rule: str
    code: str
    reason: str


class LintContext(Struct, frozen=True, kw_only=True):
    """All that rules need besides the entries, handed in because the book may not import it.

    ``recognise`` reads one text. ``fixtures`` names the answers (yes, no, unknown) that a probe has recorded fixtures for. ``published`` are the
    codes of the tables. ``quiet`` are texts that must yield nothing, by name; ``cases`` counts the confirmed cases of each code.
    ``unexplained`` is the share that a text alone leaves to *something else*, ``place`` where what was seen in a thread puts its cause among the
    entry's (1 is first, 0 not among them).
    ``says`` tells whether ``message.says`` finds a word in a text, ``shown`` what a reader of the web page sees of one. ``constants``, ``menus`` and ``retired`` are the book's tables of those names. ``memo`` is where rules of one run keep what more than one of them needs.
    """

    words: Words
    published: Mapping[str, Known]
    recognise: Callable[[str], Recognised]
    probes: Mapping[str, ProbeLike]
    fixtures: Callable[[str], Collection[str]]
    today: dt.date
    unexplained: Callable[[Entry, str], float] = lambda _entry, _text: 0.0
    threads: Sequence[Thread] = ()
    place: Callable[[Entry, Thread], int] = lambda _entry, _thread: 0
    says: Callable[[str, str], bool] = lambda _text, _word: True
    shown: Callable[[str], str] = bare
    quiet: Mapping[str, str] = {}
    cases: Mapping[str, int] = {}
    debt: Sequence[Debt] = ()
    constants: Sequence[Constant] = ()
    menus: Menus = Menus()
    retired: Sequence[Retired] = ()
    memo: dict[str, Any] = {}


class Issue(Struct, frozen=True, kw_only=True):
    """One broken rule. ``where`` is the file, its line, and the table or key."""

    rule: str
    severity: Level
    code: str
    where: str
    message: str


Found = tuple[str, str]
"""Where in the entry (a path such as ``cause[2].share``, counted from 1), and what is wrong there."""

FoundIn = tuple[EntryFile | str, str, str]
"""The same, with the file it concerns: an entry, or the name of another file of the book."""

Check = Callable[[EntryFile, LintContext], Iterable[Found]]
Finish = Callable[[Sequence[EntryFile], LintContext], Iterable[FoundIn]]


class Rule(Struct, frozen=True, kw_only=True):
    """One thing that must be true of the book: of each entry (``check``), or of the entries together (``finish``)."""

    id: str
    purpose: str
    severity: Level = "error"
    check: Check | None = None
    finish: Finish | None = None

    def run(
        self, files: Sequence[EntryFile], context: LintContext, only: Collection[str] | None = None
    ) -> Iterator[FoundIn]:
        """Everything that breaks the rule; what is true of one entry is asked of the files named in ``only``, or of all."""
        if self.check is not None:
            for file in files if only is None else [file for file in files if file.path in only]:
                yield from ((file, where, message) for where, message in self.check(file, context))
        if self.finish is not None:
            yield from self.finish(files, context)


_RULES: Final[dict[str, Rule]] = {}


def of_entry(id_: str, purpose: str, severity: Level = "error") -> Callable[[Check], Check]:
    """Register a rule about one entry."""

    def register(check: Check) -> Check:
        _RULES[id_] = Rule(id=id_, purpose=purpose, severity=severity, check=check)
        return check

    return register


def of_book(id_: str, purpose: str, severity: Level = "error") -> Callable[[Finish], Finish]:
    """Register a rule about the entries together."""

    def register(finish: Finish) -> Finish:
        _RULES[id_] = Rule(id=id_, purpose=purpose, severity=severity, finish=finish)
        return finish

    return register


def registered() -> Mapping[str, Rule]:
    """Every rule by its id, in order."""
    return dict(sorted(_RULES.items()))
