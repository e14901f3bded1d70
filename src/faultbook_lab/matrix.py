"""Every fault of the lab, alone and in pairs, diagnosed by a fresh process; then again with each grant and source taken away.

Usage: python -m faultbook_lab.matrix [--short] [--folder FOLDER] [--write FILE]

A cell is *right* (the expected cause first, at least likely), *open* (nothing is likely and a next check is named), or *wrong* (another cause is likely).
No cell may be wrong, and the full access must be right where ``best`` says so.
"""

import argparse
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from faultbook.book.reader import open_book
from faultbook.evidence.asks import KINDS
from faultbook_lab import asking, control, places
from faultbook_lab.command import access_of
from faultbook_lab.founding import GRANTS
from faultbook_lab.people import KIM

RIGHT: Final = "right"
OPEN: Final = "open"
WRONG: Final = "wrong"


class Row(Struct, frozen=True):
    """What is broken, which message is asked about, and what it should be called. ``who`` is a user, or a domain as ``@partners.example``."""

    faults: tuple[str, ...]
    code: str
    cause: str
    best: str = RIGHT
    who: str = ""

    @property
    def name(self) -> str:
        """In one line."""
        return f"{' + '.join(self.faults)}: {self.code}"


PARTNERS: Final = "@partners.example"
_UNSETTLED: Final = "sspr-service-fault"
"""A change that the service lost by itself: true, and nothing but one sign-in says so."""
ROWS: Final = (
    Row(("sspr-service-fault",), "AADSTS120021", "sspr-service-fault"),
    Row(("service-incident-elsewhere",), "AADSTS120021", _UNSETTLED, OPEN),
    Row(("writeback-agent-down",), "AADSTS120013", "service-not-running"),
    Row(("writeback-agent-down",), "AADSTS120021", "writeback-agent-down"),
    Row(("relay-blocked",), "AADSTS120013", "road-to-relay-blocked"),
    Row(("connector-password-expired",), "AADSTS120021", "writeback-agent-down"),
    Row(("writeback-off",), "AADSTS120012", "writeback-not-on"),
    Row(("writeback-off",), "AADSTS120021", "writeback-off"),
    Row(("rights-missing",), "AADSTS120015", "right-missing-on-user"),
    Row(("inheritance-blocked",), "AADSTS120015", "right-missing-on-user", who=KIM.upn),
    Row(("deny-entry",), "AADSTS120015", "right-missing-on-user", who=KIM.upn),
    Row(("idp-down",), "AADSTS120021", "federated-idp-failing", who=PARTNERS),
    Row(("idp-slow",), "AADSTS120021", "federated-idp-failing", who=PARTNERS),
    Row(("idp-certificate-expired",), "AADSTS120021", "federated-idp-failing", who=PARTNERS),
    Row(("idp-certificate-rolled-over",), "AADSTS50008", "certificate-rolled-over", who=PARTNERS),
    Row(("policy-blocks",), "AADSTS53003", "policy-widened"),
    Row(("policy-blocks",), "AADSTS120021", "policy-blocks-callback"),
    Row(("policy-changed-elsewhere",), "AADSTS120021", _UNSETTLED, OPEN),
    Row(("app-secret-expired",), "AADSTS7000222", "last-secret-expired"),
    Row(("consent-revoked",), "AADSTS65001", "never-consented"),
    Row(("user-not-assigned",), "AADSTS50105", "not-assigned", who=KIM.upn),
    Row(("gateway-offline",), "DM_GWPipeline_Client_GatewayUnreachable", "gateway-stopped"),
    Row(("refresh-schedule-disabled",), "ModelRefreshFailed_CredentialsNotSpecified", "new-source-without-credential"),
    Row(("throttled",), "AADSTS120021", _UNSETTLED, OPEN),
    Row(("log-delayed",), "AADSTS120021", _UNSETTLED, OPEN),
    # pairs: one that is the cause, one that looks like it or hides it
    Row(("writeback-agent-down", "policy-changed-elsewhere"), "AADSTS120013", "service-not-running"),
    Row(("writeback-off", "service-incident-elsewhere"), "AADSTS120012", "writeback-not-on"),
    Row(("sspr-service-fault", "rights-missing"), "AADSTS120021", "sspr-service-fault"),
    Row(("idp-down", "service-incident-elsewhere"), "AADSTS120021", "federated-idp-failing", who=PARTNERS),
    Row(("idp-certificate-rolled-over", "writeback-agent-down"), "AADSTS50008", "certificate-rolled-over", who=PARTNERS),
    Row(("app-secret-expired", "throttled"), "AADSTS7000222", "last-secret-expired", OPEN),
    Row(("gateway-offline", "service-incident-elsewhere"), "DM_GWPipeline_Client_GatewayUnreachable", "gateway-stopped"),
    Row(("consent-revoked", "user-not-assigned"), "AADSTS65001", "never-consented"),
    Row(("policy-blocks", "sspr-service-fault"), "AADSTS53003", "policy-widened"),
    Row(("connector-password-expired", "policy-changed-elsewhere"), "AADSTS120021", "writeback-agent-down"),
    Row(("inheritance-blocked", "log-delayed"), "AADSTS120015", "right-missing-on-user", who=KIM.upn),
    Row(("writeback-off", "throttled"), "AADSTS120012", "writeback-not-on", OPEN),
)  # fmt: skip
SHORT: Final = (0, 1, 2, 5, 8, 11, 14, 15, 18, 21, 27)
"""A few of every kind."""


