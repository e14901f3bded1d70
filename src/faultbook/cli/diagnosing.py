"""``diagnose``, ``verify``, ``permissions``, ``collect`` and ``evidence``: from files to a verdict."""

import datetime as dt
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from faultbook.cli.living import asking, live_options, prompt, teller
from faultbook.cli.output import COLOUR, JSON, OVERLAY, busy, colour_wanted, emit, plain, say
from faultbook.evidence import iso
from faultbook.sources import FileReport

if TYPE_CHECKING:
    from faultbook.app import Live

_LONGEST = 8 << 20
"""More bytes than any message has: a log is for scan."""
EVIDENCE = click.option(
    "--evidence",
    "-e",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A folder, zip or file of exports. May be given several times.",
)

USER = click.option("--user", help="The affected user (user principal name), where the error text does not say.")
AT = click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]),
    help="When it failed, in UTC, where the error text does not say.",
)


@click.command()
@click.argument("text", required=False)
@EVIDENCE
@USER
@AT
@JSON
@click.option("--markdown", is_flag=True, help="The diagnosis as Markdown.")
@click.option(
    "--html", "html", type=click.Path(path_type=Path, dir_okay=False), help="Write one self-contained page here."
)
@click.option(
    "--case", "case", type=click.Path(path_type=Path, dir_okay=False), help="Write a support case (zip, redacted) here."
)
@live_options
@OVERLAY
@COLOUR
def diagnose(
    text: str | None,
    paths: tuple[Path, ...],
    user: str | None,
    at: dt.datetime | None,
    as_json: bool,
    markdown: bool,
    html: Path | None,
    case: Path | None,
    overlay: Path | None,
    colour: bool | None,
    live: "Live | None",
) -> int:
    """Which cause of an error is true here. TEXT is the message, a code, a file that holds it, or - for stdin.

    \b
    faultbook diagnose error.txt --evidence exports/
    pbpaste | faultbook diagnose - --evidence logs.zip --html report.html
    faultbook diagnose AADSTS120021 --evidence exports/ --user kim@contoso.example
    faultbook diagnose error.txt --live --tenant contoso.example --ldap ldaps://dc1.contoso.example
    """
    from faultbook.app import Connected, Faultbook

    message = message_of(text)
    book = (
        Faultbook(overlay=overlay) if live is None else Connected(live, overlay=overlay, told=teller(), prompt=prompt)
    )
    with asking(live):
        found = book.diagnose(message, paths, user=user, at=at.replace(tzinfo=dt.UTC) if at else None)
    if html:
        book.write_html(found, html)
        say(f"Wrote {html}")
    if case:
        book.write_case(found, case)
        say(f"Wrote {case}")
    if as_json:
        emit(book.diagnosis_json(found))
    elif markdown:
        click.echo(book.diagnosis_markdown(found))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        click.echo(book.diagnosis_text(found, colour=colour_wanted(colour), width=width), nl=False, color=True)
    return 3 if _not_used(found.files) else 0


def _not_used(files: Iterable[FileReport]) -> int:
    """Say of each file that was not read in full why; answers how many they are."""
    unusable = [report for report in files if report.problems or not report.kind]
    for report in (one for one in unusable if not one.live):  # live ones were told as they came
        say(plain(f"Not used in full: {report.path}: {' '.join(report.problems) or 'not recognised as evidence.'}"))
    return len(unusable)


def message_of(text: str | None) -> str:
    """The message that an argument means: a file's content, stdin for -, or the words themselves."""
    if text is None and sys.stdin.isatty():
        raise click.UsageError(
            "Nothing to diagnose. Give the message, a code, a file that holds the message, or - for stdin."
        )
    if text in (None, "-"):
        return _read(sys.stdin.buffer)
    path = Path(str(text))
    try:
        if path.is_file():
            with path.open("rb") as stream:
                return _read(stream)
    except OSError as wrong:
        if not any(char.isspace() for char in str(text)):
            raise click.UsageError(f"{plain(str(text))} cannot be read: {wrong.strerror}.") from wrong
    return str(text)


