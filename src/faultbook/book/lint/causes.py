"""B2: causes can be told apart, and end."""

from collections.abc import Iterator, Sequence

from faultbook.book.files import EntryFile
from faultbook.book.lint.rule import Found, FoundIn, LintContext, of_book, of_entry
from faultbook.book.threads import Thread
from faultbook.model import MOST_SHARES, Entry, Fix, Test, Verify

ANSWERS = ("yes", "no", "unknown")
_MOST_UNEXPLAINED = 0.5
_MOVED = 0.05
"""Less than this is rounding, not what the words have done."""


@of_entry("B201", "Every cause has a test or says why it has none.")
def tested_or_untested(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """Not both: a reason beside a test is out of date."""
    for number, cause in enumerate(file.entry.causes, start=1):
        if bool(cause.tests) == bool(cause.untested.strip()):
            state = (
                "has tests, and says that it cannot be tested"
                if cause.tests
                else "has no test and no reason under untested"
            )
            yield f"cause[{number}]", f"The cause {cause.id} {state}."


@of_entry("B202", "Every probe that is used exists, takes these parameters, and has fixtures for yes, no and unknown.")
def probes_exist(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A probe without a recorded *unknown* has not shown that it can say so."""
    for where, use in _uses(file.entry):
        probe = context.probes.get(use.probe)
        if probe is None:
            yield where, f"There is no probe {use.probe}."
            continue
        if strange := set(use.params) - set(probe.params):
            yield (
                where,
                f"{use.probe} takes no {', '.join(sorted(strange))}; it takes {', '.join(probe.params) or 'nothing'}.",
            )
        if probe.params and not use.params:
            yield where, f"{use.probe} asks about nothing without {' or '.join(probe.params)}."
        if missing := [answer for answer in ANSWERS if answer not in context.fixtures(use.probe)]:
            yield where, f"{use.probe} has no recorded fixture for {' and '.join(missing)}."


@of_entry("B203", "A test says yes more often for its cause than otherwise.")
def tests_tell_something(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A yes that is as likely without the cause is no test; one that is likelier without it stands under the wrong cause."""
    chance = context.words.likelihood
    for number, cause in enumerate(file.entry.causes, start=1):
        for place, test in enumerate(cause.tests, start=1):
            probe = context.probes.get(test.probe)
            if probe is not None and chance[test.yes] <= chance[probe.otherwise]:
                yield (
                    f"cause[{number}].tests[{place}]",
                    f"{test.probe} says yes {probe.otherwise} anyway; “{test.yes}” tells nothing for {cause.id}.",
                )


@of_entry("B204", "Every cause has a fix or says why it has none, and every fix belongs to a cause.")
def fixed_or_not(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A fix that no cause names is never shown with its evidence."""
    entry = file.entry
    ids = {fix.id for fix in entry.fixes}
    for number, cause in enumerate(entry.causes, start=1):
        if bool(cause.fixes) == bool(cause.no_fix.strip()):
            state = "has fixes, and says that there is none" if cause.fixes else "has no fix and no reason under no_fix"
            yield f"cause[{number}]", f"The cause {cause.id} {state}."
        for fix in cause.fixes:
            if fix not in ids:
                yield f"cause[{number}].fixes", f"There is no fix {fix}."
    used = {fix for cause in entry.causes for fix in cause.fixes}
    for number, one in enumerate(entry.fixes, start=1):
        if one.id not in used:
            yield f"fix[{number}]", f"No cause names the fix {one.id}."


@of_entry("B205", "A fix that changes something says what, how it is undone, and what proves it.")
def changes_are_proven(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A risk above low is a change, said or not. The proof is a question that accused the cause; where none of the fix's causes can be tested, no proof is asked for."""
    for number, fix in enumerate(file.entry.fixes, start=1):
        where, tested = f"fix[{number}]", _tested(file.entry, fix)
        if fix.changes or fix.risk in {"medium", "high"}:
            for key, text in (("changes", fix.changes), ("undo", fix.undo)):
                if not text.strip():
                    yield where, f"The fix {fix.id} changes something and has no {key}."
            if fix.verify is None and tested:
                yield where, f"The fix {fix.id} changes something and has no verify."
        if fix.verify is not None and fix.verify.probe not in tested:
            yield f"{where}.verify", f"{fix.verify.probe} is no test of a cause that {fix.id} ends."


@of_entry("B206", "The shares of the causes make at most 95: something else is always possible.")
def room_for_something_else(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """Nobody has seen every cause of an error."""
    total = sum(cause.share for cause in file.entry.causes)
    if total > MOST_SHARES:
        yield "cause", f"The shares make {total}."


@of_entry("B207", "The tests of two causes can tell them apart.")
def told_apart(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """With the same tests and the same words every finding moves both causes alike, and no evidence can ever decide between them."""
    seen: dict[frozenset[tuple[str, str, str]], str] = {}
    for number, cause in enumerate(file.entry.causes, start=1):
        tests = frozenset((test.probe, repr(sorted(test.params.items())), test.yes) for test in cause.tests)
        if tests and tests in seen:
            yield (
                f"cause[{number}].tests",
                f"The causes {seen[tests]} and {cause.id} have the same tests with the same words.",
            )
        seen.setdefault(tests, cause.id)


@of_entry("B208", "The entry's own samples leave most of the whole to its causes.")
def samples_explained(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """Words that a short paste does not show are answered with no; asked too boldly, they rule out every cause before there is any evidence."""
    before = 1 - sum(cause.share for cause in file.entry.causes) / 100
    for number, sample in enumerate(file.entry.samples, start=1):
        share = context.unexplained(file.entry, sample.text)
        if share > max(before + _MOVED, _MOST_UNEXPLAINED):
            said = f"With this text and no evidence, something else has {share:.0%}"
            yield f"sample[{number}].text", f"{said}: words that not every form of the message shows are no usual test."


@of_book(
    "B209",
    "The established cause of every thread is in its entry, and what was seen there ranks it among the first three.",
)
def threads_explained(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """What people really met is the measure of an entry: a cause that it lacks, or hides behind four others, helps nobody."""
    entries = {file.entry.code: file.entry for file in files}
    for thread in context.threads:
        if message := _unexplained(entries.get(thread.code), thread, context):
            yield thread.where, "", message


@of_entry(
    "B210", "Words that the message is asked for stand once each, and are whole words of the samples that hold them."
)
def words_are_whole(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A test that looks for a piece of a word finds it nowhere, answers no to every message, and speaks against its own cause."""
    texts = [" ".join(sample.text.split()).casefold() for sample in file.entry.samples]
    for where, use in _uses(file.entry):
        words = use.params.get("words") if use.probe == "message.says" else None
        seen: set[str] = set()
        for word in map(str, words if isinstance(words, list) else ()):
            if word.casefold() in seen:
                yield where, f"“{word}” stands here in other letters already; message.says passes over case."
            seen.add(word.casefold())
            if any(word.casefold() in text and not context.says(text, word) for text in texts):
                yield where, f"A sample holds “{word}” within longer words only, where message.says does not find it."


def _unexplained(entry: Entry | None, thread: Thread, context: LintContext) -> str:
    if entry is None:
        return f"There is no entry for {thread.code}."
    if thread.cause not in {cause.id for cause in entry.causes}:
        return f"{thread.code} has no cause {thread.cause}."
    if strange := set(thread.seen) - {test.probe for cause in entry.causes for test in cause.tests}:
        return f"{thread.code} does not ask {', '.join(sorted(strange))}."
    place = context.place(entry, thread)
    return (
        f"What was seen in {thread.thread} puts {thread.cause} of {thread.code} in place {place}." if place > 3 else ""
    )


def _uses(entry: Entry) -> Iterator[tuple[str, Test | Verify]]:
    for number, cause in enumerate(entry.causes, start=1):
        yield from ((f"cause[{number}].tests[{place}]", test) for place, test in enumerate(cause.tests, start=1))
    yield from ((f"fix[{number}].verify", fix.verify) for number, fix in enumerate(entry.fixes, start=1) if fix.verify)


def _tested(entry: Entry, fix: Fix) -> set[str]:
    return {test.probe for cause in entry.causes if fix.id in cause.fixes for test in cause.tests}