_WIDER: Final = {
    "AuditLog.Read.All": ("Directory.Read.All",), "Application.Read.All": ("Directory.Read.All",), "Domain.Read.All": ("Directory.Read.All",),
    "User.Read.All": ("Directory.Read.All",), "Organization.Read.All": ("Directory.Read.All", "User.Read.All"),
    "Dataset.Read.All": ("Dataset.ReadWrite.All",),
}  # fmt: skip


class Cell(Struct, frozen=True):
    """One diagnosis: what was taken away, what came first, how sure, and whether that was right."""

    without: str
    first: str
    word: str
    outcome: str
    unknown: int
    seconds: float
    said: str = ""


def removable(code: str) -> list[str]:
    """What can be taken away and matters for an error: grants that its questions need, and the sources without a grant."""
    from faultbook.app.live import needed
    from faultbook.probes import all_probes

    with open_book() as book:
        entry = book.entry(code)
    kinds = needed(entry, all_probes())
    grants = sorted({KINDS[kind].permission for kind in kinds} & GRANTS)
    sources = [
        source for source, kind in ((asking.LDAP, "ad.descriptor"), (asking.SERVER, "windows.events"), (asking.PUBLIC, "endpoint.check")) if kind in kinds
    ]  # fmt: skip
    return [*grants, *sources]


def taken(grant: str) -> list[str]:
    """A grant, and the wider ones that would open the same: holding Directory.Read.All, nobody misses Domain.Read.All."""
    return [grant, *_WIDER.get(grant, ())]


def cells(place: places.Place, row: Row, *, removals: bool) -> Iterator[Cell]:
    """Diagnose one row with full access, then with one thing taken away at a time. The faults are there already."""
    found = control.order(place.control, {"do": "message", "code": row.code, "user": row.who})
    for without in ["", *(removable(row.code) if removals else [])]:
        yield _cell(place, row, found, without)


def _cell(place: places.Place, row: Row, found: dict[str, Any], without: str) -> Cell:
    is_source = without in asking.SOURCES
    control.order(place.control, {"do": "without", "grants": taken(without) if without and not is_source else []})
    access = access_of(place)
    options = access.options(without=[without] if is_source else [], user=found["user"], dataset=found["dataset"])
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - ourselves
        asking.command("diagnose", "-", *options, "--json"), input=found["text"], text=True, capture_output=True, env=asking.environment(access),
        check=False, timeout=180,
    )  # fmt: skip
    took = time.monotonic() - began
    try:
        return _judged(row, without, json.loads(done.stdout), took)
    except ValueError:
        return Cell(without, "", "", WRONG, 0, took, said=f"exit {done.returncode}: {done.stderr[-600:]}")


def _judged(row: Row, without: str, diagnosis: dict[str, Any], took: float) -> Cell:
    ranked = diagnosis["ranked"]
    sure = [one for one in ranked if one["word"] in ("likely", "established")]
    first = sure[0] if sure else ranked[0]
    unknown = len({json.dumps([one["probe"], one["params"]], sort_keys=True) for one in diagnosis["unchecked"]})
    if any(one["cause"] != row.cause for one in sure):
        outcome = WRONG
    elif sure:
        outcome = RIGHT
    else:
        outcome = OPEN if diagnosis["next_checks"] or diagnosis["verdict"] == "undecided" else WRONG
    said = "; ".join(f"{one['cause']} {one['share']}" for one in ranked[:3])
    return Cell(without, str(first["cause"]), str(first["word"]), outcome, unknown, took, said=said)


