"""Keeping the book: lint, skeletons, counts, compiling. Works on the sources, not on the compiled book."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import msgspec

from faultbook.book import compile as compiler
from faultbook.book import difference, lint, page, skeleton, stats
from faultbook.book.constants import read_constants
from faultbook.book.files import EntryFile, read_entry, read_folder
from faultbook.book.known import Known, neighbours, number_range, read_known
from faultbook.book.known_only import with_published
from faultbook.book.layout import bare
from faultbook.book.menus import read_menus
from faultbook.book.overlay import merged, read_overlay
from faultbook.book.pages import key_of
from faultbook.book.place import file_name, place, product_of
from faultbook.book.reader import open_book
from faultbook.book.retired import read_retired
from faultbook.book.stale import MONTHS, stale_parts
from faultbook.book.threads import read_threads
from faultbook.book.wording import Fragment, read_wording
from faultbook.book.words import Words, read_words
from faultbook.diagnose.alone import place_of, unexplained
from faultbook.errors import UsageError
from faultbook.model import Depth, Entry
from faultbook.probes import all_probes
from faultbook.probes.message import said_in
from faultbook.recognise import Recogniser, prepared

OF_OUR_BOOK = frozenset({"B001", "B008", "B104", "B303", "B305", "B411", "B502", "B601", "B701"})
"""Rules that say where our files lie, who publishes, what our neighbours answer, and that nobody real is named: no business of a site's own."""
_SHOWN = 10
INSTALLED = Path(__file__).parents[1] / "_book"


def questions() -> dict[str, str]:
    """The question of each probe, for the pages."""
    return {id_: probe.question for id_, probe in all_probes().items()}


def build_book(root: Path, out: Path | None = None) -> Path:
    """Compile the sources under ``root`` into ``out``, the installed package unless another folder is named."""
    from faultbook.site.build import site_files  # brings the template engine, which only building needs

    target = out or INSTALLED
    compiler.build(_sources(root), target, questions(), also=[site_files, prepared.compiled])
    return target


def new_entry(code: str, root: Path, *, depth: Depth | Literal["known-only"] = "brief", product: str = "") -> Path:
    """Write the skeleton of an entry where it belongs. One that exists is not overwritten, but a brief one can be made the beginning of a full one."""
    sources = _sources(root)
    words, published = read_words(sources / "words.toml"), read_known(sources / "codes")
    known = next((one for one in published if one.code.casefold() == code.casefold()), None)
    code = known.code if known else code
    product = product or product_of(known, code) or _filed(sources / "entries", code)
    if product not in words.products:
        raise UsageError(
            f"The product of {code} is not known." if not product else f"There is no product {product}.",
            why=f"The tables in {sources / 'codes'} do not list it." if known is None else "",
            do=f"Name it with --product: {', '.join(words.products)}.",
        )
    path = sources / "entries" / place(code, product, known.note if known else "")
    asked = _asked(sources / "entries" / path.relative_to(sources / "entries").parts[0]) if depth == "full" else ()
    if depth == "full" and _deepened(path, asked):
        return path
    text = skeleton.skeleton(
        code, product, known, words, _today(), depth="full" if depth == "full" else "brief", known_only=depth == "known-only",
        beside=neighbours(code, published), stretch=number_range(code, published), probes=asked,
    )  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as wrong:
        raise UsageError(f"There is an entry for {code} already.", do=f"Edit {path}.") from wrong
    return path


def _filed(entries: Path, code: str) -> str:
    """The product of the entry that is there for a code which no table lists."""
    return next((read_entry(path).product for path in sorted(entries.rglob(file_name(code)))), "")


def _deepened(path: Path, probes: Sequence[str]) -> bool:
    """Whether a brief entry stood here, and is now the beginning of a full one."""
    entry = read_entry(path) if path.is_file() else None
    if entry is None or entry.depth != "brief" or entry.known_only:
        return False
    path.write_text(skeleton.deepened(path.read_text(encoding="utf-8"), entry, probes), encoding="utf-8")
    return True


def _asked(folder: Path) -> list[str]:
    """The probes that the entries below a folder ask most, the most frequent first."""
    files, _ = read_folder(folder)
    asked = Counter(test.probe for file in files for cause in file.entry.causes for test in cause.tests)
    return [probe for probe, _ in sorted(asked.items(), key=lambda one: (-one[1], one[0]))[:_SHOWN]]


def book_stats(root: Path, stale_months: int = MONTHS) -> stats.Stats:
    """Coverage by product, depth, basis, class of source and age, and what rests on stale sources."""
    sources = _sources(root)
    files, _ = read_folder(sources / "entries")
    return stats.count([file.entry for file in files], read_known(sources / "codes"), _today(), stale_months)


