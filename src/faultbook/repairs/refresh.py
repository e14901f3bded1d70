"""Power BI: run a dataset's refresh again, and switch its schedule on, within bounds and never where trying again does harm.

Requests: Microsoft's reference of ``Datasets - Refresh Dataset In Group`` and ``Update Refresh Schedule In Group``. A schedule is switched off by the
service after four failures in a row.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar
from urllib.parse import quote

import anyio

from faultbook.evidence import instant
from faultbook.repairs.change import Change, RepairError, State
from faultbook.repairs.journal import Journal
from faultbook.sources.live.connection import Connection
from faultbook.sources.live.failure import Failure

T = TypeVar("T")
NAME: Final = "dataset-refresh"
BETWEEN: Final = dt.timedelta(hours=1)
"""How long to wait between two refreshes of one dataset by this journal."""
SHOWN_AFTER: Final = dt.timedelta(minutes=2)
"""How long a refresh that was asked for may take to show in the history."""

_HARMFUL: Final = {
    "do-not-retry": "The book says of this error: do not try again.",
    "fix-first": "The book says of this error: repair the cause first. When that is done, say so with --fixed.",
}


class Refreshes:
    """Plans and makes changes to one dataset. ``journal`` is looked at for what was done lately."""

    def __init__(self, connection: Connection, workspace: str, dataset: str, journal: Journal) -> None:
        self._connection = connection
        base = f"/groups/{quote(workspace)}" if workspace else ""
        self._path = f"{base}/datasets/{quote(dataset)}"
        self._dataset = dataset
        self._journal = journal

    async def plan(self, advice: str, now: dt.datetime, *, fixed: bool) -> list[Change]:
        """What would be done: switch the schedule on where it is off, and refresh where the last one failed. Raises Failure."""
        history = await self._history()
        schedule = (await self._connection.get(f"{self._path}/refreshSchedule")).json()
        harmful = _HARMFUL.get(advice, "") if advice == "do-not-retry" or not fixed else ""
        changes: list[Change] = []
        if isinstance(schedule, dict) and schedule.get("enabled") is False:
            changes.append(self._schedule(harmful))
        last = history[0] if history else {}
        if last.get("status") == "Failed":
            changes.append(self._refresh(harmful or self._too_soon(now), now))
        elif last and not last.get("endTime"):
            changes.append(self._refresh("A refresh is running already.", now))
        return changes

    async def _history(self) -> list[dict[str, Any]]:
        found = (await self._connection.get(f"{self._path}/refreshes", {"$top": "10"})).json()
        rows = found.get("value") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            raise Failure("unexpected-shape", "The refresh history is no list.")
        return sorted(
            (row for row in rows if isinstance(row, dict)),
            key=lambda row: str(row.get("startTime") or ""),
            reverse=True,
        )

    def _too_soon(self, now: dt.datetime) -> str:
        for line in self._journal.lines():
            at = instant(line.at)
            if line.change.kind != "refresh" or line.change.target != self._dataset or at is None:
                continue
            if line.step == "applied" and now - at < BETWEEN:
                return f"It was refreshed by this journal at {line.at}; once an hour is enough."
            asked = instant(str(line.change.data.get("after") or ""))
            if line.step in ("intended", "not-applied") and asked and now - asked < SHOWN_AFTER:
                return "A refresh was asked for a moment ago, and whether it began does not show yet; try again in two minutes."
        return ""

    async def state(self, change: Change) -> State:
        """Whether the change is there now: for a refresh, whether one has begun since it was intended."""
        if change.kind == "schedule":
            schedule = (await self._connection.get(f"{self._path}/refreshSchedule")).json()
            return "applied" if isinstance(schedule, dict) and schedule.get("enabled") is True else "open"
        since = instant(str(change.data.get("after") or ""))
        begun = [at for row in await self._history() if (at := instant(str(row.get("startTime") or "")))]
        return "applied" if since and any(at >= since for at in begun) else "open"

    async def apply(self, change: Change) -> None:
        """Ask for it once. Raises RepairError where it is refused."""
        try:
            if change.kind == "schedule":
                await self._connection.send("PATCH", f"{self._path}/refreshSchedule", {"value": {"enabled": True}})
            else:
                await self._connection.send("POST", f"{self._path}/refreshes", {"notifyOption": "NoNotification"})
        except Failure as failure:
            raise RepairError(
                f"The dataset {self._dataset} was not changed, as far as is known.", why=failure.sentence
            ) from failure

    async def undo(self, change: Change) -> None:
        """Switch the schedule off again; a refresh cannot be taken back. Raises RepairError."""
        if change.kind != "schedule":
            raise RepairError("A refresh cannot be taken back.", why="It has loaded new data.")
        try:
            await self._connection.send("PATCH", f"{self._path}/refreshSchedule", {"value": {"enabled": False}})
        except Failure as failure:
            raise RepairError(f"The schedule of {self._dataset} was not changed.", why=failure.sentence) from failure

    async def outcome(self, since: dt.datetime, seconds: float, sleep: Any = anyio.sleep) -> str:
        """How the refresh ended: *Completed*, *Failed* or, after that long, *running*."""
        waited = 0.0
        while True:
            for row in await self._history():
                at = instant(str(row.get("startTime") or ""))
                if at and at >= since and row.get("status") in ("Completed", "Failed", "Disabled", "Cancelled"):
                    return str(row["status"])
            if waited >= seconds:
                return "running"
            await sleep(5)
            waited += 5

    def _refresh(self, refused: str, now: dt.datetime) -> Change:
        return Change(
            repair=NAME, kind="refresh", target=self._dataset, exact=("+ one refresh of the dataset, without mail to anybody",),
            affects="The dataset loads its data again; its sources are queried, and the capacity is used for as long as that takes.",
            risk="low: once, and not while another runs; a dataset on shared capacity has eight refreshes a day.",
            undo="cannot be taken back: the data is newer afterwards.",
            permission="Dataset.ReadWrite.All, and write permission on the dataset",
            command=(f"az rest --method post --resource https://analysis.windows.net/powerbi/api --url https://api.powerbi.com/v1.0/myorg{self._path}/refreshes",),
            data={"path": self._path, "after": (now - dt.timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")}, refused=refused,
        )  # fmt: skip

    def _schedule(self, refused: str) -> Change:
        return Change(
            repair=NAME, kind="schedule", target=self._dataset, exact=("- enabled: false", "+ enabled: true"),
            affects="The dataset refreshes at its scheduled times again.",
            risk="low: the times and days stay as they were.",
            undo="switches the schedule off again.",
            permission="Dataset.ReadWrite.All, and write permission on the dataset",
            command=(f"az rest --method patch --resource https://analysis.windows.net/powerbi/api --url https://api.powerbi.com/v1.0/myorg{self._path}/refreshSchedule --body '{{\"value\": {{\"enabled\": true}}}}'",),
            data={"path": self._path}, refused=refused,
        )  # fmt: skip


class Dataset:
    """The same for code that is not asynchronous; ``opened`` gives a connected ``Refreshes`` for the length of one call."""

    def __init__(self, opened: Callable[[], AbstractAsyncContextManager[Refreshes]]) -> None:
        self._opened = opened

    def plan(self, advice: str, now: dt.datetime, *, fixed: bool) -> list[Change]:
        """What would be done. Raises Failure."""
        return self._run(lambda one: one.plan(advice, now, fixed=fixed))

    def state(self, change: Change) -> State:
        """Whether the change is there."""
        return self._run(lambda one: one.state(change))

    def apply(self, change: Change) -> None:
        """Ask for it once."""
        self._run(lambda one: one.apply(change))

    def undo(self, change: Change) -> None:
        """Take it back, where it can be."""
        self._run(lambda one: one.undo(change))

    def outcome(self, since: dt.datetime, seconds: float) -> str:
        """How the refresh ended."""
        return self._run(lambda one: one.outcome(since, seconds))

    def _run(self, what: Callable[[Refreshes], Awaitable[T]]) -> T:
        async def main() -> T:
            async with self._opened() as one:
                return await what(one)

        return anyio.run(main)
