"""``faultbook lab``: a hybrid organisation on this machine, to break, to heal and to diagnose."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from faultbook_lab import asking, control, places, process
from faultbook_lab.faults import FAULTS
from faultbook_lab.founding import GRANTS
from faultbook_lab.places import Place

_NEXT: Final = "Next: faultbook lab fault lists what can be broken; faultbook lab down ends it."
_LONGEST: Final = 72 * 60
"""Minutes of the longest past."""
_SPAN: Final = re.compile(r"(\d+)\s*(m|min|h)?")


class Span(click.ParamType[float]):
    """A length of time as people write it: ``40m``, ``3h``, or minutes."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Minutes."""
        if isinstance(value, float):
            return value
        found = _SPAN.fullmatch(str(value).strip())
        if not found:
            self.fail(f"{value!r} is no length of time; write 40m or 3h.", param, ctx)
        minutes = float(found[1]) * (60 if found[2] == "h" else 1)
        if minutes > _LONGEST:
            self.fail(f"{value} is more than any lab can look back: 72h.", param, ctx)
        return minutes


_folder = click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=None,
    help="Where the lab lives; one folder is one lab.  [default: $FAULTBOOK_LAB, or a folder of the user's own]",
)  # fmt: skip
_json = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lab() -> None:
    """A tenant in a box: a real directory, a real identity provider, and Microsoft's side emulated.

    \b
    faultbook lab up                       start it
    faultbook lab fault rights-missing     break something, as of forty minutes ago
    faultbook lab diagnose                 ask a fresh Faultbook about the last failure
    faultbook lab heal rights-missing      put it right
    faultbook lab down                     leave nothing behind
    """


