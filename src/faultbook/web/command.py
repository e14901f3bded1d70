"""``faultbook serve``."""

import os
import sys
from pathlib import Path
from typing import Final

import click

from faultbook.errors import UsageError
from faultbook.settings import load

_PATIENCE: Final = 4
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to ask where it listens everywhere


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file (TOML). Default: FAULTBOOK_CONFIG, else none.",
)
@click.option("--host", help="Address to listen on, instead of serve.host.")
@click.option("--port", type=int, help="Port to listen on, instead of serve.port.")
def serve(config: Path | None, host: str | None, port: int | None) -> int:
    """Serve the book, search, recognition and the API on the web. Without settings: on this machine only.

    \b
    faultbook serve
    faultbook serve --port 9000
    faultbook serve --config faultbook.toml

    Settings: faultbook config. Running it for others: docs/deployment.md.
    """
    try:
        from faultbook.web import server
    except ModuleNotFoundError as missing:
        raise UsageError(
            f"To serve, {missing.name} is needed, which is not installed.", do="Install faultbook[web]."
        ) from missing
    given = {"FAULTBOOK_SERVE_HOST": host, "FAULTBOOK_SERVE_PORT": None if port is None else str(port)}
    environment = {**os.environ, **{name: value for name, value in given.items() if value is not None}}
    settings = load(environment, config).settings
    server.forget_secrets()
    return 0 if server.run(settings, _announce) else 1


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file (TOML). Default: FAULTBOOK_CONFIG, else none.",
)
def health(config: Path | None) -> int:
    """Ask the service of these settings on this machine whether it is ready. For whatever restarts it when it is not.

    \b
    faultbook health
    """
    import http.client

    serve = load(os.environ, config).settings.serve
    host = _WILDCARDS.get(serve.host, serve.host)
    connection = http.client.HTTPConnection(host, serve.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said, ready = answer.read(200).decode("utf-8", "replace").strip(), answer.status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException) as wrong:
        said, ready = f"Nothing answers at {host}, port {serve.port}: {wrong}", False
    finally:
        connection.close()
    click.echo(said, err=not ready)
    return 0 if ready else 1


def _announce(url: str) -> None:
    """Tell a person where to look; a log has it already."""
    if sys.stderr.isatty():
        click.echo(f"Faultbook is at {url} (stop it with Ctrl-C)", err=True)
