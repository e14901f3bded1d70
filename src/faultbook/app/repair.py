"""Repairs: planned from a diagnosis, dry unless told to act, proven by asking the failed question again."""

import datetime as dt
import getpass
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from faultbook.app.answers import Diagnosed
from faultbook.app.connected import Connected
from faultbook.app.live import Live
from faultbook.errors import UsageError
from faultbook.evidence import Facts
from faultbook.probes import all_probes, ask
from faultbook.repairs.change import Change, RepairError
from faultbook.repairs.journal import Journal, Line, default_path
from faultbook.repairs.making import Made, Maker

if TYPE_CHECKING:
    from faultbook.repairs.refresh import Dataset, Refreshes
    from faultbook.repairs.rights import Rights

RIGHTS: Final = "writeback-rights"
REFRESH: Final = "dataset-refresh"
NAMES: Final = (RIGHTS, REFRESH)
_LIKELY: Final = {"established", "likely"}
_WATCH: Final = 60.0


class Step(Struct, frozen=True, kw_only=True):
    """A change as planned, with its id, and what became of it; ``outcome`` is empty in a dry run."""

    id: str
    change: Change
    outcome: str = ""
    detail: str = ""


class Repaired(Struct, frozen=True, kw_only=True):
    """What a run planned or did. ``settled`` are steps that an earlier, interrupted run had left open; ``proof`` says how the failed question is answered now."""

    schema: str = "faultbook/repair-1"
    applied: bool
    sentence: str
    steps: tuple[Step, ...] = ()
    settled: tuple[Step, ...] = ()
    proof: str = ""
    proven: str = ""


class Repairs:
    """Plans and makes the repairs of one diagnosis."""

    def __init__(self, book: Connected, journal: Path | None = None) -> None:
        self._book = book
        self._live = book.live
        self.journal = Journal(journal or default_path(dict(os.environ)))
        self._prompt = book.prompt

    def run(
        self, text: str, paths: Sequence[Path] = (), *, user: str | None = None, at: dt.datetime | None = None, only: str = "",
        apply: bool = False, fixed: bool = False,
    ) -> Repaired:  # fmt: skip
        """Diagnose, plan, and with ``apply`` act and prove. ``only`` names a repair that is to be made although its cause is not *likely*."""
        if only and only not in NAMES:
            raise UsageError(f"There is no repair {only}.", do=f"Known are {', '.join(NAMES)}.")
        found = self._book.diagnose(text, paths, user=user, at=at)
        wanted, why = _wanted(found, only)
        if not wanted:
            return Repaired(applied=False, sentence=why)
        with self._makers() as makers:
            return self._with(makers, found, wanted, why, apply=apply, fixed=fixed)

    def _with(
        self, makers: "_Makers", found: Diagnosed, wanted: Sequence[str], why: str, *, apply: bool, fixed: bool
    ) -> Repaired:
        from faultbook.repairs import making
        from faultbook.sources.live.failure import Failure

        if not apply:
            try:
                changes = makers.plan(wanted, found, fixed=fixed)
            except Failure as failure:
                return Repaired(applied=False, sentence=f"{why} It cannot be planned: {failure.sentence}")
            return Repaired(
                applied=False, sentence=why if changes else f"{why} Nothing of it is missing.", steps=_steps(changes)
            )
        with self.journal.locked():
            try:
                settled = making.settle(self.journal, makers.of, _now())
                changes = makers.plan(wanted, found, fixed=fixed)
            except Failure as failure:
                return Repaired(applied=False, sentence=f"{why} It cannot be planned: {failure.sentence}")
            made = making.apply(self.journal, changes, makers.of, by=_who(), now=_now)
        proven, proof = makers.prove(found, made) if made else ("", "")
        return Repaired(
            applied=True, sentence=why, steps=_outcomes(made), settled=_outcomes(settled), proof=proof, proven=proven
        )

    def undo(self, id_: str) -> Repaired:
        """Take back one change, or all of one run, by the id that the journal names."""
        from faultbook.repairs import making
        from faultbook.sources.live.failure import Failure

        with self.journal.locked(), self._makers() as makers:
            try:
                settled = making.settle(self.journal, makers.of, _now())
                made = making.undo(self.journal, making.undoable(self.journal, id_), makers.of, by=_who(), now=_now)
            except Failure as failure:
                raise RepairError("Nothing was taken back.", why=failure.sentence) from failure
        return Repaired(applied=True, sentence="Taken back.", steps=_outcomes(made), settled=_outcomes(settled))

    def lines(self) -> list[Line]:
        """Every step in the journal."""
        return self.journal.lines()

    @contextmanager
    def _makers(self) -> Iterator["_Makers"]:
        makers = _Makers(self._live, self.journal, self._prompt)
        try:
            yield makers
        finally:
            makers.close()


