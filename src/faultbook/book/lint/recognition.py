"""B1: what an entry shows as its error is recognised as such, and nothing else is."""

from collections.abc import Iterator, Sequence

from faultbook.book.files import EntryFile
from faultbook.book.known import MESSAGE
from faultbook.book.lint.rule import Found, FoundIn, LintContext, Recognised, of_book, of_entry
from faultbook.model import Entry


@of_entry("B101", "Every sample is recognised as its own entry and as no other.")
def samples_recognised(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """In a sample of an error that wraps others, or stands inside one, those related codes may be recognised too.

    A sub-condition of Spark without an entry of its own (one that has it is related) belongs to its condition.
    A name of ours is printed nowhere: its sample is a message without a code, of which it is the first guess.
    """
    entry = file.entry
    if _ours(entry, context):
        yield from _samples_guessed(entry, context)
        return
    chained = {other.code for other in entry.related if other.how in {"wraps", "wrapped-by"}}
    apart = {other.code for other in entry.related}
    for number, sample in enumerate(entry.samples, start=1):
        seen = context.recognise(sample.text)
        where = f"sample[{number}].text"
        below = {code for code in seen.codes if code.startswith(f"{entry.code}.")} - apart
        own = {entry.code, *entry.aliases, *below}
        if not seen.codes:
            yield where, f"Nothing is recognised in the sample. {_unread(entry, sample.text, context)}"
        elif not own & set(seen.codes):
            yield where, f"The sample is recognised as {_listed(seen.codes)}, not as {entry.code}."
        elif strangers := set(seen.codes) - own - chained:
            yield where, f"The sample is recognised as {_listed(sorted(strangers))} too."
        elif seen.primary is not None and seen.primary.code not in own | chained:
            yield where, f"The sample's primary code is {seen.primary.code}, not {entry.code}."


def _unread(entry: Entry, text: str, context: LintContext) -> str:
    """What its writer can do about a sample in which no code is read."""
    if entry.code in text and entry.code not in context.published:
        return f"The tables of codes lack {entry.code}, and such a code is read in fewer forms: add a line to codes/observed.tsv."
    if entry.code in text:
        return f"{entry.code} stands in it, but in a form that is taken for a mention: show the line as a whole, or teach the form to the recogniser."
    return f"It does not print {entry.code}: what is printed without the code belongs in wording."


def _samples_guessed(entry: Entry, context: LintContext) -> Iterator[Found]:
    for number, sample in enumerate(entry.samples, start=1):
        told = _told(context.recognise(sample.text))
        if not {entry.code, *entry.aliases} & set(told[:1]):
            yield f"sample[{number}].text", f"By its wording the sample may be {_listed(told)}, not {entry.code}."


@of_entry("B102", "No text given as a non-sample is recognised as the entry.")
def not_samples_not_recognised(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A non-sample looks like the error and is not."""
    own = {file.entry.code, *file.entry.aliases}
    for number, sample in enumerate(file.entry.not_samples, start=1):
        seen = context.recognise(sample.text)
        told = _told(seen)[:1] if _ours(file.entry, context) else seen.codes
        if own & set(told):
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
    """Whether a non-sample of the entry shows the other error: by its code, its bare number, its name, or to the recogniser."""
    names = {other, other.removeprefix("AADSTS")} | ({by_code[other].entry.name} - {""} if other in by_code else set())
    texts = [sample.text for sample in entry.not_samples]
    return any(name in text for name in names for text in texts) or any(
        other in _told(context.recognise(text)) for text in texts
    )


def _ours(entry: Entry, context: LintContext) -> bool:
    """Whether the entry's code is a name of ours for a message that prints none."""
    return entry.code in context.published and context.published[entry.code].family == MESSAGE


def _told(seen: Recognised) -> list[str]:
    """The codes that happened in a text; without any, what it may be by its wording."""
    return list(seen.codes or seen.candidates)


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes) or "nothing"
