"""How the population of the lab lives: errors are consequences, and a stretch of time can be lived again."""

import copy
import datetime as dt
from collections import Counter

import invented
import pytest

from faultbook.errors import UsageError
from faultbook_lab import founding, life, messages, people
from faultbook_lab.faults import FAULTS, Parts
from faultbook_lab.records import stamp

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def world():
    made = invented.world()
    life.live(made, invented.NOW)
    return made


def codes(world, since=None):
    since = stamp(since) if since else ""
    return Counter(messages.code_of(row) for row in world.tenant.signins if row["createdDateTime"] >= since)


def broken(world, name, minutes=40):
    at = invented.NOW - minutes * MINUTE
    world.rewind(at)
    FAULTS[name].begin(Parts(world, None, world.writeback, world.federation), at)
    life.live(world, invented.NOW)
    return at


def test_an_ordinary_day_has_successes_mistakes_and_few_lost_changes(world):
    found = codes(world)
    assert found[0] > 250
    assert 0 < found[50126] < 40
    assert set(found) <= {0, 50126, 120021}
    assert all(dataset.refreshes[0]["status"] == "Completed" for dataset in world.tenant.datasets.values())


def test_people_whose_password_ran_out_change_it_once(world):
    changed = [row for row in world.tenant.audits if row["activityDisplayName"] == "Change password (self-service)"]
    assert len([row for row in changed if row["result"] == "success"]) == sum(
        one.until is not None for one in world.expiries
    )
    assert {person for _, person in world.writeback.asked} <= {*people.STAFF, *people.FINANCE}, (
        "only they are written back"
    )


def test_the_same_minutes_are_lived_the_same_way(world):
    before = copy.deepcopy((world.tenant.signins, world.tenant.audits))
    world.rewind(invented.NOW - 90 * MINUTE)
    assert len(world.tenant.signins) < len(before[0])
    life.live(world, invented.NOW)
    assert (world.tenant.signins, world.tenant.audits) == before


@pytest.mark.parametrize(
    ("name", "minutes", "wanted", "cause"),
    [
        ("sspr-service-fault", 40, {120021}, None),
        ("writeback-agent-down", 40, {120021, 120013}, None),
        ("writeback-off", 40, {120021, 120012}, "Disable password writeback for directory"),
        ("policy-blocks", 40, {53003, 120021}, "Add conditional access policy"),
        ("consent-revoked", 40, {65001}, "Remove delegated permission grant"),
        ("user-not-assigned", 360, {50105}, "Remove app role assignment from user"),
        ("app-secret-expired", 180, {7000222}, None),
    ],
)
def test_what_is_broken_shows_in_the_logs_as_a_consequence(world, name, minutes, wanted, cause):
    at = broken(world, name, minutes)
    found = codes(world, at)
    assert all(found[code] > 0 for code in wanted), found
    assert set(codes(world)) - {0, 50126, 120021} <= wanted
    activities = [row["activityDisplayName"] for row in world.tenant.audits if row["activityDateTime"] == stamp(at)]
    assert (cause in activities) if cause else not set(activities) - {"Change password (self-service)"}


def test_a_reset_service_that_is_down_gets_an_issue_and_the_issue_an_end(world):
    at = broken(world, "sspr-service-fault")
    (issue,) = world.tenant.issues
    assert issue["startDateTime"] == stamp(at)
    assert issue["isResolved"] is False
    FAULTS["sspr-service-fault"].end(Parts(world, None, world.writeback, world.federation), invented.NOW)
    life.live(world, invented.NOW + 3 * MINUTE)
    assert issue["isResolved"] is True


def test_without_a_fault_again_the_past_is_as_if_nothing_had_been(world):
    before = copy.deepcopy((world.tenant.signins, world.tenant.audits, world.tenant.issues))
    at = broken(world, "sspr-service-fault")
    FAULTS["sspr-service-fault"].end(Parts(world, None, world.writeback, world.federation), invented.NOW)
    world.rewind(at)
    life.live(world, invented.NOW)
    assert (world.tenant.signins, world.tenant.audits, world.tenant.issues) == before


def test_a_provider_that_fails_hits_its_own_domain_only(world):
    world.federation.says = "unreachable"
    at = invented.NOW - 60 * MINUTE
    world.rewind(at)
    life.live(world, invented.NOW)
    hit = {row["userPrincipalName"].partition("@")[2] for row in world.tenant.signins if messages.code_of(row) == 40010}
    assert hit == {"partners.example"}


def test_refreshes_fail_behind_a_silent_gateway_until_the_schedule_gives_up(world):
    broken(world, "gateway-offline", 180)
    own = world.tenant.datasets[founding.DATASETS["stock"]]
    assert [row["status"] for row in own.refreshes[:4]] == ["Failed"] * 4
    assert own.schedule["enabled"] is False
    FAULTS["gateway-offline"].end(Parts(world, None, None, None), invented.NOW)
    life.live(world, invented.NOW + 40 * MINUTE)
    assert own.refreshes[0]["status"] == "Completed"
    assert own.schedule["enabled"] is True


def test_the_message_of_the_last_failure_is_some_minutes_old_and_names_itself(world):
    broken(world, "consent-revoked")
    found = messages.latest(world, invented.NOW, "AADSTS65001")
    assert founding.REPORTS[1] in found.text
    assert found.user.endswith(".example")
    row = next(row for row in world.tenant.signins if row["correlationId"] in found.text)
    assert row["createdDateTime"] <= stamp(invented.NOW - 10 * MINUTE)
    domain = messages.latest(world, invented.NOW, "AADSTS65001", user="@" + found.user.partition("@")[2])
    assert domain.user.partition("@")[2] == found.user.partition("@")[2]


def test_nobody_who_failed_is_an_answer(world):
    with pytest.raises(UsageError, match="Nobody in this lab has met AADSTS50105"):
        messages.latest(world, invented.NOW, "AADSTS50105")


def test_every_row_has_an_id_of_its_own_and_a_failed_change_is_in_both_logs():
    """Two who change a password in the same second leave two records, each its own doing."""
    made = invented.world(hours=48)
    made.writeback.says = "unreachable"
    life.live(made, invented.NOW)
    for rows in (made.tenant.signins, made.tenant.audits):
        for name in ("id", "correlationId"):
            assert len({row[name] for row in rows}) == len(rows) > 900
    failed = {(row["createdDateTime"], row["userPrincipalName"]) for row in made.tenant.signins if 120000 < row["status"]["errorCode"] < 121000}  # fmt: skip
    noted = {(row["activityDateTime"], row["targetResources"][0]["userPrincipalName"]) for row in made.tenant.audits if row["result"] == "failure"}  # fmt: skip
    assert failed == noted != set()
    assert all(row["initiatedBy"]["user"]["userPrincipalName"] == row["targetResources"][0]["userPrincipalName"] for row in made.tenant.audits)  # fmt: skip


def test_a_policy_shows_what_it_demanded_and_nothing_where_it_did_not_apply():
    made = invented.world(hours=2)
    life.live(made, invented.NOW)
    shown = {(one["result"], *one["enforcedGrantControls"]) for row in made.tenant.signins for one in row["appliedConditionalAccessPolicies"]}  # fmt: skip
    assert shown == {("success", "Mfa"), ("notApplied",)}
