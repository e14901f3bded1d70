"""How much of the world the book covers, and how well."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from faultbook.book.compile import answered
from faultbook.book.known import Known
from faultbook.book.stale import MONTHS, Stale, stale_parts, why_stale
from faultbook.model import Entry

AGES: Final = ((90, "90 days"), (180, "180 days"), (400, "400 days"))


class Coverage(Struct, frozen=True, kw_only=True):
    """One family of published codes: how many are known, and how many of them have an entry."""

    family: str
    known: int
    entries: int


class StaleEntry(Struct, frozen=True, kw_only=True):
    """An entry with parts that rest on stale sources only."""

    code: str
    parts: Sequence[Stale]


class Stats(Struct, frozen=True, kw_only=True):
    """The book in numbers. Ages are those of the sources: when each was last read, as it stands in the entries."""

    entries: int
    causes: int
    fixes: int
    questions: int
    samples: int
    by_product: Mapping[str, int]
    by_depth: Mapping[str, int]
    by_status: Mapping[str, int]
    by_basis: Mapping[str, int]
    by_source: Mapping[str, int]
    by_age: Mapping[str, int]
    oldest: dt.date | None
    causes_tested: int
    fixes_proven: int
    probes_used: int
    tests_per_cause: float
    coverage: Sequence[Coverage]
    depth_by_product: Mapping[str, Mapping[str, int]]
    known_only: int
    stale_sources: int
    stale: Sequence[StaleEntry]

    def text(self) -> str:
        """The numbers as a person reads them."""
        lines = [
            f"{self.entries} entries: {_counted(self.by_depth)}; {_counted(self.by_status)}",
            f"{self.causes} causes: {_counted(self.by_basis)}; {self.causes_tested} can be tested, with {self.tests_per_cause:g} tests each (median)",
            f"{self.fixes} fixes: {self.fixes_proven} name the probe that proves them",
            f"{self.probes_used} probes in use, {self.questions} questions, {self.samples} samples",
            f"{sum(self.by_source.values())} sources: {_counted(self.by_source)}",
            f"last read: {_counted(self.by_age)}" + (f"; the oldest on {self.oldest}" if self.oldest else ""),
            "",
            *self._stale(),
            f"{'product':<20}{'entries':>8}{'full':>8}{'brief':>8}{'code only':>11}",
            *(
                f"{product:<20}{count:>8}{depths.get('full', 0):>8}{depths.get('brief', 0):>8}{depths.get('known only', 0):>11}"
                for product, count in self.by_product.items()
                for depths in [self.depth_by_product[product]]
            ),
            "",
            f"{'published codes':<20}{'known':>8}{'entries':>9}",
            *(f"{one.family:<20}{one.known:>8}{one.entries:>9}" for one in self.coverage),
        ]
        return "\n".join(lines)

    def _stale(self) -> Iterator[str]:
        """What rests on stale sources only, by entry."""
        if not self.stale:
            yield f"no source is stale in a way that matters ({self.stale_sources} are, beside others that are not)"
        else:
            parts = sum(len(one.parts) for one in self.stale)
            yield f"{self.stale_sources} sources are stale; {parts} parts of {len(self.stale)} entries rest on nothing else:"
            yield from (f"  {one.code}: {', '.join(part.part for part in one.parts)}" for one in self.stale)
        yield ""


def count(entries: Sequence[Entry], known: Iterable[Known], today: dt.date, stale_months: int = MONTHS) -> Stats:
    """Count everything; ``today`` decides how old a source is, and ``stale_months`` when it is too old."""
    causes = [cause for entry in entries for cause in entry.causes]
    fixes = [fix for entry in entries for fix in entry.fixes]
    sources = [source for entry in entries for source in entry.sources]
    tested = [len(cause.tests) for cause in causes if cause.tests]
    return Stats(
        entries=len(entries),
        causes=len(causes),
        fixes=len(fixes),
        questions=sum(len(entry.faq) for entry in entries),
        samples=sum(len(entry.samples) for entry in entries),
        by_product=_tally(entry.product for entry in entries),
        by_depth=_tally(entry.depth for entry in entries),
        by_status=_tally(entry.status for entry in entries),
        by_basis=_tally(cause.basis for cause in causes),
        by_source=_tally(source.kind for source in sources),
        by_age=_tally(_age((today - source.checked).days) if source.checked else "never" for source in sources),
        oldest=min((source.checked for source in sources if source.checked), default=None),
        causes_tested=len(tested),
        fixes_proven=sum(fix.verify is not None for fix in fixes),
        probes_used=len({test.probe for cause in causes for test in cause.tests}),
        tests_per_cause=float(median(tested)) if tested else 0.0,
        coverage=_coverage(entries, known),
        depth_by_product=_depths(entries),
        known_only=sum(entry.known_only for entry in entries),
        stale_sources=sum(bool(why_stale(source, today, stale_months)) for source in sources),
        stale=[
            StaleEntry(code=entry.code, parts=parts)
            for entry in entries
            if (parts := stale_parts(entry, today, stale_months))
        ],
    )


def _depths(entries: Sequence[Entry]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for entry in entries:
        found.setdefault(entry.product, Counter())["known only" if entry.known_only else entry.depth] += 1
    return {product: dict(counts) for product, counts in sorted(found.items())}


def _coverage(entries: Sequence[Entry], known: Iterable[Known]) -> list[Coverage]:
    listed = list(known)
    have = answered(entries, listed)
    written = Counter(one.family for one in listed if one.code in have)
    return [
        Coverage(family=family, known=total, entries=written[family])
        for family, total in _tally(one.family for one in listed).items()
    ]


def _tally(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))


def _age(days: int) -> str:
    return next((f"within {name}" for most, name in AGES if days <= most), f"over {AGES[-1][1]} ago")


def _counted(tally: Mapping[str, int]) -> str:
    return ", ".join(f"{count_} {word}" for word, count_ in tally.items()) or "none"