class _Makers:
    """The connections that changes are made over, each opened when it is first needed."""

    def __init__(self, live: Live, journal: Journal, prompt: Any) -> None:
        from faultbook.sources.live.secrets import Secrets

        self._live = live
        self._journal = journal
        self._prompt = prompt
        self._secrets = Secrets()
        self._rights: Rights | None = None
        self._connection: Any = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.unbind()

    def of(self, change: Change) -> Maker:
        """What makes a change of this kind."""
        if change.repair == RIGHTS:
            return self.rights()
        return self.dataset(change.data.get("path", "") if change.data else "")

    def plan(self, wanted: Sequence[str], found: Diagnosed, *, fixed: bool) -> list[Change]:
        """The changes of the wanted repairs, in the order in which they are to be made. Raises Failure."""
        changes: list[Change] = []
        if RIGHTS in wanted:
            changes += self.rights().plan(found.subject.user or "", found.subject.dn or "")
        if REFRESH in wanted:
            changes += self.dataset().plan(found.diagnosis.retry.advice, _now(), fixed=fixed)
        return changes

    def prove(self, found: Diagnosed, made: Sequence[Made]) -> tuple[str, str]:
        """*verified*, *unchanged* or *cannot tell*, and the sentence of the question that was asked again."""
        from faultbook.sources.live.failure import Failure

        done = [one.change for one in made if one.outcome in ("applied", "already applied")]
        try:
            if any(change.repair == RIGHTS for change in done):
                return self._prove_rights(found)
            if refreshed := next((change for change in done if change.kind == "refresh"), None):
                since = dt.datetime.fromisoformat(str(refreshed.data["after"]))
                ended = self.dataset().outcome(since, _WATCH)
                word = {"Completed": "verified", "Failed": "unchanged"}.get(ended, "cannot tell")
                return word, f"The refresh is {ended.lower()}."
            if done:
                return "verified", "Read again: the change is there."
        except Failure as failure:
            return "cannot tell", failure.sentence
        return "", ""

    def _prove_rights(self, found: Diagnosed) -> tuple[str, str]:
        from faultbook.sources import ldif
        from faultbook.sources.live import adread

        rights = self.rights()
        text, _ = adread.read(rights.directory, found.subject.user or "", found.subject.dn or "", _now())
        facts = Facts(ldif.read(text, "the directory, read again").facts)
        again = ask(all_probes()["directory.writeback-rights-missing"], facts, found.subject, {})
        word = {"no": "verified", "yes": "unchanged"}.get(again.answer, "cannot tell")
        return word, again.sentence

    def rights(self) -> "Rights":
        """The directory. Raises UsageError or Failure where it cannot be used."""
        if self._rights is None:
            from faultbook.repairs.rights import Rights
            from faultbook.sources.live import ldap

            live = self._live
            if not live.directory:
                raise UsageError(
                    "This repair changes rights in Active Directory, and no directory was named.",
                    do="Add --ldap ldaps://dc1.contoso.example --ldap-user …",
                )
            place = ldap.place_of(live.directory, user=live.directory_user, kerberos=live.kerberos, plain=live.plain, ca=live.directory_ca, connector=live.connector)  # fmt: skip
            self._connection = ldap.connect(place, self._secrets)
            self._rights = Rights(self._connection, place, self._secrets)
        return self._rights

    def dataset(self, path: str = "") -> "Dataset":
        """The dataset that was named, or that a change in the journal speaks of."""
        from faultbook.repairs.refresh import Dataset

        parts = path.strip("/").split("/")
        workspace = parts[1] if parts[0] == "groups" else self._live.workspace
        dataset = parts[-1] if path else self._live.dataset
        if not dataset:
            raise UsageError(
                "This repair changes a Power BI dataset, and none was named.", do="Add --dataset ID --workspace ID."
            )
        return Dataset(lambda: self._refreshes(workspace, dataset))

    @asynccontextmanager
    async def _refreshes(self, workspace: str, dataset: str) -> AsyncIterator["Refreshes"]:
        import time

        import anyio

        from faultbook.repairs.refresh import Refreshes
        from faultbook.sources.live.clouds import cloud_of
        from faultbook.sources.live.connection import Connection, Timing, client
        from faultbook.sources.live.limits import Limits
        from faultbook.sources.live.tokens import SignIn, Tokens

        cloud = cloud_of(self._live.cloud)
        how: Any = self._live.how
        tokens = Tokens(
            SignIn(cloud=cloud, how=how, tenant=self._live.tenant, client=self._live.client),
            self._secrets,
            prompt=self._prompt,
        )
        async with client(ca=cloud.ca) as http:
            yield Refreshes(
                Connection(
                    http, f"{cloud.powerbi}/v1.0/myorg", timing=Timing(ends=time.monotonic() + self._live.seconds + _WATCH),
                    limits=Limits(time.monotonic, anyio.sleep, held=cloud.limits), secrets=self._secrets, token=lambda: tokens.get(cloud.powerbi_scope),
                ),
                workspace, dataset, self._journal,
            )  # fmt: skip


