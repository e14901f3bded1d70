"""``faultbook mcp``: the server from the command line."""

import os

import click


@click.command("mcp")
@click.option(
    "--http",
    metavar="HOST:PORT",
    help="Serve Streamable HTTP at /mcp instead of stdio; loopback addresses only, unless --allow-host names a host.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A host name under which clients may reach it over HTTP, besides loopback. May be given several times. Default: mcp.hosts of the settings.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="An origin from which a browser may call it over HTTP, besides loopback. May be given several times. Default: mcp.origins.",
)
def mcp(http: str | None, hosts: tuple[str, ...], origins: tuple[str, ...]) -> int:
    """Serve assistants over the Model Context Protocol: look up, recognise, diagnose, list; nothing is ever changed.

    \b
    faultbook mcp                          for a client that starts it (stdio)
    faultbook mcp --http 127.0.0.1:8710    for clients that connect to http://127.0.0.1:8710/mcp
    """
    from faultbook.app import Faultbook
    from faultbook.errors import UsageError
    from faultbook.settings import load

    try:
        from faultbook.mcp import server  # noqa: F401 - it needs the extra, and says so before anything is served
    except ModuleNotFoundError as missing:
        raise UsageError(
            "The server for assistants is not installed.",
            why=f"The library {missing.name} is missing.",
            do="Run: pip install 'faultbook[mcp]'",
        ) from missing
    from faultbook.mcp import transport

    book = Faultbook()
    if http is None:
        transport.over_stdio(book)
    else:
        allowed = load(os.environ).settings.mcp
        transport.over_http(book, http, hosts=hosts or allowed.hosts, origins=origins or allowed.origins)
    return 0
