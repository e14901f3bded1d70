"""B5 to B9: entries agree with one another, and with what is said about them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from faultbook.book.constants import contradictions
from faultbook.book.files import EntryFile
from faultbook.book.lint.rule import Found, FoundIn, LintContext, of_book, of_entry
from faultbook.book.lint.texts import prose, sentences, texts, titles
from faultbook.book.pages import key_of
from faultbook.model import How

INVERSE: Final[dict[How, How]] = {
    "more-specific": "more-general",
    "more-general": "more-specific",
    "mistaken-for": "mistaken-for",
    "same-cause": "same-cause",
    "comes-before": "comes-after",
    "comes-after": "comes-before",
    "wraps": "wrapped-by",
    "wrapped-by": "wraps",
}
CASES_FOR_PROVEN: Final = 3

_ADDRESS = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
_INVENTED = re.compile(
    r"(?:.*\.)?(?:example|invalid|test|example\.(?:com|net|org)|(?:contoso|fabrikam|tailspin)\.(?:local|onmicrosoft\.com))",
    re.IGNORECASE,
)


@of_book("B501", "A related code exists, is another one, and is named once.")
def related_exist(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """It has an entry, or is published."""
    there = {file.entry.code for file in files} | set(context.published)
    for file in files:
        counts = Counter(other.code for other in file.entry.related)
        for number, other in enumerate(file.entry.related, start=1):
            where = f"related[{number}].code"
            if other.code == file.entry.code:
                yield file, where, "A code is not related to itself."
            elif other.code not in there:
                yield file, where, f"{other.code} has no entry and is not published."
            elif counts[other.code] > 1:
                yield (
                    file,
                    where,
                    f"{other.code} is named {counts[other.code]} times; choose the relation that helps most.",
                )


@of_book("B502", "Two entries agree on how they are related.")
def related_both_ways(files: Sequence[EntryFile], _: LintContext) -> Iterator[FoundIn]:
    """If that code is more specific than this one, this one is more general than that one, and its entry says so."""
    by_code = {file.entry.code: file for file in files}
    for file in files:
        code = file.entry.code
        for other in file.entry.related:
            there = by_code.get(other.code)
            if there is None or there is file:
                continue
            back = [related.how for related in there.entry.related if related.code == code]
            if INVERSE[other.how] not in back:
                says = (
                    f"says {back[0]}"
                    if back
                    else f'does not name it; it needs a [[related]] with code = "{code}" and how = "{INVERSE[other.how]}"'
                )
                yield (
                    there,
                    "related",
                    f"{code} calls {other.code} {other.how}; so {other.code} must call {code} {INVERSE[other.how]}, but {says}.",
                )


@of_entry("B503", "A number of the table of constants is the same wherever it stands.")
def constants_agree(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """``book/constants.toml`` says which number, of what, by which source; a sentence that speaks of the same thing says the same."""
    for where, text in [*prose(file.entry), *titles(file.entry)]:
        for sentence in sentences(text):
            for written, constant in contradictions(sentence, context.constants):
                values = ", ".join(constant.values)
                yield (
                    where,
                    f"“{written}”, but {constant.name[0].lower()}{constant.name[1:]} is {values} ({constant.id}).",
                )


@of_book("B504", "A retired code stays retired.")
def retired_stay_retired(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """A code that was given up is never used again, and what took its place has an entry or is published."""
    by_code = {key_of(file.entry.code): file for file in files}
    there = {*by_code, *(key_of(code) for code in context.published)}
    for number, one in enumerate(context.retired, start=1):
        if (file := by_code.get(key_of(one.code))) is not None:
            yield file, "code", f"{one.code} was retired on {one.date}; it is not used again."
        if one.now and key_of(one.now) not in there:
            yield (
                "retired.toml",
                "",
                f"retired[{number}]: {one.now}, which took the place of {one.code}, has no entry and is not published.",
            )


@of_entry("B601", "An entry's status is earned.")
def status_earned(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """*reviewed* needs a named reviewer and a date that has come, *proven* three closed cases with a confirmed cause besides."""
    entry = file.entry
    if entry.status in {"reviewed", "proven"} and not [name for name in entry.review.by if name.strip("( )")]:
        yield "review.by", f"The entry is called {entry.status} and names no reviewer."
    if entry.review.date > context.today:
        yield "review.date", f"The review is dated {entry.review.date}, which is to come."
    confirmed = context.cases.get(entry.code, 0)
    if entry.status == "proven" and confirmed < CASES_FOR_PROVEN:
        yield "status", f"The entry is called proven, with {confirmed} confirmed cases; it takes {CASES_FOR_PROVEN}."


@of_entry("B701", "People and organisations are invented.")
def nobody_real(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """An address ends in ``.example``; nobody's tenant stands in a book that everybody reads."""
    entry = file.entry
    shown = [(f"sample[{number}].text", sample.text) for number, sample in enumerate(entry.samples, start=1)]
    shown += [(f"not_sample[{number}].text", sample.text) for number, sample in enumerate(entry.not_samples, start=1)]
    for where, text in [*shown, *texts(entry)]:
        for found in _ADDRESS.finditer(text):
            if not _INVENTED.fullmatch(found[1]):
                yield where, f"{found[0]} may be somebody; write kim@contoso.example."