@lab.command()
@_folder
@click.option(
    "--address",
    default=places.ADDRESS,
    show_default=True,
    help="The loopback address of the directory, whose ports are fixed.",
)
@click.option("--seed", default=7, show_default=True, help="The same seed lives the same minutes the same way.")
@click.option(
    "--hours",
    type=click.IntRange(1, _LONGEST // 60),
    default=12,
    show_default=True,
    help="How much past the lab has when it is up.",
)
@click.option("--without", "left_out", multiple=True, type=click.Choice(places.OPTIONAL), help="A part to leave out.")
@_json
def up(folder: Path | None, address: str, seed: int, hours: int, left_out: Sequence[str], as_json: bool) -> None:
    """Start the lab. What is not installed is named, and the rest starts."""
    place = places.place(folder)
    process.loopback(address)
    began = time.monotonic()
    arguments = ["--address", address, "--seed", str(seed), "--hours", str(hours)]
    with process.claimed(place) as held:
        click.echo("Starting the lab …", err=True)
        report = process.start(place, held, [*arguments, *(f"--without={one}" for one in left_out)])
    _show(report, as_json=as_json, first=f"The lab is up after {time.monotonic() - began:.0f} s.", last=_NEXT)


@lab.command()
@click.option(
    "--address", default=places.ADDRESS, show_default=True, help="The loopback address that the directory would have."
)
def install(address: str) -> None:
    """Install the provider's packages, and say what else is missing and which command installs it."""
    from faultbook_lab import provider, samba

    lacking = provider.missing(places.cache())
    if lacking and provider.installable():
        click.echo("Installing the provider's packages …", err=True)
        provider.install(places.cache())
        lacking = provider.missing(places.cache())
    said = [one for one in (samba.missing(address), lacking) if one]
    click.echo("\n".join(said) or "Everything that a lab needs is installed.")
    sys.exit(3 if said else 0)


@lab.command()
@_folder
@_json
def status(folder: Path | None, as_json: bool) -> None:
    """What runs where, what is broken, and which errors people met in the last hour."""
    _show(_order(places.place(folder), do="status"), as_json=as_json)


@lab.command()
@_folder
@click.argument("names", nargs=-1)
@click.option(
    "--since",
    type=Span(),
    default=None,
    help="How long ago it began: 40m, 3h.  [default: 40m, and 3h for what happens seldom]",
)
@_json
def fault(folder: Path | None, names: Sequence[str], since: float | None, as_json: bool) -> None:
    """Break one thing or several at once; without a name, list what can be broken."""
    if not names:
        _list_faults(as_json=as_json)
        return
    said = _order(places.place(folder), do="fault", names=list(names), since=since)
    lines = [f"{name}: {FAULTS[name].does}" for name in dict.fromkeys(names)]
    _tell(
        said,
        [
            *lines,
            f"Since {_clock(said['since'])}; {said['signins']} sign-ins were lived again. Ask: faultbook lab diagnose",
        ],
        as_json=as_json,
    )


@lab.command()
@_folder
@click.argument("names", nargs=-1)
@click.option("--since", type=Span(), default=0.0, help="How long ago it was put right.  [default: now]")
@_json
def heal(folder: Path | None, names: Sequence[str], since: float, as_json: bool) -> None:
    """Put right what is named, or everything."""
    said = _order(places.place(folder), do="heal", names=list(names), since=since)
    _tell(said, [f"Healed: {', '.join(said['healed']) or 'nothing was broken'}."], as_json=as_json)


@lab.command()
@_folder
def reset(folder: Path | None) -> None:
    """Heal everything and forget that anything was ever broken."""
    said = _order(places.place(folder), do="reset")
    click.echo(f"Nothing is broken, and nothing was; {said['signins']} sign-ins were lived again.")


@lab.command()
@_folder
@click.argument("code", default="")
@click.option("--user", default="", help="Whose failure.")
@_json
def message(folder: Path | None, code: str, user: str, as_json: bool) -> None:
    """What the last one who failed has on the screen, of any code or of this one."""
    said = _order(places.place(folder), do="message", code=code, user=user)
    click.echo(json.dumps(said) if as_json else said["text"], nl=as_json)


@lab.command()
@_folder
@click.option(
    "--without", "left_out", multiple=True, metavar="GRANT", help=f"A grant to take away: {', '.join(sorted(GRANTS))}."
)
def grants(folder: Path | None, left_out: Sequence[str]) -> None:
    """Say what Faultbook may read in the lab; what is not taken away is granted."""
    said = _order(places.place(folder), do="without", grants=list(left_out))
    click.echo("\n".join(said["granted"]))


_passed_on = {"ignore_unknown_options": True}
_user = click.option("--user", default="", help="Whose failure; @partners.example for anybody's of that domain.")
_code = click.argument("code", default="")
_more = click.argument("more", nargs=-1, type=click.UNPROCESSED)


@lab.command(context_settings=_passed_on)
@_folder
@click.option("--without", "left_out", multiple=True, type=click.Choice(asking.SOURCES), help="A source to leave out.")
@_user
@_code
@_more
def diagnose(folder: Path | None, left_out: Sequence[str], user: str, code: str, more: Sequence[str]) -> None:
    """Ask a fresh Faultbook about the last failure, of any code or of this one. MORE goes to ``faultbook diagnose --live``."""
    _about_failure(places.place(folder), "diagnose", code, user, more, left_out=left_out)


@lab.command(context_settings=_passed_on)
@_folder
@_user
@_code
@_more
def repair(folder: Path | None, user: str, code: str, more: Sequence[str]) -> None:
    """Let a fresh Faultbook repair what caused the last failure. MORE goes to ``faultbook repair``: --apply, --undo ID."""
    _about_failure(places.place(folder), "repair", code, user, more)


@lab.command(context_settings=_passed_on)
@_folder
@click.argument("diagnosis", type=click.Path(exists=True, dir_okay=False))
@_more
def verify(folder: Path | None, diagnosis: str, more: Sequence[str]) -> None:
    """Ask the failed questions of a diagnosis again. MORE goes to ``faultbook verify --live``."""
    access = access_of(places.place(folder))
    _run(["verify", diagnosis, *access.options(), *more], "", asking.environment(access))


def _about_failure(
    place: Place, verb: str, code: str, user: str, more: Sequence[str], *, left_out: Sequence[str] = ()
) -> None:
    if code.startswith("-"):
        code, more = "", [code, *more]
    acting = verb == "repair"
    access = access_of(place)
    found = _order(place, do="message", code=code, user=user)
    click.echo(found["text"], err=True)
    options = access.options(without=left_out, user=found["user"], dataset=found["dataset"], acting=acting)
    text = [] if "--undo" in more else ["-"]
    _run([verb, *text, *options, *more], found["text"], asking.environment(access, acting=acting))


def _run(arguments: Sequence[str], text: str, environment: dict[str, str]) -> None:
    done = subprocess.run(asking.command(*arguments), input=text, text=True, env=environment, check=False)  # noqa: S603 - ourselves
    sys.exit(done.returncode)


@lab.command()
@_folder
def down(folder: Path | None) -> None:
    """Stop the lab and remove its folder."""
    was = process.end(places.place(folder))
    click.echo("The lab is down; nothing of it is left." if was else "No lab is up.")


def access_of(place: Place) -> asking.Access:
    """How to ask the running lab. Raises Gone where there is none."""
    try:
        return msgspec.json.decode((place.folder / "access.json").read_bytes(), type=asking.Access)
    except OSError as error:
        raise control.Gone(
            f"No lab is up in {place.folder} ({error.strerror}).", do="Start one: faultbook lab up."
        ) from None


def _order(place: Place, **what: Any) -> dict[str, Any]:
    return control.order(place.control, what)


def _list_faults(*, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({name: one.does for name, one in FAULTS.items()}))
        return
    listed = click.HelpFormatter(indent_increment=0)
    listed.write_dl([(name, one.does) for name, one in FAULTS.items()])
    click.echo(listed.getvalue(), nl=False)


def _clock(time: str) -> str:
    return f"{time[:10]} {time[11:16]} UTC"


def _tell(said: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    click.echo(json.dumps(said) if as_json else "\n".join(lines))


def _show(report: dict[str, Any], *, as_json: bool, first: str = "", last: str = "") -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    lines = [first] if first else []
    lines += [f"  {one['name']:<12} {one['where']:<34} {one['what']}" for one in report["parts"]]
    lines += [f"  missing      {one}" for one in report["missing"]]
    lines += [f"  folder       {report['folder']}"]
    lines += [f"Broken since {_clock(one['since'])}: {one['name']}, {one['does']}" for one in report["broken"]] or [
        "Nothing is broken."
    ]
    failed = ", ".join(
        f"{code} {'once' if count == 1 else f'{count} times'}" for code, count in report["failed"].items()
    )
    lines.append(f"{report['signins']:,} sign-ins so far; failed in the last hour: {failed or 'none'}.")
    if len(report["granted"]) < len(GRANTS):
        lines.append(f"Taken from the reader: {', '.join(sorted(GRANTS - set(report['granted'])))}.")
    if report["violations"]:
        lines += ["Against the published descriptions:", *(f"  {one}" for one in report["violations"][:20])]
    click.echo("\n".join([*lines, last] if last else lines))
