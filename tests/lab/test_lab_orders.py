"""What a running lab does on orders: breaking, healing and forgetting in any order leaves logs that agree with each other."""

import datetime as dt

import pytest
from invented import NOW, world

from faultbook.errors import UsageError
from faultbook_lab import founding, life, parts
from faultbook_lab.faults import BLOCKING, Parts
from faultbook_lab.places import Place
from faultbook_lab.server import Lab

BLOCKED = 53003


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A lab without real parts, six hours old; a clock stands still."""
    monkeypatch.setattr(parts, "now", lambda: NOW + dt.timedelta(seconds=25))
    made = world()
    life.live(made, NOW)
    started = parts.Started(
        made, Parts(made), None, None, NOW - dt.timedelta(hours=6), {"directory": "It is not here."}
    )
    return Lab(started, Place(tmp_path))


def fault(lab, *names, since=None):
    return lab.answer({"do": "fault", "names": list(names), "since": since})


def heal(lab, *names, since=0.0):
    return lab.answer({"do": "heal", "names": list(names), "since": since})


def times(lab, code):
    """When somebody failed with this code."""
    return [row["createdDateTime"] for row in lab.world.tenant.signins if row["status"]["errorCode"] == code]


def audits(lab, word):
    return [row["activityDateTime"] for row in lab.world.tenant.audits if word in row["activityDisplayName"]]


def ago(minutes):
    return f"{NOW - dt.timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def logged(lab):
    tenant = lab.world.tenant
    return tenant.signins, tenant.audits, [one.refreshes for one in tenant.datasets.values()]


def test_a_name_that_is_given_twice_is_broken_and_healed_once(lab):
    fault(lab, "policy-blocks", "policy-blocks")
    assert audits(lab, "Add conditional") == [ago(40)]
    assert heal(lab, "policy-blocks", "policy-blocks")["healed"] == ["policy-blocks"]
    assert lab.active == {}


def test_what_is_no_fault_is_broken_already_or_has_no_part_is_refused_and_changes_nothing(lab):
    fault(lab, "policy-blocks")
    before = repr(logged(lab))
    for names in (["nothing"], ["throttled", "policy-blocks"], ["throttled", "rights-missing"]):
        with pytest.raises(UsageError):
            fault(lab, *names)
    with pytest.raises(UsageError, match="not broken"):
        heal(lab, "policy-blocks", "throttled")
    assert list(lab.active) == ["policy-blocks"]
    assert repr(logged(lab)) == before


def test_what_began_later_still_begins_then_where_an_earlier_past_is_lived_again(lab):
    """Else people would have been blocked for hours by a policy that nobody had made yet."""
    fault(lab, "policy-blocks", since=40)
    fault(lab, "app-secret-expired", since=180)
    assert audits(lab, "Add conditional") == [ago(40)]
    assert min(times(lab, BLOCKED)) >= ago(40)
    assert min(times(lab, 7000222)) < ago(40)
    assert list(lab.active) == ["app-secret-expired", "policy-blocks"]
    assert [one["displayName"] for one in lab.world.tenant.policies].count(BLOCKING) == 1


def test_what_was_healed_in_between_is_broken_and_healed_again_where_that_past_is_lived_again(lab):
    fault(lab, "policy-blocks", since=120)
    heal(lab, since=60)
    once = times(lab, BLOCKED)
    assert ago(120) <= min(once) < max(once) < ago(60)
    fault(lab, "throttled", since=300)
    assert times(lab, BLOCKED) == once
    assert (audits(lab, "Add conditional"), audits(lab, "Delete conditional")) == ([ago(120)], [ago(60)])
    assert list(lab.active) == ["throttled"]


def test_what_was_healed_too_early_goes_on_where_it_is_broken_again_from_before_that(lab):
    """It was broken then already: nobody makes the policy a second time, and its end has not come."""
    fault(lab, "policy-blocks", since=180)
    heal(lab, since=60)
    fault(lab, "policy-blocks", since=120)
    assert (audits(lab, "Add conditional"), audits(lab, "Delete conditional")) == ([ago(180)], [])
    assert [one["displayName"] for one in lab.world.tenant.policies].count(BLOCKING) == 1
    assert max(times(lab, BLOCKED)) > ago(60)
    assert list(lab.active) == ["policy-blocks"]


def test_to_heal_one_earlier_leaves_the_other_as_it_was(lab):
    fault(lab, "policy-blocks", since=90)
    fault(lab, "consent-revoked", since=20)
    heal(lab, "policy-blocks", since=50)
    assert audits(lab, "Remove delegated") == [ago(20)]
    assert max(times(lab, BLOCKED)) < ago(50)
    assert min(times(lab, 65001), default=ago(20)) >= ago(20)


def test_orders_of_one_minute_keep_each_others_traces(lab):
    fault(lab, "policy-blocks", since=40)
    heal(lab)
    fault(lab, "consent-revoked", since=0)
    assert audits(lab, "Delete conditional") == audits(lab, "Remove delegated") == [ago(0)]


def test_after_a_reset_the_logs_are_as_if_nothing_had_been(lab):
    before = repr(logged(lab))
    fault(lab, "policy-blocks", "gateway-offline", "app-secret-expired", since=200)
    heal(lab, "policy-blocks", since=100)
    fault(lab, "sspr-service-fault", since=250)
    assert repr(logged(lab)) != before
    lab.answer({"do": "reset"})
    assert repr(logged(lab)) == before
    assert (lab.active, lab.world.tenant.issues) == ({}, [])


def test_an_issue_that_ended_later_is_open_again(lab):
    """The service is healed as of now; an hour before, its issue was not over."""
    fault(lab, "sspr-service-fault", since=180)
    heal(lab)
    life.live(lab.world, NOW + life.MINUTE)
    assert [one["isResolved"] for one in lab.world.tenant.issues] == [True]
    lab.world.rewind(NOW - dt.timedelta(hours=1))
    assert [(one["isResolved"], one["endDateTime"]) for one in lab.world.tenant.issues] == [(False, None)]
    life.live(lab.world, NOW)
    assert [one["endDateTime"] for one in lab.world.tenant.issues] == [ago(60)]


def test_a_schedule_that_was_given_up_later_is_on_again(lab):
    fault(lab, "gateway-offline", since=300)
    given_up = [one for one in lab.world.tenant.datasets.values() if not one.schedule["enabled"]]
    assert given_up
    lab.world.rewind(NOW - dt.timedelta(hours=5))
    assert all(one.schedule["enabled"] for one in given_up)


def test_a_lab_that_is_over_lives_no_further(lab):
    """Whoever has it down waits for no order that lives a long time again."""
    lab.answer({"do": "down"})
    assert fault(lab, "throttled", since=120)["signins"] == 0


def test_a_past_longer_than_the_labs_own_begins_where_that_begins(lab):
    assert fault(lab, "throttled", since=30 * 60)["since"] == (NOW - dt.timedelta(hours=6)).isoformat()
    assert founding.GATEWAY in lab.world.tenant.gateways