def lint_book(root: Path, paths: Sequence[Path] = ()) -> tuple[list[lint.Issue], int]:
    """Every issue of the book's own rules, and how many entries were looked at; ``paths`` are the files or folders to look at, or all."""
    sources = _sources(root)
    only = _named(sources / "entries", paths) if paths else None
    files, problems = read_folder(sources / "entries")
    known, words = read_known(sources / "codes"), read_words(sources / "words.toml")
    context = msgspec.structs.replace(
        _context([file.entry for file in files], known, read_wording(sources / "wording"), words),
        fixtures=lru_cache(maxsize=None)(partial(fixtures, sources)),
        threads=read_threads(sources / "threads"),
        quiet=lint.read_quiet(sources / "quiet"),
        debt=lint.read_debt(sources / "debt.toml"),
        cases=lint.confirmed_cases(sources / "cases"),
        constants=read_constants(sources / "constants.toml"),
        menus=read_menus(sources / "menus.toml"),
        retired=read_retired(sources / "retired.toml"),
    )
    return lint.lint(files, problems, context, only), len(files if only is None else only)


def lint_overlay(overlay: Path, root: Path) -> tuple[list[lint.Issue], int]:
    """Every issue of a site's overlay, and how many entries it adds or changes; the book around it is that of the sources, else the compiled one.

    Rules about our own files, names and neighbours do not bind a site, see ``OF_OUR_BOOK``.
    """
    own = (root / "words.toml").is_file()
    book = None if own else open_book()
    around = (
        read_folder(root / "entries")[0]
        if own
        else [EntryFile(one.code, one) for one in (book.entries() if book else ())]
    )
    known = read_known(root / "codes") if own else book.known() if book else []
    fragments = read_wording(root / "wording") if own else book.wording() if book else []
    by_key = {key_of(file.entry.code): file.entry for file in around}
    over = read_overlay(overlay)
    changed = [
        EntryFile(f"{over.name}/{file.path}", file.entry, file.text)
        for file in merged(over, lambda code: _spelt(code, by_key))
    ]
    codes = {file.entry.code for file in changed}
    files = [*(file for file in around if file.entry.code not in codes), *changed]
    words = read_words(root / "words.toml") if own or book is None else book.words
    context = msgspec.structs.replace(
        _context([file.entry for file in files], known, fragments, words),
        constants=read_constants(root / "constants.toml"),
    )
    issues = lint.lint(files, (), context, {file.path for file in changed})
    return [issue for issue in issues if issue.rule not in OF_OUR_BOOK], len(changed)


def _context(
    entries: Sequence[Entry], known: Sequence[Known], fragments: Sequence[Fragment], words: Words
) -> lint.LintContext:
    """What every lint is given: how entries are read, asked, weighed and shown here. Every probe counts as having its fixtures."""
    probes, chances = all_probes(), words.chances
    return lint.LintContext(
        words=words,
        published={one.code: one for one in known},
        recognise=Recogniser(entries, known, fragments).scan,
        probes=probes,
        fixtures=lambda _: lint.ANSWERS,
        today=_today(),
        unexplained=partial(unexplained, probes=probes, words=chances),
        place=partial(place_of, probes=probes, words=chances),
        says=_says,
        shown=_shown(),
    )


def _shown() -> Callable[[str], str]:
    """What the web page makes of a text; where the pages cannot be made here, the same as the terminal."""
    try:
        from faultbook.site.markup import Writer
    except ModuleNotFoundError:
        return bare
    return Writer({}, ()).shown


def _says(text: str, word: str) -> bool:
    return bool(said_in(text, [word]))


def _spelt(code: str, entries: Mapping[str, Entry]) -> Entry | None:
    return entries.get(key_of(code)) or entries.get(key_of(f"AADSTS{code}"))


def _named(entries: Path, paths: Sequence[Path]) -> set[str]:
    """The entries that paths name, as the lint calls them: relative to the folder of entries."""
    found: set[str] = set()
    for path in paths:
        inside = path.absolute()
        files = sorted(inside.rglob("*.toml")) if inside.is_dir() else [inside]
        if not files or not all(file.is_file() and file.is_relative_to(entries.absolute()) for file in files):
            raise UsageError(
                f"{path} is no entry.", why=f"Entries are TOML files below {entries}.", do="Name such a file or folder."
            )
        found.update(file.relative_to(entries.absolute()).as_posix() for file in files)
    return found


def book_words(root: Path) -> Words:
    """The closed vocabularies, from the sources where they are, else from the compiled book."""
    if (root / "words.toml").is_file():
        return read_words(root / "words.toml")
    with open_book() as book:
        return book.words


def preview(path: Path, root: Path, *, colour: bool) -> str:
    """The page of one entry's file as it would be compiled."""
    sources = _sources(root)
    (entry,) = with_published([read_entry(path)], read_known(sources / "codes"))
    write = page.ansi if colour else page.plain
    return write(entry, read_words(sources / "words.toml"), questions(), stale_parts(entry, _today()))


def book_difference(old: Path, new: Path) -> difference.Difference:
    """What changed for readers between two books, each a folder of sources or compiled."""
    return difference.difference(difference.edition(old), difference.edition(new))


def fixtures(root: Path, probe: str) -> set[str]:
    """The answers for which a probe has recorded fixtures, in ``tests/probes`` beside the book's sources."""
    folder = root.absolute().parent / "tests" / "probes" / probe
    return {path.name.partition("-")[0] for path in folder.glob("*.json")}


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _sources(root: Path) -> Path:
    if not (root / "words.toml").is_file():
        raise UsageError(
            f"{root} does not hold the book's sources.",
            why="There is no words.toml in it.",
            do="Run this in a checkout, or name the folder with --root.",
        )
    return root
