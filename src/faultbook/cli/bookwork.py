"""``book``: check, extend, count, compare and compile the book itself."""

from pathlib import Path
from typing import Literal

import click
import msgspec

from faultbook.cli.output import COLOUR, JSON, STALE, colour_wanted, emit, emit_line, plain, say

ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("book"),
    show_default=True,
    help="The folder of the book's sources.",
)


@click.group()
def book() -> None:
    """Check, extend, count, compare and compile the book itself."""


@book.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--overlay", type=click.Path(path_type=Path, file_okay=False), help="Check a site's own folder instead of the book."
)
@ROOT
@JSON
def lint(paths: tuple[Path, ...], overlay: Path | None, root: Path, as_json: bool) -> int:
    """Check entries against the book's rules: those in the files and folders named, those of an overlay, or all.

    Each rule has a page under docs/lint.

    \b
    faultbook book lint
    faultbook book lint book/entries/entra/500xx/AADSTS50055.toml
    faultbook book lint --overlay our-own/
    """
    from faultbook.app.maintain import lint_book, lint_overlay

    if overlay and paths:
        raise click.UsageError("Name files of the book or an overlay, not both.")
    issues, entries = lint_overlay(overlay, root) if overlay else lint_book(root, paths)
    for issue in issues:
        if as_json:
            emit_line(issue)
        else:
            click.echo(plain(f"{issue.where}: {issue.rule}: {issue.message}"))
    errors = sum(1 for issue in issues if issue.severity == "error")
    say(f"book: {entries} entries, {errors} errors, {len(issues) - errors} warnings")
    return 1 if errors or not entries else 0


@book.command()
@click.argument("code")
@click.option(
    "--brief", "depth", flag_value="brief", default="brief", help="Without causes, fixes and questions (default)."
)
@click.option(
    "--full",
    "depth",
    flag_value="full",
    help="With causes, fixes and questions to fill in; goes on from a brief entry.",
)
@click.option(
    "--known-only",
    "depth",
    flag_value="known-only",
    help="Whole at once, for a code of which nothing else is published.",
)
@click.option("--product", default="", help="The product, for a code that the tables do not list.")
@ROOT
@JSON
def new(code: str, depth: Literal["brief", "full", "known-only"], product: str, root: Path, as_json: bool) -> int:
    """Write the skeleton of an entry from the known facts of a code.

    \b
    faultbook book new AADSTS50055
    faultbook book new DELTA_CONCURRENT_APPEND --full
    """
    from faultbook.app.maintain import new_entry

    path = new_entry(code, root, depth=depth, product=product)
    if as_json:
        emit({"schema": "faultbook/written-1", "path": str(path)})
    else:
        click.echo(path)
    return 0


@book.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@ROOT
@COLOUR
def show(path: Path, root: Path, colour: bool | None) -> int:
    """The page of an entry's file as it would be compiled, while it is being written.

    \b
    faultbook book show book/entries/entra/500xx/AADSTS50055.toml
    """
    from faultbook.app.maintain import preview

    wanted = colour_wanted(colour)
    click.echo(preview(path, root, colour=wanted), nl=False, color=True)
    return 0


@book.command()
@ROOT
@JSON
def words(root: Path, as_json: bool) -> int:
    """The words that an entry may use for product, surfaces, category and people, with their meaning, and the severity rubric."""
    from faultbook.app.maintain import book_words

    answer = book_words(root)
    if as_json:
        emit(answer)
        return 0
    for name, table in (
        ("product", answer.products),
        ("surfaces", answer.surfaces),
        ("category", answer.categories),
        ("who", answer.who),
    ):
        click.echo("\n".join((name, *(f"  {word:<24}{shown}" for word, shown in table.items()), "")))
    click.echo("severity, by stops and transient")
    for stops, row in answer.severity.items():
        click.echo(f"  {stops:<24}{', '.join(f'{transient}: {level}' for transient, level in row.items())}")
    return 0


@book.command()
@ROOT
@STALE
@JSON
def stats(root: Path, stale_months: int, as_json: bool) -> int:
    """Coverage by product, depth, basis, class of source and age, and what rests on stale sources."""
    from faultbook.app.maintain import book_stats

    answer = book_stats(root, stale_months)
    if as_json:
        emit(answer)
    else:
        click.echo(answer.text())
    return 0


@book.command()
@click.argument("old", type=click.Path(path_type=Path, exists=True))
@click.argument("new", type=click.Path(path_type=Path, exists=True))
@JSON
def diff(old: Path, new: Path, as_json: bool) -> int:
    """What changed for readers between two books: folders of sources, or compiled ones.

    \b
    git worktree add /tmp/before v0.1.0
    faultbook book diff /tmp/before/book book
    """
    from faultbook.app.maintain import book_difference

    answer = book_difference(old, new)
    if as_json:
        emit(answer)
    else:
        click.echo(plain(answer.text()))
    return 0


@book.command()
@ROOT
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write. Default: into the installed package.",
)
@click.option("--quiet", is_flag=True, help="Say nothing unless something is wrong.")
@JSON
def build(root: Path, out: Path | None, quiet: bool, as_json: bool) -> int:
    """Compile the entries into the read-only files that look-up and search use."""
    from faultbook.app.maintain import build_book

    built = build_book(root, out)
    if as_json:
        emit({"schema": "faultbook/written-1", "path": str(built)})
    elif not quiet:
        say(f"Wrote {built}")
    return 0


@book.command()
@click.option(
    "--cases",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("book/cases"),
    show_default=True,
    help="The folder of closed cases.",
)
@click.option(
    "--threads",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("book/threads"),
    show_default=True,
    help="The folder of threads in which a cause was established.",
)
@JSON
def score(cases: Path, threads: Path, as_json: bool) -> int:
    """Run every closed case and score the ranking: first, among three, log loss, calibration; then rank the causes of public threads."""
    from faultbook.app import Faultbook
    from faultbook.app.scoring import score_cases, score_threads

    faultbook = Faultbook()
    answer, places = score_cases(faultbook, cases), score_threads(faultbook.book, threads)
    if as_json:
        emit({**msgspec.structs.asdict(answer), "threads": places})
    else:
        click.echo(
            f"{answer.cases} cases: first {answer.top1:.0%}, among three {answer.top3:.0%}, log loss {answer.log_loss:.3f}, Brier {answer.brier:.3f}"
        )
        for row in answer.reliability:
            click.echo(
                f"  shares {row.low:4.0%} to {row.high:4.0%}: {row.count:4} given, promised {row.promised:5.1%}, happened {row.happened:5.1%}"
            )
        for name in answer.wrong:
            click.echo(f"  not as expected: {plain(name)}")
        click.echo(f"{places.count} threads: first {places.top1:.0%}, among three {places.top3:.0%}")
        for name in places.behind:
            click.echo(f"  not among three: {plain(name)}")
    return 1 if answer.wrong or places.behind or not answer.cases else 0