def failures(row: Row, made: Sequence[Cell]) -> list[str]:
    """What must not be: a wrong cell, or one with full access that is not as good as it can be."""
    bad = [
        f"{row.name}, without {cell.without or 'nothing'}: {cell.first} is {cell.word} ({cell.said})"
        for cell in made
        if cell.outcome == WRONG
    ]
    if row.best == RIGHT and made[0].outcome == OPEN:
        bad.append(f"{row.name}: undecided with full access ({made[0].said})")
    return bad


def table(made: Sequence[tuple[Row, Sequence[Cell]]], when: dt.datetime) -> str:
    """The matrix as a page of the documentation."""
    count = sum(len(cells_) for _, cells_ in made)
    right = sum(cell.outcome == RIGHT for _, cells_ in made for cell in cells_)
    wrong = sum(cell.outcome == WRONG for _, cells_ in made for cell in cells_)
    lines = [
        "# What the lab's faults are called", "",
        f"Written by `make lab-matrix` on {when:%Y-%m-%d}; change the lab or the book, not this page. {len(made)} situations, {count} diagnoses, each by a fresh",
        f"process over live sources: {right} name the right cause as *likely* or *established*, {count - right - wrong} stay open, {wrong} are wrong.", "",
        "*Full access* is an application with every grant that Faultbook reads, the directory, the sync server's own file and public addresses. The last column takes one of",
        "these away at a time: **bold** is what leaves the verdict open; without all others it stays.", "",
        "| Broken | Error | Cause that is true | Full access | One thing less |", "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for row, cells_ in made:
        less = ", ".join(
            f"**{cell.without}**"
            if cell.outcome == OPEN
            else f"{cell.without}"
            if cell.outcome == RIGHT
            else f"✗ {cell.without}"
            for cell in cells_[1:]
        )
        if cells_[0].outcome == OPEN:
            less = "open in any case"
        word = (
            cells_[0].word
            if cells_[0].outcome == RIGHT
            else "*undecided*"
            if cells_[0].outcome == OPEN
            else f"✗ {cells_[0].first}"
        )
        lines.append(f"| {' + '.join(row.faults)} | `{row.code}` | {row.cause} | {word} | {less} |")
    return "\n".join([*lines, ""])


def run(place: places.Place, rows: Sequence[Row], *, removals: bool) -> list[tuple[Row, list[Cell]]]:
    """Break, diagnose, reset, for every row; those of the same faults share one breaking."""
    made: list[tuple[Row, list[Cell]]] = []
    broken: tuple[str, ...] = ()
    for row in sorted(rows, key=lambda one: one.faults):
        if row.faults != broken:
            control.order(place.control, {"do": "reset"})
            control.order(place.control, {"do": "fault", "names": list(row.faults), "since": None})
            broken = row.faults
        found = list(cells(place, row, removals=removals))
        made.append((row, found))
        for cell in found:
            print(  # noqa: T201 - progress
                f"{cell.outcome:5} {cell.seconds:5.1f} s  {row.name}, without {cell.without or 'nothing'}: {cell.first} {cell.word}",
                flush=True,
            )
    control.order(place.control, {"do": "reset"})
    return sorted(made, key=lambda one: rows.index(one[0]))


def main(arguments: list[str]) -> int:
    """Run the matrix in a lab that is up."""
    given = argparse.ArgumentParser(description="Diagnose every fault of a running lab.")
    given.add_argument("--short", action="store_true", help="a few situations, with full access only")
    given.add_argument("--full-access", action="store_true", help="take nothing away")
    given.add_argument("--only", default="", help="rows whose faults or code contain this")
    given.add_argument("--folder", type=Path, default=None)
    given.add_argument("--write", type=Path, default=None, help="the page to write")
    asked = given.parse_args(arguments)
    rows = [ROWS[index] for index in SHORT] if asked.short else list(ROWS)
    rows = [row for row in rows if asked.only in row.name]
    made = run(places.place(asked.folder), rows, removals=not (asked.short or asked.full_access))
    bad = [line for row, cells_ in made for line in failures(row, cells_)]
    if asked.write:
        asked.write.write_text(table(made, dt.datetime.now(dt.UTC)))
    print("\n".join(bad) or f"{len(made)} situations, nothing wrong")  # noqa: T201
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
