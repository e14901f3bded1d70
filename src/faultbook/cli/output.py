"""What every command needs to speak: data on stdout, talk on stderr, JSON with a version, no escape from evidence."""

import os
import sys
from typing import Any

import click
import msgspec

JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON with a versioned shape.")
COLOUR = click.option(
    "--color/--no-color",
    "colour",
    default=None,
    help="Force or forbid colour. Default: only on a terminal without NO_COLOR.",
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
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text)