def _wanted(found: Diagnosed, only: str) -> tuple[list[str], str]:
    """Which repairs the diagnosis asks for, and in words why these or why none."""
    entry = found.entry
    repairs = {fix.id: fix.repair for fix in entry.fixes if fix.repair}
    causes = {cause.id: cause for cause in entry.causes}
    offered = {
        repairs[fix]: one
        for one in reversed(found.diagnosis.ranked)
        if one.cause in causes
        for fix in causes[one.cause].fixes
        if fix in repairs
    }
    if only:
        return [only], f"{found.diagnosis.sentence} Asked for by name: {only}."
    leading = [name for name, one in offered.items() if one.word in _LIKELY]
    if leading:
        return leading, found.diagnosis.sentence
    held = ", ".join(sorted(offered))
    first = found.diagnosis.ranked[0].cause if found.diagnosis.ranked else ""
    if first in causes and found.diagnosis.ranked[0].word in _LIKELY:
        fixes = {fix.id: fix for fix in entry.fixes}
        steps = "; ".join(fixes[one].title for one in causes[first].fixes if one in fixes)
        return [], f"{found.diagnosis.sentence} Its fixes are a person's to make: {steps}."
    hint = f" A repair can be asked for by name all the same: --only {held}." if held else ""
    return [], f"{found.diagnosis.sentence} No repair is made for a cause that is not likely.{hint}"


def _steps(changes: Sequence[Change]) -> tuple[Step, ...]:
    return tuple(Step(id=change.id, change=change, detail=change.refused) for change in changes)


def _outcomes(made: Sequence[Made]) -> tuple[Step, ...]:
    return tuple(Step(id=one.change.id, change=one.change, outcome=one.outcome, detail=one.detail) for one in made)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
