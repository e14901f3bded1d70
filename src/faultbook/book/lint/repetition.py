"""B408, B409: what is said of one error is not said of all."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from faultbook.book.files import EntryFile
from faultbook.book.lint.rule import FoundIn, LintContext, of_book
from faultbook.book.lint.texts import prose, sentences

SHORTEST: Final = 8
MANY: Final = 3
ALIKE: Final = 0.25

# Fixes of siblings share their steps, a source says the same whoever cites it, and relations are short.
_ALLOWED = re.compile(r"fix\[|source\[|related\[")
_MASKED = re.compile(
    r"https?://\S+|`[^`]*`|\"[^\"]*\"|\b[A-Za-z]*\d[\w.:]*|\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\w*|\b\w+(?:[_-]\w+){2,}"
)
_Sentence = tuple[EntryFile, str, str]


@of_book("B408", "No sentence stands in three entries.")
def said_of_everything(files: Sequence[EntryFile], _: LintContext) -> Iterator[FoundIn]:
    """Codes, numbers and names are left out of the comparison: swapping them does not make a sentence new."""
    for group in _same(files).values():
        if len({file.entry.code for file, _, _ in group}) >= MANY:
            for file, where, sentence in group:
                others = sorted({other.entry.code for other, _, _ in group} - {file.entry.code})
                yield file, where, f"“{_short(sentence)}” also stands in {', '.join(others)}."


@of_book("B409", "No two entries share a sentence, or nearly the same one.", severity="warning")
def said_twice(files: Sequence[EntryFile], _: LintContext) -> Iterator[FoundIn]:
    """Sentences are compared by their runs of eight words."""
    same = _same(files)
    runs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for masked in same:
        for run in _runs(masked):
            runs[run].append(masked)
    told: set[tuple[str, str]] = set()
    for masked, group in same.items():
        yield from _twice(masked, group, same, runs, told)


def _twice(
    masked: str,
    group: list[_Sentence],
    same: dict[str, list[_Sentence]],
    runs: dict[tuple[str, ...], list[str]],
    told: set[tuple[str, str]],
) -> Iterator[FoundIn]:
    codes = {file.entry.code for file, _, _ in group}
    file, where, sentence = group[0]
    if len(codes) == MANY - 1:
        yield file, where, f"“{_short(sentence)}” also stands in {', '.join(sorted(codes - {file.entry.code}))}."
    mine = _runs(masked)
    counts: dict[str, int] = defaultdict(int)
    for run in mine:
        for other in runs[run] if len(runs[run]) < 50 else ():
            counts[other] += other != masked
    for other, count in counts.items():
        there = same[other][0]
        apart = there[0].entry.code != file.entry.code
        pair = (min(masked, other), max(masked, other))
        if apart and pair not in told and count >= ALIKE * max(len(mine), len(_runs(other))):
            told.add(pair)
            yield file, where, f"“{_short(sentence)}” is nearly what {there[0].entry.code} says ({there[1]})."


def _same(files: Sequence[EntryFile]) -> dict[str, list[_Sentence]]:
    """Every longer sentence of the prose, grouped by its words without codes and names."""
    found: dict[str, list[_Sentence]] = defaultdict(list)
    for file in files:
        for where, text in prose(file.entry):
            if not _ALLOWED.match(where):
                for sentence in sentences(text):
                    if "FILL:" in sentence:
                        continue  # the skeleton's own, which B410 names
                    masked = " ".join(re.findall(r"[a-z']+|_", _MASKED.sub("_", sentence).lower()))
                    if len(masked.split()) >= SHORTEST:
                        found[masked].append((file, where, sentence))
    return found


def _runs(masked: str) -> set[tuple[str, ...]]:
    words = masked.split()
    return {tuple(words[at : at + SHORTEST]) for at in range(len(words) - SHORTEST + 1)}


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 70 else f"{sentence[:67]}…"
