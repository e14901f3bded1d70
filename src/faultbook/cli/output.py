"""What every command needs to speak: data on stdout, talk on stderr, JSON with a version, no escape from evidence."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON with a versioned shape.")
COLOUR = click.option(
    "--color/--no-color",
    "colour",
    default=None,
    help="Force or forbid colour. Default: only on a terminal without NO_COLOR.",
)


OVERLAY = click.option(
    "--overlay",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="FAULTBOOK_OVERLAY",
    help="A folder of your own entries and changes over the book. Default: FAULTBOOK_OVERLAY.",
)


STALE = click.option(
    "--stale-months",
    "stale_months",
    type=click.IntRange(1),
    default=12,
    show_default=True,
    envvar="FAULTBOOK_STALE_MONTHS",
    help="A source last read so many months ago bears nothing alone. Also: FAULTBOOK_STALE_MONTHS.",
)


def colour_wanted(choice: bool | None) -> bool:
    """Whether to colour stdout: a flag decides, else a terminal without NO_COLOR."""
    if choice is not None:
        return choice
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def say(text: str) -> None:
    """Talk: to stderr, so that a pipe carries data only."""
    click.echo(text, err=True)


def emit(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def emit_line(value: Any) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def plain(text: str) -> str:
    """Text from evidence with every control character made visible, so that no escape sequence reaches the terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text)


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Say on a terminal what takes a while; silent in a pipe or a job."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


@contextmanager
def counted(stream: BinaryIO, size: int, doing: str) -> Iterator[BinaryIO]:
    """The stream, with a bar on the terminal that follows what was read of it; small files and pipes need none."""
    if not sys.stderr.isatty() or size < _WORTH_A_BAR:
        yield stream
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        yield progress.wrap_file(stream, total=size, description=doing)


_WORTH_A_BAR = 64_000_000
