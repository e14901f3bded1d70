"""B0: an entry is what its file says it is."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from faultbook.book.files import EntryFile
from faultbook.book.known import LOOKED_UP
from faultbook.book.layout import clean
from faultbook.book.lint.rule import Found, FoundIn, LintContext, of_book, of_entry
from faultbook.book.lint.texts import texts
from faultbook.book.pages import key_of
from faultbook.book.place import file_name, product_of

_FOLDER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FEWEST_WORDS = 15
_PASSING = re.compile(
    r"\b(?:pass(?:es|ing)?|wait(?:ing)?|retr(?:y|ies|ying)|transient|temporary|try|tries|again|by itself|alone)\b",
    re.IGNORECASE,
)
_ENTRA = re.compile(r"AADSTS(\d+)")


@of_entry("B001", "The file is named after its code and lies in the right folder.")
def right_place(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """``product/CODE.toml`` or ``product/area/CODE.toml``; the area of an Entra code is its number without the last two digits, then ``xx``."""
    path, code = PurePosixPath(file.path), file.entry.code
    if path.name != file_name(code):
        yield "code", f"The file of {code} must be named {file_name(code)}, not {path.name}."
    folders = path.parts[:-1]
    if (
        len(folders) not in {1, 2}
        or not all(_FOLDER.fullmatch(folder) for folder in folders)
        or folders[0] not in context.words.products
    ):
        yield (
            "code",
            "An entry lies in the folder of a product, or of an area in that: power-bi/refresh.",
        )
    elif (number := _ENTRA.fullmatch(code)) and folders[-1] != f"{int(number[1]) // 100}xx":
        yield "code", f"{code} belongs into the folder {int(number[1]) // 100}xx, not {folders[-1]}."


@of_book("B002", "A code, and every other spelling of it, belongs to one entry.")
def one_entry_each(files: Sequence[EntryFile], context: LintContext) -> Iterator[FoundIn]:
    """Codes and aliases are compared as they are looked up: without case and separators. Published codes may differ in these only, as NOT_FOUND and NotFound do."""
    owners: dict[str, EntryFile] = {}
    for file in files:
        for spelling in dict.fromkeys(key_of(text) for text in (file.entry.code, *file.entry.aliases)):
            other = owners.setdefault(spelling, file)
            codes = {file.entry.code, other.entry.code}
            apart = len(codes) == 2 and codes <= context.published.keys() and {spelling} == {*map(key_of, codes)}
            if other is not file and not apart:
                yield file, "code", f"{spelling} already belongs to {other.path}."


@of_entry("B003", "The ids of causes, fixes and sources are unique within their entry.")
def unique_ids(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """A cause and a fix may share an id; two causes may not."""
    for table, parts in (("cause", file.entry.causes), ("fix", file.entry.fixes), ("source", file.entry.sources)):
        for id_, count in Counter(part.id for part in parts).items():
            if count > 1:
                yield table, f"The id {id_} is used {count} times."


@of_entry("B004", "Product, surfaces, category and people come from the closed vocabularies.")
def closed_words(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """A new word is added to ``book/words.toml`` first, where everybody sees it."""
    entry, words = file.entry, context.words
    used = [("product", entry.product, words.products), ("category", entry.category, words.categories)]
    used += [("surfaces", surface, words.surfaces) for surface in entry.surfaces]
    used += [("who_fixes", who, words.who) for who in entry.who_fixes]
    used += [(f"fix[{number}].who", fix.who, words.who) for number, fix in enumerate(entry.fixes, start=1)]
    for where, word, allowed in used:
        if word not in allowed:
            yield where, f"“{word}” is not in the vocabulary: {', '.join(allowed)}."


@of_entry("B005", "The severity is the one that the rubric gives.")
def severity_by_rubric(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """Who stands still, and does it pass alone: the two answers decide."""
    entry = file.entry
    right = context.words.severity_of(entry.stops, entry.transient)
    if entry.severity != right:
        yield (
            "severity",
            f"With stops = {entry.stops} and transient = {entry.transient} the severity is {right}, not {entry.severity}.",
        )


@of_entry("B006", "No text holds control characters or direction overrides.")
def nothing_unseen(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """Samples are exempt: a real log may hold anything."""
    for where, text in texts(file.entry):
        if clean(text) != text.expandtabs(4):
            yield where, "The text holds a character that cannot be seen and that a terminal may obey."


@of_entry("B008", "An entry stands under the product whose code it is.")
def product_of_its_family(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """An error of the sign-in is no error of the program that asked for it; where it is met, ``surfaces`` say."""
    entry = file.entry
    one = context.published.get(entry.code)
    right = product_of(one, entry.code)
    if right and right != entry.product and entry.product in context.words.products:
        yield "product", f"{entry.code} is a code of {right}, not of {entry.product}."


@of_entry("B009", "A brief entry says something of its own.")
def brief_and_specific(file: EntryFile, _: LintContext) -> Iterator[Found]:
    """What it means in more than its name, whether it passes or that nobody says so, and a source that somebody has read."""
    entry = file.entry
    if entry.depth != "brief" or entry.known_only:
        return
    said = re.findall(r"[A-Za-z']{2,}", entry.meaning)
    if len(said) < FEWEST_WORDS:
        yield "meaning", f"The meaning has {len(said)} words; where no source says more, write known_only."
    if entry.transient == "unknown" and not any(
        _PASSING.search(text) for text in (*entry.not_known, entry.retry.why, entry.meaning)
    ):
        yield "transient", "Whether it passes is not known, and neither not_known nor retry.why says so."
    cited = [source for source in entry.sources if source.id in entry.cites]
    if cited and not any(source.checked for source in cited):
        yield "cites", "Nobody has read what the meaning cites."


@of_entry("B007", "An entry holds what its depth promises.")
def as_deep_as_it_says(file: EntryFile, context: LintContext) -> Iterator[Found]:
    """Every entry says who can act, where it read that, and shows a sample; a full one has causes, fixes and questions besides."""
    entry = file.entry
    wanted: dict[str, Sequence[object]] = {"cites": entry.cites}
    published = context.published.get(entry.code)
    if published is None or published.family not in LOOKED_UP:
        wanted["sample"] = entry.samples
    if not entry.known_only:
        wanted["who_fixes"] = entry.who_fixes
    if entry.known_only and entry.depth == "full":
        yield "depth", "An entry of which nothing but the code is known is a brief one."
    elif entry.depth == "full":
        wanted |= {"cause": entry.causes, "fix": entry.fixes, "faq": entry.faq}
    for where, parts in wanted.items():
        if not parts:
            yield where, f"A {entry.depth} entry needs at least one {where}."
