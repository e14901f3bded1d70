"""Dataset refreshes against an invented Power BI: once, bounded, and never where trying again does harm."""

import datetime as dt
import json
from contextlib import asynccontextmanager

import pytest

httpx2 = pytest.importorskip("httpx2", reason="the extra live is not installed")

from faultbook.repairs import making  # noqa: E402
from faultbook.repairs.change import RepairError  # noqa: E402
from faultbook.repairs.journal import Journal, line  # noqa: E402
from faultbook.repairs.refresh import Dataset, Refreshes  # noqa: E402

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
DATASET = "cfafbeb1-8037-4d0c-896e-a46fb27ff229"


class Service:
    """Stateful: a refresh that is asked for shows in the history, a schedule keeps what it is set to."""

    def __init__(self, *, status="Failed", enabled=False, refuse=None, loses_answer=False):
        self.history = [
            {
                "refreshType": "Scheduled",
                "startTime": "2026-03-02T08:00:00Z",
                "endTime": "2026-03-02T08:01:00Z",
                "status": status,
            }
        ]
        self.enabled, self.refuse, self.loses_answer = enabled, refuse, loses_answer
        self.asked = []

    def __call__(self, request):
        if request.method != "GET":
            self.asked.append((request.method, request.url.path, json.loads(request.content)))
            if self.refuse:
                return httpx2.Response(self.refuse, json={"error": {"code": "No"}})
        if request.url.path.endswith("/refreshSchedule"):
            if request.method == "PATCH":
                self.enabled = json.loads(request.content)["value"]["enabled"]
                return httpx2.Response(200)
            return httpx2.Response(
                200, json={"days": ["Monday"], "times": ["08:00"], "enabled": self.enabled, "localTimeZoneId": "UTC"}
            )
        if request.method == "POST":
            self.history.insert(0, {"refreshType": "ViaApi", "startTime": "2026-03-02T09:00:01Z", "status": "Unknown"})
            if self.loses_answer:
                raise httpx2.ReadError("gone")
            return httpx2.Response(202)
        return httpx2.Response(200, json={"value": self.history})


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl")


def dataset(service, journal):
    from faultbook.sources.live.connection import Connection, Timing, client
    from faultbook.sources.live.limits import Limits
    from faultbook.sources.live.secrets import Secrets

    async def sleep(seconds):
        pass

    @asynccontextmanager
    async def opened():
        timing = Timing(ends=1000.0, clock=lambda: 0.0, sleep=sleep, now=lambda: NOW, jitter=lambda: 0.0)
        async with client(transport=httpx2.MockTransport(service)) as http:
            connection = Connection(
                http,
                "https://powerbi.test/v1.0/myorg",
                timing=timing,
                limits=Limits(lambda: 0.0, sleep),
                secrets=Secrets({}),
            )
            yield Refreshes(connection, "w1", DATASET, journal)

    return Dataset(opened)


def apply(one, journal, changes, now=NOW):
    return making.apply(journal, changes, lambda _: one, by="test", now=lambda: now)


def test_a_disabled_schedule_and_a_failed_refresh(journal):
    """The schedule is switched on, one refresh is asked for, both are in the journal, and the schedule can be switched off again."""
    service = Service()
    one = dataset(service, journal)
    changes = one.plan("retry-once", NOW, fixed=False)
    assert [(change.kind, change.refused) for change in changes] == [("schedule", ""), ("refresh", "")]
    assert service.asked == []
    assert [made.outcome for made in apply(one, journal, changes)] == ["applied", "applied"]
    path = f"/v1.0/myorg/groups/w1/datasets/{DATASET}"
    assert service.asked == [
        ("PATCH", f"{path}/refreshSchedule", {"value": {"enabled": True}}),
        ("POST", f"{path}/refreshes", {"notifyOption": "NoNotification"}),
    ]
    undone = making.undo(journal, making.undoable(journal, changes[0].id), lambda _: one, by="test", now=lambda: NOW)
    assert [made.outcome for made in undone] == ["undone"]
    assert service.enabled is False
    with pytest.raises(RepairError, match="no applied change"):
        making.undoable(journal, changes[0].id)


