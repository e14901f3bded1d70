"""``config``: the settings in effect, and where each came from."""

import os
from pathlib import Path

import click

from faultbook.cli.output import JSON, emit, plain
from faultbook.settings import Row, load


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file (TOML). Default: FAULTBOOK_CONFIG, else none.",
)
@JSON
def config(config: Path | None, as_json: bool) -> int:
    """The settings of the service in effect, and where each came from. Secrets are never shown.

    \b
    faultbook config
    faultbook config --config faultbook.toml --json
    FAULTBOOK_SERVE_PORT=9000 faultbook config
    """
    loaded = load(os.environ, config)
    rows = loaded.rows()
    if as_json:
        emit({"schema": "faultbook/config-1", "file": loaded.file, "settings": rows})
        return 0
    click.echo(f"# Settings file: {plain(loaded.file) if loaded.file else 'none'}")
    section = ""
    for row in rows:
        if row.name.partition(".")[0] != section:
            section = row.name.partition(".")[0]
            click.echo(f"\n[{section}]")
        click.echo(plain(f"{row.name.partition('.')[2]:<20} = {_written(row):<34} # {row.origin}"))
    return 0


def _written(row: Row) -> str:
    """A value as the settings file would hold it."""
    if row.secret:
        return str(row.value) or "(not set)"
    if isinstance(row.value, list):
        return "[" + ", ".join(f'"{one}"' for one in row.value) + "]"
    if isinstance(row.value, bool):
        return str(row.value).lower()
    return f'"{row.value}"' if isinstance(row.value, str) else str(row.value)
