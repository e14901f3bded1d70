"""The group of commands, and the one place where an error becomes words and an exit code."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import click

from faultbook import __version__
from faultbook.cli.output import plain, say
from faultbook.errors import FaultbookError, UsageError

EXAMPLES = """\b
Examples:
  faultbook AADSTS120021                                  the page of a code
  pbpaste | faultbook scan -                              which errors are in this text
  faultbook diagnose error.txt --evidence exports/        which cause is true here
  faultbook diagnose error.txt --evidence exports/ --case case.zip
  faultbook site public/                                  the book as a website
"""


OWN: Final = {
    name: f"faultbook.cli.{module}:{name}"
    for module, names in {
        "reading": ("show", "search", "scan"),
        "diagnosing": ("diagnose", "verify", "permissions", "collect", "evidence"),
        "repairing": ("repair",),
        "publishing": ("site",),
        "configuring": ("config",),
        "bookwork": ("book",),
    }.items()
    for name in names
}
"""Where each command of this package is."""


class Commands(click.Group):
    """Takes a code where a command could stand: ``faultbook AADSTS120021`` is ``faultbook show AADSTS120021``.

    A command is loaded when it is called for or the help lists it. ``surfaces`` are those of other packages, also as ``module:name``.
    """

    surfaces: ClassVar[dict[str, str]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, those of other packages among them."""
        return sorted({*super().list_commands(ctx), *OWN, *self.surfaces})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        place = self.surfaces.get(cmd_name) or OWN.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The named command, or ``show`` for anything with what codes have and no command has: a capital, a digit, ``_`` or ``:``."""
        name = args[0]
        if self.get_command(ctx, name) is None and any(
            char.isupper() or char.isdigit() or char in "_:" for char in name
        ):
            return "show", self.get_command(ctx, "show"), args
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Exit codes: 0 fine, 1 nothing recognised, 2 usage, 3 some evidence could not be used, 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version")
def commands() -> None:
    """Error pages that run: what an error means, which of its causes is true here, how to fix it."""


commands.help = f"{commands.help}\n\n{EXAMPLES}"


def main(arguments: list[str] | None = None, surfaces: Mapping[str, str] | None = None) -> int:
    """Run one command line; the exit code is the answer. ``surfaces`` are commands of other packages, see `Commands`."""
    Commands.surfaces = dict(surfaces or {})
    try:
        answer: Any = commands.main(args=arguments, prog_name="faultbook", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    except click.ClickException as wrong:
        wrong.show()
        return 2
    except FaultbookError as wrong:
        say(plain(f"faultbook: {wrong}"))
        return 2 if isinstance(wrong, UsageError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has seen enough. Point stdout elsewhere so that the interpreter's own flush at exit stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return answer if isinstance(answer, int) else 0