@pytest.mark.parametrize(
    ("advice", "fixed", "refused"),
    [
        ("do-not-retry", False, True),
        ("do-not-retry", True, True),
        ("fix-first", False, True),
        ("fix-first", True, False),
        ("wait-then-retry", False, False),
    ],
)
def test_never_where_trying_again_does_harm(journal, advice, fixed, refused):
    """What the book says not to retry is not retried, whatever anybody says; what is to be repaired first needs a word."""
    service = Service()
    one = dataset(service, journal)
    changes = one.plan(advice, NOW, fixed=fixed)
    assert {bool(change.refused) for change in changes} == {refused}
    apply(one, journal, changes)
    assert bool(service.asked) is not refused


def test_once_an_hour(journal):
    """A second run refreshes nothing; an hour later it may."""
    service = Service(enabled=True)
    one = dataset(service, journal)
    apply(one, journal, one.plan("retry-once", NOW, fixed=False))
    service.history[0] |= {"status": "Failed", "endTime": "2026-03-02T09:02:00Z"}
    soon = one.plan("retry-once", NOW + dt.timedelta(minutes=30), fixed=False)
    assert "once an hour" in soon[0].refused
    assert not one.plan("retry-once", NOW + dt.timedelta(minutes=61), fixed=False)[0].refused


def test_not_while_one_runs_and_not_where_all_is_well(journal):
    """Nothing to do is nothing done."""
    running = Service(enabled=True, status="Unknown")
    del running.history[0]["endTime"]
    assert "running" in dataset(running, journal).plan("retry-once", NOW, fixed=False)[0].refused
    assert dataset(Service(enabled=True, status="Completed"), journal).plan("retry-once", NOW, fixed=False) == []


def test_an_answer_that_is_lost_is_not_sent_again(journal):
    """The refresh began, and the connection broke: the journal says not applied as far as is known, and no second one follows at once."""
    service = Service(enabled=True, loses_answer=True)
    one = dataset(service, journal)
    made = apply(one, journal, one.plan("retry-once", NOW, fixed=False))
    assert made[0].outcome == "not applied"
    assert len(service.asked) == 1
    again = one.plan("retry-once", NOW + dt.timedelta(seconds=20), fixed=False)
    assert all(change.refused for change in again)
    apply(one, journal, again)
    assert len(service.asked) == 1


@pytest.mark.parametrize("sent", [True, False])
def test_a_kill_between_intent_and_outcome(journal, sent):
    """The next run looks at the history: what began counts as applied; what cannot be seen yet is not asked for again at once."""
    service = Service(enabled=True)
    one = dataset(service, journal)
    change = one.plan("retry-once", NOW, fixed=False)[0]
    journal.append(line("intended", change, "run1", NOW, by="test"))
    if sent:
        one.apply(change)
    settled = making.settle(journal, lambda _: one, NOW + dt.timedelta(seconds=30))
    assert [made.outcome for made in settled] == ["applied" if sent else "not-applied"]
    assert journal.unsettled() == []
    again = one.plan("retry-once", NOW + dt.timedelta(seconds=30), fixed=False)
    assert all(other.refused for other in again)
    later = one.plan("retry-once", NOW + dt.timedelta(minutes=5), fixed=False)
    assert bool(later[0].refused) is sent


def test_a_refusal_is_written_down_and_ends_the_run(journal):
    """Forbidden: the schedule was not changed, so the refresh is not tried either."""
    service = Service(refuse=403)
    one = dataset(service, journal)
    made = apply(one, journal, one.plan("retry-once", NOW, fixed=False))
    assert [step.outcome for step in made] == ["not applied"]
    assert "403" in made[0].detail
    assert [step.step for step in journal.lines()] == ["intended", "not-applied"]


def test_how_it_ended(journal):
    """Completed, failed, or still running when the patience ends."""
    service = Service(enabled=True)
    one = dataset(service, journal)
    assert one.outcome(NOW, 10) == "running"
    service.history.insert(0, {"startTime": "2026-03-02T09:00:01Z", "status": "Completed"})
    assert one.outcome(NOW, 10) == "Completed"
