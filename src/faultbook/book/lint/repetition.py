"""B408, B409, B412, B413: what is said of one error is not said of another."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from faultbook.book.files import EntryFile
from faultbook.book.lint.rule import FoundIn, LintContext, of_book
from faultbook.book.lint.similar import pairs, shingles
from faultbook.book.lint.texts import prose, sentences

SHORTEST: Final = 8
MANY: Final = 3
RUN: Final = 3
ALIKE: Final = 0.6
SUMMARIES_ALIKE: Final = 0.75
FIRST_STEPS_ALIKE: Final = 0.85

# Fixes of siblings share their steps, a source says the same whoever cites it, and relations are short.
_ALLOWED = re.compile(r"fix\[|source\[|related\[")
_MASKED = re.compile(
    r"https?://\S+|`[^`]*`|\"[^\"]*\"|\b[A-Za-z]*\d[\w.:]*|\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\w*|\b\w+(?:[_-]\w+){2,}"
)
_WORD = re.compile(r"[a-z']+|_")
_NOT_TELLING: Final = """
a an and are as at be but by can for from has have in into is it its may no not of on or so that the then there this to was were which with _
"""
_IDLE: Final = frozenset(_NOT_TELLING.split())
_Sentence = tuple[EntryFile, str, str]


@of_book("B408", "No sentence stands in three entries.")
def said_of_everything(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """Codes, numbers and names are left out of the comparison: swapping them does not make a sentence new."""
    for group in _same(files, context).values():
        if len({file.entry.code for file, _, _ in group}) >= MANY:
            for file, where, sentence in group:
                yield file, where, f"“{_short(sentence)}” also stands in {_others(group, file)}."


@of_book("B409", "No two entries share a sentence, or nearly the same one.")
def said_twice(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """Nearly: six tenths of the runs of three words are the same in both."""
    same = _same(files, context)
    groups = list(same.values())
    for group in groups:
        if len({file.entry.code for file, _, _ in group}) == MANY - 1:
            for file, where, sentence in group:
                yield file, where, f"“{_short(sentence)}” also stands in {_others(group, file)}."
    for one, other, share in pairs([shingles(masked.split(), RUN) for masked in same], ALIKE):
        yield from _alike(groups[one], groups[other], share)


@of_book("B412", "No summary would fit another entry.")
def summaries_differ(files: Sequence[EntryFile], _: LintContext) -> Iterator[FoundIn]:
    """Two summaries of which three quarters of the telling words are the same do not tell two errors apart."""
    yield from _close(files, "summary", SUMMARIES_ALIKE)


@of_book("B413", "No first step is another entry's.")
def first_steps_differ(files: Sequence[EntryFile], _: LintContext) -> Iterator[FoundIn]:
    """What to do first follows from this error; where it is the same for two, the look that divides them is missing."""
    yield from _close(files, "first_step", FIRST_STEPS_ALIKE)


def _close(files: Sequence[EntryFile], key: str, threshold: float) -> Iterator[FoundIn]:
    written = [file for file in files if not file.entry.known_only]
    texts = [str(getattr(file.entry, key)) for file in written]
    kept = [at for at, text in enumerate(texts) if "FILL:" not in text]
    sets = [frozenset(_telling(texts[at])) for at in kept]
    for one, other, share in pairs(sets, threshold):
        group = [(written[kept[at]], key, texts[kept[at]]) for at in (one, other)]
        yield from _alike(group[:1], group[1:], share)


def _alike(one: list[_Sentence], other: list[_Sentence], share: float) -> Iterator[FoundIn]:
    """A pair of groups of sentences, told on both sides."""
    for here, there in ((one, other), (other, one)):
        file, where, sentence = here[0]
        its, place, _ = there[0]
        if its.entry.code != file.entry.code:
            yield (
                file,
                where,
                f"“{_short(sentence)}” is nearly what {its.entry.code} says ({place}; {share:.0%} the same).",
            )


def _same(files: Sequence[EntryFile], context: LintContext) -> dict[str, list[_Sentence]]:
    """Every longer sentence of the prose, grouped by its words without codes and names."""
    found: dict[str, list[_Sentence]] | None = context.memo.get("sentences")
    if found is None:
        found = context.memo["sentences"] = _grouped(files)
    return found


def _grouped(files: Sequence[EntryFile]) -> dict[str, list[_Sentence]]:
    found: dict[str, list[_Sentence]] = defaultdict(list)
    for file in files:
        for where, text in prose(file.entry):
            if not _ALLOWED.match(where):
                for sentence in sentences(text):
                    if "FILL:" in sentence:
                        continue  # the skeleton's own, which B410 names
                    masked = _words(sentence)
                    if len(masked) >= SHORTEST:
                        found[" ".join(masked)].append((file, where, sentence))
    return found


def _words(sentence: str) -> list[str]:
    """The words of a sentence in lower case, codes, numbers, names and code left out."""
    return _WORD.findall(_MASKED.sub("_", sentence).lower())


def _telling(text: str) -> set[str]:
    """The words of a text that say something; what it names counts too, for two errors may differ in nothing else."""
    return {word for word in re.findall(r"[a-z0-9_']+", text.lower()) if word not in _IDLE}


def _others(group: list[_Sentence], file: EntryFile) -> str:
    return ", ".join(sorted({other.entry.code for other, _, _ in group} - {file.entry.code}))


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 70 else f"{sentence[:67]}…"
