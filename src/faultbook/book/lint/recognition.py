"""B1: what an entry shows as its error is recognised as such, and nothing else is."""

from collections.abc import Iterator, Sequence

from faultbook.book.files import EntryFile
from faultbook.book.known import MESSAGE
from faultbook.book.lint.rule import Found, FoundIn, LintContext, of_book, of_entry
from faultbook.model import Entry


@of_entry("B101", "Every sample is recognised as its own entry and as no other.")
def samples_recognised(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """In a sample of an error that wraps others, or stands inside one, those related codes may be recognised too.

    A name of ours is printed by no program: its samples must make it the first guess.
    """
    entry = file.entry
    known = context.published.get(entry.code)
    own = {entry.code, *entry.aliases}
    chained = {other.code for other in entry.related if other.how in {"wraps", "wrapped-by"}}
    for number, sample in enumerate(entry.samples, start=1):
        seen = context.recognise(sample.text)
        where = f"sample[{number}].text"
        if known is not None and known.family == MESSAGE:
            if set(seen.codes) - chained or seen.candidates[:1] != (entry.code,):
                yield (
                    where,
                    f"The sample is recognised as {_listed(seen.codes)} and guessed as {_listed(seen.candidates[:1])}.",
                )
        elif not own & set(seen.codes):
            yield where, f"The sample is recognised as {_listed(seen.codes)}, not as {entry.code}."
        elif strangers := set(seen.codes) - own - chained:
            yield where, f"The sample is recognised as {_listed(sorted(strangers))} too."
        elif seen.primary is not None and seen.primary.code not in own | chained:
            yield where, f"The sample's primary code is {seen.primary.code}, not {entry.code}."


@of_entry("B102", "No text given as a non-sample is recognised as the entry.")
def not_samples_not_recognised(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A non-sample looks like the error and is not."""
    own = {file.entry.code, *file.entry.aliases}
    for number, sample in enumerate(file.entry.not_samples, start=1):
        if own & set(context.recognise(sample.text).codes):
            yield f"not_sample[{number}].text", f"The text is recognised as {file.entry.code}, though: {sample.why}"


@of_book("B103", "A quiet text yields nothing.")
def quiet_is_quiet(_: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """What a healthy system writes must never be taken for an error."""
    for name, text in context.quiet.items():
        seen = context.recognise(text)
        if codes := seen.codes or seen.candidates:
            yield name, "", f"In this quiet text {_listed(codes)} is recognised."


@of_book("B104", "What is easily mistaken for another has a non-sample against it, on both sides.")
def mistaken_both_ways(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """The non-sample shows the other error, so that a change of the patterns cannot mix the two up again."""
    by_code = {file.entry.code: file for file in files}
    pairs = {
        (one.entry.code, related.code)
        for one in files
        for related in one.entry.related
        if related.how == "mistaken-for"
    }
    for one, other in sorted(pairs | {(other, one) for one, other in pairs}):
        if one in by_code and not _shown(by_code[one].entry, other, by_code, context):
            yield by_code[one], "not_sample", f"{other} is mistaken for {one}, and no non-sample shows {other}."


def _shown(entry: Entry, other: str, by_code: dict[str, EntryFile], context: LintContext) -> bool:
    """Whether a non-sample of the entry shows the other error: by its code, its bare number, its name, or to the recogniser, if only as its first guess."""
    names = {other, other.removeprefix("AADSTS")} | ({by_code[other].entry.name} - {""} if other in by_code else set())
    texts = [sample.text for sample in entry.not_samples]
    if any(name in text for name in names for text in texts):
        return True
    return any(other in (*seen.codes, *seen.candidates[:1]) for seen in map(context.recognise, texts))


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes) or "nothing"
