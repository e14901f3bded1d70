"""``show``, ``search`` and ``scan``: from the book and from text, without evidence."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import click

from faultbook.cli.output import COLOUR, JSON, OVERLAY, STALE, colour_wanted, counted, emit, emit_line, plain, say


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
    from faultbook.app import Faultbook

    if not files and sys.stdin.isatty():
        raise click.UsageError("Nothing to read. Name a file, or pipe text in and write: faultbook scan -")
    book = Faultbook(overlay=overlay)
    found = 0
    for path in files or (Path("-"),):
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else _open(path) as stream:
            if field is not None:
                for line in book.annotate(stream, field):
                    emit_line(line)
                    found += bool(line.get("codes"))
                continue
            size = path.stat().st_size if stream is not sys.stdin.buffer else 0
            with counted(stream, size, plain(path.name)) as read:
                for hit in book.scan(read):
                    found += 1
                    if as_json:
                        emit_line({"schema": "faultbook/occurrence-1", "file": str(path), **hit})
                    else:
                        _print(path, hit, many=len(files) > 1, colour=colour_wanted(colour))
    if not found and field is None:
        say(
            "No known error was recognised. A code that a text merely mentions is not counted; faultbook search finds words."
        )
    return 0 if found or field is not None else 1


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as wrong:
        raise click.UsageError(f"{path} cannot be read: {wrong.strerror}.") from wrong


def _print(path: Path, hit: dict[str, object], *, many: bool, colour: bool) -> None:
    where = f"{plain(str(path))}:" if many else ""
    code = click.style(str(hit["code"]), bold=True) if colour else str(hit["code"])
    rest = " ".join(str(hit[name]) for name in ("at", "correlation_id") if hit.get(name))
    click.echo(
        plain(f"{where}{hit.get('line') or 1}: ").rstrip("\n")
        + code
        + plain(f"  {rest}  {hit.get('summary') or ''}".rstrip()),
        color=True,
    )


COMMANDS = (show, search, scan)
