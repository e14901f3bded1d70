"""Keeping the book: lint, skeletons, counts, compiling. Works on the sources, not on the compiled book."""

import datetime as dt
from pathlib import Path

from faultbook.book import compile as compiler
from faultbook.book import lint, skeleton, stats
from faultbook.book.files import read_folder
from faultbook.book.known import read_known
from faultbook.book.words import read_words
from faultbook.errors import UsageError
from faultbook.probes import all_probes
from faultbook.recognise import Recogniser, prepared

INSTALLED = Path(__file__).parents[1] / "_book"


def questions() -> dict[str, str]:
    """The question of each probe, for the pages."""
    return {id_: probe.question for id_, probe in all_probes().items()}


def build_book(root: Path, out: Path | None = None) -> Path:
    """Compile the sources under ``root`` into ``out``, the installed package unless another folder is named."""
    target = out or INSTALLED
    compiler.build(_sources(root), target, questions(), {prepared.FILE: prepared.pack})
    return target


def new_entry(code: str, root: Path) -> Path:
    """Write the skeleton of an entry where it belongs; an entry that exists is never overwritten."""
    sources = _sources(root)
    words = read_words(sources / "words.toml")
    known = next((one for one in read_known(sources / "codes") if one.code.casefold() == code.casefold()), None)
    code = known.code if known else code
    path = sources / "entries" / skeleton.place(code, skeleton.product_of(known, code, words))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(skeleton.skeleton(code, known, words, _today()))
    except FileExistsError as wrong:
        raise UsageError(f"There is an entry for {code} already.", do=f"Edit {path}.") from wrong
    return path


def book_stats(root: Path) -> stats.Stats:
    """Coverage by product, depth, basis, class of source and age."""
    sources = _sources(root)
    files, _ = read_folder(sources / "entries")
    return stats.count([file.entry for file in files], read_known(sources / "codes"), _today())


def lint_book(root: Path) -> tuple[list[lint.Issue], int]:
    """Every issue of the book's own rules, and how many entries were looked at."""
    sources = _sources(root)
    files, problems = read_folder(sources / "entries")
    known = read_known(sources / "codes")
    context = lint.LintContext(
        words=read_words(sources / "words.toml"),
        known={one.code for one in known},
        recognise=Recogniser([file.entry for file in files], known).scan,
        probes=all_probes(),
        fixtures=lambda id_: fixtures(sources, id_),
        today=_today(),
        quiet=lint.read_quiet(sources / "quiet"),
        debt=lint.read_debt(sources / "debt.toml"),
        cases=lint.confirmed_cases(sources / "cases"),
    )
    return lint.lint(files, problems, context), len(files)


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