def _read(stream: BinaryIO) -> str:
    """The message, in whatever encoding; of a whole log only the beginning."""
    from faultbook.app import decode

    raw = stream.read(_LONGEST + 1)
    if len(raw) > _LONGEST:
        say(
            f"The text is longer than {_LONGEST >> 20} MB; its beginning was diagnosed. What else is in it: faultbook scan"
        )
    return decode(raw[:_LONGEST])


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="DIAGNOSIS")
@EVIDENCE
@click.option("--user", help="The affected user, where the diagnosis names somebody else or a pseudonym.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]),
    help="When the fix was made, in UTC. Default: everything after the failure counts.",
)
@live_options
@JSON
@COLOUR
def verify(
    file: Path, paths: tuple[Path, ...], user: str | None, since: dt.datetime | None, as_json: bool, colour: bool | None, live: "Live | None"
) -> int:  # fmt: skip
    """Ask the failed questions of a diagnosis again, of newer evidence. DIAGNOSIS is what diagnose --json wrote.

    \b
    faultbook diagnose error.txt --evidence exports/ --json > before.json
    faultbook verify before.json --evidence newer/
    faultbook verify before.json --live --ldap ldaps://dc1.contoso.example
    faultbook verify before.json --evidence newer/ --since 2026-03-03T09:30:00Z

    Exit codes: 0 verified, 1 unchanged or regressed, 3 cannot tell.
    """
    from faultbook.app import Connected, Faultbook, read_diagnosis

    if not paths and live is None:
        raise click.UsageError(
            "Nothing to look at. Name the newer exports with --evidence, or ask live systems with --live."
        )
    diagnosis = read_diagnosis(file)
    book = Faultbook() if live is None else Connected(live, told=teller(), prompt=prompt)
    with asking(live):
        found = book.verify(diagnosis, paths, user=user, since=since.replace(tzinfo=dt.UTC) if since else None)
    if as_json:
        emit(found.verification)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        text = book.verification_text(found.verification, colour=colour_wanted(colour), width=width)
        click.echo(text, nl=False, color=True)
    _not_used(found.files)
    return {"verified": 0, "cannot-tell": 3}.get(found.verification.turned, 1)


@click.command()
@click.argument("code")
@JSON
@OVERLAY
@COLOUR
def permissions(code: str, as_json: bool, overlay: Path | None, colour: bool | None) -> int:
    """Which single grant, role or file settles which causes of a code, least privilege first.

    \b
    faultbook permissions AADSTS120021
    """
    from faultbook.app import Faultbook, Permitted

    book = Faultbook(overlay=overlay)
    openings = book.permissions(code)
    if as_json:
        emit(Permitted(code=book.answer(code).code, openings=openings))
    else:
        click.echo(book.permissions_text(openings, colour=colour_wanted(colour)), color=True)
    return 0


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@EVIDENCE
@click.option(
    "--for",
    "code",
    help="Keep what matters for this error: a code, or a file that holds the message. Live, only what it needs is asked.",
)
@click.option(
    "--keep-names",
    "names",
    is_flag=True,
    help="Leave people and hosts in, for a bundle that stays in the house. Secrets are taken out all the same.",
)
@USER
@AT
@live_options
def collect(
    out: Path, paths: tuple[Path, ...], code: str | None, names: bool, user: str | None, at: dt.datetime | None, live: "Live | None"
) -> int:  # fmt: skip
    """Seal the facts of exported files and live systems into one bundle, to diagnose elsewhere or later.

    A live collection that was interrupted goes on when it is started again.

    \b
    faultbook collect bundle.zip --evidence exports/ --for AADSTS120021
    faultbook collect bundle.zip --live --for error.txt --ldap ldaps://dc1.contoso.example
    """
    from faultbook.app import Connected, Faultbook

    if not paths and live is None:
        raise click.UsageError("Nothing to seal. Name the exports with --evidence, or ask live systems with --live.")
    text = message_of(code) if code else None
    if live is None:
        with busy("Reading the evidence"):
            count = Faultbook().collect(paths, out, text, names=names)
    else:
        moment = at.replace(tzinfo=dt.UTC) if at else None
        with asking(live):
            count = Connected(live, told=teller(), prompt=prompt).collect_live(
                paths, out, text, user=user, at=moment, names=names
            )
    say(f"Sealed {count} facts into {out}")
    return 0


@click.group()
def evidence() -> None:
    """Look at exported files before a diagnosis."""


@evidence.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@JSON
def check(paths: tuple[Path, ...], as_json: bool) -> int:
    """What each file was recognised as, its rows, window, gaps, expiry, and what was unreadable.

    \b
    faultbook evidence check exports/ logs.zip
    """
    from faultbook.app import Checked, Faultbook

    with busy("Reading the evidence"):
        files = Faultbook().check(paths)
    if as_json:
        emit(Checked(files=files))
    else:
        _table(files)
    unusable = sum(1 for report in files if report.problems or not report.kind)
    return 3 if unusable else 0


def _table(files: tuple[FileReport, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("file", "kind", "format", "rows", "from", "to", "expires"):
        table.add_column(title, justify="right" if title == "rows" else "left", overflow="fold")
    for report in files:
        window = report.window
        cells = (
            report.path,
            report.kind or "not recognised",
            report.format,
            str(report.rows or ""),
            iso(window.start) if window else "",
            iso(window.end) if window else "",
            iso(report.expires)[:10] if report.expires else "",
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for report in files:
        for gap in report.gaps:
            click.echo(plain(f"gap: {report.path}: {iso(gap.start)} to {iso(gap.end)}: {gap.why}"))
        for problem in report.problems:
            click.echo(plain(f"problem: {report.path}: {problem}"))
