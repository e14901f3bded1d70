"""``show``, ``search`` and ``scan``: from the book and from text, without evidence."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from faultbook.cli.output import COLOUR, JSON, OVERLAY, STALE, colour_wanted, counted, emit, emit_line, plain, say

if TYPE_CHECKING:
    from faultbook.app.scanning import Located


@click.command()
@click.argument("code")
@JSON
@click.option("--markdown", is_flag=True, help="The page as Markdown.")
@OVERLAY
@STALE
@COLOUR
def show(code: str, as_json: bool, markdown: bool, overlay: Path | None, stale_months: int, colour: bool | None) -> int:
    """The page of a code: meaning, causes, fixes, sources.

    \b
    faultbook show AADSTS120021
    faultbook show 120021 --json
    """
    from faultbook.app import Faultbook

    book = Faultbook(overlay=overlay, stale_months=stale_months)
    answer = book.answer(code)
    if as_json:
        emit(answer)
    elif answer.entry is None:
        click.echo(book.page(code, colour=False))
    elif markdown:
        click.echo(book.markdown(answer.entry, answer.retired))
    else:
        click.echo(book.page(code, colour=colour_wanted(colour)), nl=False, color=True)
    return 0 if answer.entry is not None or answer.known or answer.retired else 1


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100))
@JSON
@OVERLAY
@COLOUR
def search(words: tuple[str, ...], limit: int, as_json: bool, overlay: Path | None, colour: bool | None) -> int:
    """Full-text search of the book.

    \b
    faultbook search password writeback off
    """
    from faultbook.app import Faultbook, Searched

    hits = Faultbook(overlay=overlay).search(" ".join(words), limit)
    if as_json:
        emit(Searched(hits=hits))
    for hit in hits if not as_json else ():
        code = click.style(hit.code, bold=True) if colour_wanted(colour) else hit.code
        click.echo(f"{code}  {hit.summary}", color=True)
    if not hits:
        say(
            "Nothing in the book speaks of that. Try fewer or other words, or paste the whole message into: faultbook scan -"
        )
    return 0 if hits else 1


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@JSON
@click.option(
    "--jsonl",
    "field",
    metavar="FIELD",
    help="Read one JSON object a line, recognise the text in FIELD, answer one object a line.",
)
@OVERLAY
@COLOUR
def scan(files: tuple[Path, ...], as_json: bool, field: str | None, overlay: Path | None, colour: bool | None) -> int:
    """Every known error in any text or log, of any size. FILE may be - for stdin.

    \b
    faultbook scan gateway.log
    pbpaste | faultbook scan -
    faultbook scan --jsonl text errors.jsonl
    """
    if not files and sys.stdin.isatty():
        raise click.UsageError("Nothing to read. Name a file, or pipe text in and write: faultbook scan -")
    if field is not None:
        return _annotate(files, field, overlay)
    from faultbook.app.scanning import Scanner

    scanner = Scanner.over(overlay)
    coloured = colour_wanted(colour)
    found = 0
    for path in files or (Path("-"),):
        with _opened(path) as stream:
            size = path.stat().st_size if stream is not sys.stdin.buffer else 0
            where = f"{plain(str(path))}:" if len(files) > 1 else ""
            with counted(stream, size, plain(path.name)) as read:
                for hit, gist in scanner.scan(read):
                    found += 1
                    if as_json:
                        row = msgspec.to_builtins(hit)
                        emit_line({"schema": "faultbook/occurrence-1", "file": str(path), **row, "summary": gist})
                    else:
                        _print(where, hit, gist, colour=coloured)
    if not found:
        say(
            "No known error was recognised. A code that a text merely mentions is not counted; faultbook search finds words."
        )
    return 0 if found else 1


def _annotate(files: tuple[Path, ...], field: str, overlay: Path | None) -> int:
    from faultbook.app import Faultbook

    book = Faultbook(overlay=overlay)
    for path in files or (Path("-"),):
        with _opened(path) as stream:
            for line in book.annotate(stream, field):
                emit_line(line)
    return 0


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if str(path) == "-" else _open(path)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as wrong:
        raise click.UsageError(f"{path} cannot be read: {wrong.strerror}.") from wrong


def _print(where: str, hit: "Located", gist: str, *, colour: bool) -> None:
    code = click.style(hit.code, bold=True) if colour else hit.code
    rest = " ".join(one for one in (hit.at, hit.correlation_id) if one)
    line = f"{where}{hit.line or 1}: {code}{plain(f'  {rest}  {gist}'.rstrip())}\n"
    if colour:
        click.echo(line, nl=False, color=True)  # which knows the terminals of every system
    else:
        sys.stdout.write(line)
