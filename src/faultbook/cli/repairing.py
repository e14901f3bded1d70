"""``repair``: the exact change first, and only with ``--apply`` the change itself."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faultbook.cli.diagnosing import AT, EVIDENCE, USER, message_of
from faultbook.cli.living import always_live, asking, prompt, teller
from faultbook.cli.output import JSON, OVERLAY, emit, plain, say

if TYPE_CHECKING:
    from faultbook.app import Live
    from faultbook.app.repair import Repaired, Repairs, Step


@click.command()
@click.argument("text", required=False)
@EVIDENCE
@USER
@AT
@click.option("--apply", "act", is_flag=True, help="Make the changes. Without it nothing is changed.")
@click.option(
    "--only", default="", help="Make this repair although its cause is not likely: writeback-rights or dataset-refresh."
)
@click.option(
    "--fixed",
    is_flag=True,
    help="The cause was repaired by hand: allow a refresh that the book would not retry before.",
)
@click.option(
    "--undo",
    "undo",
    default="",
    metavar="ID",
    help="Take back one change, or all of one run, by its id in the journal.",
)
@click.option("--list", "listed", is_flag=True, help="The journal of repairs.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAULTBOOK_JOURNAL",
    help="The journal. Default: in the user's folder for state.",
)
@JSON
@OVERLAY
@always_live
def repair(
    text: str | None, paths: tuple[Path, ...], user: str | None, at: dt.datetime | None, act: bool, only: str, fixed: bool, undo: str,
    listed: bool, journal: Path | None, as_json: bool, overlay: Path | None, live: "Live",
) -> int:  # fmt: skip
    """Plan what ends the cause of an error, and with --apply do it and prove it. Live systems are always asked.

    Conditional Access, credentials and protected accounts are never changed, only advised on.

    \b
    faultbook repair error.txt --ldap ldaps://dc1.contoso.example --ldap-user 'CONTOSO\\admin'
    faultbook repair error.txt --ldap ldaps://dc1.contoso.example --ldap-user 'CONTOSO\\admin' --apply
    faultbook repair --undo 0a1b2c3d4e5f --ldap ldaps://dc1.contoso.example --ldap-user 'CONTOSO\\admin'
    """
    from faultbook.app import Connected
    from faultbook.app.repair import Repairs

    repairs = Repairs(Connected(live, overlay=overlay, told=teller(), prompt=prompt), journal)
    if listed:
        return _list(repairs, as_json=as_json)
    if undo:
        done = repairs.undo(undo)
    else:
        message = message_of(text)
        moment = at.replace(tzinfo=dt.UTC) if at else None
        with asking(live):
            done = repairs.run(message, paths, user=user, at=moment, only=only, apply=act, fixed=fixed)
    if as_json:
        emit(done)
    else:
        _written(done)
    failed = any(step.outcome in ("not applied", "not undone") for step in done.steps)
    return 1 if failed or done.proven == "unchanged" else 0


def _list(repairs: "Repairs", *, as_json: bool) -> int:
    lines = repairs.lines()
    if as_json:
        emit({"schema": "faultbook/journal-1", "lines": lines})
        return 0
    for line in lines:
        detail = f" ({line.detail})" if line.detail else ""
        click.echo(
            plain(
                f"{line.at}  {line.run}  {line.change.id}  {line.step:<11}  {line.change.kind} {line.change.target}{detail}"
            )
        )
    if not lines:
        say("The journal is empty.")
    return 0


def _written(done: "Repaired") -> None:
    click.echo(plain(done.sentence))
    for step in done.settled:
        click.echo(
            plain(f"\nLeft open by an interrupted run: {step.change.kind} on {step.change.target} is {step.outcome}.")
        )
    for step in done.steps:
        _step(step, dry=not done.applied)
    if done.steps and not done.applied and any(not step.change.refused for step in done.steps):
        click.echo("\nNothing was changed. To make these changes, add --apply.")
    if done.proven:
        click.echo(plain(f"\n{done.proven.capitalize()}: {done.proof}"))


def _step(step: "Step", *, dry: bool) -> None:
    change = step.change
    if change.refused:
        click.echo(plain(f"\nNot done: {change.target}\n  Why      {change.refused}\n  Instead  {change.affects}"))
        return
    head = f"{change.repair} {step.id}" if dry else f"{step.outcome}: {change.repair} {step.id}"
    click.echo(plain(f"\n{head}  {change.target}"))
    for row in change.exact:
        click.echo(plain(f"    {row}"))
    if step.detail:
        click.echo(plain(f"  Detail   {step.detail}"))
    for name, words in (
        ("Affects", change.affects),
        ("Risk", change.risk),
        ("Undo", change.undo),
        ("Needs", change.permission),
    ):
        click.echo(plain(f"  {name:<8} {words}"))
    for command in change.command:
        click.echo(plain(f"  By hand  {command}"))
