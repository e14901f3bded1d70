"""Closed cases of refreshes and gateways; ``make_cases.py`` writes them. Their stories are invented."""

import datetime as dt
from collections.abc import Callable

import told
from tenant import cloud
from tenant import powerbi as bi

from faultbook_lab import people, records

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
FIVE = dt.datetime(2026, 3, 4, 5, 0, tzinfo=dt.UTC)
"""When the schedule of the failing model starts."""


def case(
    code: str, confirmed: str, expect: str, *, at: dt.datetime, says: str = ""
) -> Callable[[Callable[[], dict[str, str]]], None]:
    """Register a function that returns the files of a refresh that failed at a time; ``says`` is the inner message."""
    return told.case(code, confirmed, expect, bi.banner(bi.error(code, says), at))


def days(number: int, minutes: float, error: str = "", *, before: dt.datetime = FIVE) -> list[bi.Row]:
    """One refresh a day, the last of them the day before."""
    return [bi.refresh(before - back * DAY, minutes, error) for back in range(number, 0, -1)]


def histories(**each: list[bi.Row]) -> dict[str, str]:
    """The histories of several datasets, each in a file that bears its id."""
    return {f"refreshes-{getattr(bi, name)}.json": bi.refreshes(rows) for name, rows in each.items()}


# Credentials and bindings


@case("DMTS_MonikerWithUnboundDataSources", "mapping-lost-on-deployment", "likely", at=FIVE + 9 * MINUTE)
def refresh_mapping_lost() -> dict[str, str]:
    """A pipeline wrote the definition anew and refreshed by the interface; since then a source is bound to nothing."""
    gone = bi.error("DMTS_MonikerWithUnboundDataSources")
    failed = [bi.refresh(FIVE - 3 * HOUR + number * HOUR, 0.1, gone, kind="ViaEnhancedApi") for number in range(3)] + [
        bi.refresh(FIVE + 8 * MINUTE, 0.1, gone, kind="ViaEnhancedApi")
    ]
    return {
        **histories(SALES=[*days(12, 8), *failed]),
        "datasources.json": bi.sources(
            [bi.source("sql01.contoso.example"), bi.source("sql02.contoso.example", bound=False)]
        ),
        "schedule.json": bi.schedule(enabled=True),
    }


@case("DMTS_UserNotFoundinADGraphError", "owner-deleted", "likely", at=FIVE + MINUTE)
def refresh_owner_deleted() -> dict[str, str]:
    """The model belongs to somebody who is not among the users any more, and its schedule has fallen off."""
    gone = bi.error("DMTS_UserNotFoundinADGraphError")
    return {
        **histories(SALES=[*days(9, 8, before=FIVE - 3 * DAY), *days(3, 0.1, gone), bi.refresh(FIVE, 0.1, gone)]),
        "dataset.json": bi.dataset(bi.SALES, "former.owner@contoso.example"),
        "users.json": cloud.users(),
        "schedule.json": bi.schedule(enabled=False),
    }


@case("ModelRefreshDisabled_CredentialNotSpecified", "never-set-up", "likely", at=FIVE + 3 * MINUTE)
def refresh_never_set_up() -> dict[str, str]:
    """Three attempts by hand within minutes of publishing, and nothing before or since."""
    none = bi.error("ModelRefreshDisabled_CredentialNotSpecified")
    return {
        **histories(SALES=[bi.refresh(FIVE + number * MINUTE, 0.02, none, kind="OnDemand") for number in range(3)]),
        "schedule.json": bi.schedule(enabled=False),
    }


# Time and memory


@case("ProcessingTimeOut", "limit-reached", "likely", at=FIVE + 2 * HOUR + MINUTE)
def refresh_two_hours() -> dict[str, str]:
    """Runs grew from forty minutes to almost two hours; the last one was ended at two."""
    grown = [bi.refresh(FIVE - back * DAY, 40 + (16 - back) * 5) for back in range(16, 0, -1)]
    return {
        **histories(SALES=[*grown, bi.refresh(FIVE, 120.6, bi.error("ProcessingTimeOut"))]),
        "issues.json": cloud.issues([]),
    }


@case("0xc11c0020", "others-need-the-memory", "likely", at=FIVE + 41 * MINUTE)
def refresh_evicted_by_others() -> dict[str, str]:
    """Four other models refresh at the same hour on one capacity; this one is put out every few days, and never at noon."""
    evicted = bi.error("0xC11C0020")
    own = [
        row
        for back in range(8, 0, -1)
        for row in (
            bi.refresh(FIVE - back * DAY, 41, evicted if back in (7, 4, 2) else ""),
            bi.refresh(FIVE - back * DAY + 7 * HOUR, 30),
        )
    ]
    others = {
        name: [bi.refresh(FIVE - back * DAY - 10 * MINUTE, 70) for back in range(8, -1, -1)]
        for name in ("STOCK", "STAFFING", "LEDGER", "TARGETS")
    }
    return {
        **histories(SALES=[*own, bi.refresh(FIVE, 41, evicted)], **others),
        "capacities.json": bi.capacities(("BI", "F64", "Active")),
    }


@case("ModelRefresh_ShortMessage_CancelledByUser", "pipeline-restarts", "likely", at=FIVE + 12 * MINUTE)
def refresh_restarted_by_pipeline() -> dict[str, str]:
    """A pipeline ended the running refresh and began its own five seconds later."""
    ended = bi.refresh(
        FIVE, 12, bi.error("ModelRefresh_ShortMessage_CancelledByUser"), kind="ViaEnhancedApi", status="Cancelled"
    )
    again = bi.refresh(FIVE + 12 * MINUTE + dt.timedelta(seconds=5), 25, kind="ViaEnhancedApi")
    return histories(SALES=[*days(10, 24), ended, again])


# Gateways


@case("DM_GWPipeline_Gateway_SpooledOperationMissing", "gateway-restarted", "established", at=FIVE + 22 * MINUTE)
def gateway_restarted_while_fetching() -> dict[str, str]:
    """The gateway's service was stopped and started twenty minutes into the refresh."""
    missing = bi.error("DM_GWPipeline_Gateway_SpooledOperationMissing")
    return {
        **histories(SALES=[*days(12, 45), bi.refresh(FIVE, 22, missing)]),
        "system.xml": bi.turns(
            (FIVE - 2 * DAY, bi.SERVICE, "running"),
            (FIVE + 19 * MINUTE, bi.SERVICE, "stopped"),
            (FIVE + 20 * MINUTE, bi.SERVICE, "running"),
            (FIVE + 2 * HOUR, "Print Spooler", "stopped"),
        ),
    }


@case("DMTS_GatewayIsDisabled", "switched-off", "established", at=FIVE + MINUTE)
def gateway_switched_off() -> dict[str, str]:
    """Three models fail in the same minutes, and the status of the data source names the switch."""
    off = bi.error("DMTS_GatewayIsDisabled")
    return {
        **histories(
            SALES=[*days(6, 8), bi.refresh(FIVE, 0.1, off)],
            STOCK=[*days(6, 9), bi.refresh(FIVE + 5 * MINUTE, 0.1, off)],
            LEDGER=[*days(6, 9), bi.refresh(FIVE + 8 * MINUTE, 0.1, off)],
        ),
        f"gateway-status-{people.guid('source', 'sql01')}.json": off,
    }


@case(
    "DM_GWPipeline_Gateway_MashupDataAccessError", "shape-changed", "established", at=FIVE + 2 * MINUTE,
    says="The column 'Region' of the table wasn't found.",
)  # fmt: skip
def gateway_column_renamed() -> dict[str, str]:
    """A column was renamed on Monday; every run since then has ended with the same sentence."""
    renamed = bi.error("DM_GWPipeline_Gateway_MashupDataAccessError", "The column 'Region' of the table wasn't found.")
    return histories(SALES=[*days(9, 8, before=FIVE - 3 * DAY), *days(3, 2, renamed), bi.refresh(FIVE, 2, renamed)])


# Distractors: nothing here is the cause, and nothing may look likely


@case("ProcessingTimeOut", "none", "undecided", at=FIVE + 12 * MINUTE)
def distractor_another_models_limit() -> dict[str, str]:
    """Another model ran for two hours and grew; this one failed after twelve minutes."""
    grown = [bi.refresh(FIVE - back * DAY, 40 + (16 - back) * 5) for back in range(16, 0, -1)]
    return histories(
        SALES=[*days(12, 11), bi.refresh(FIVE, 12, bi.error("ProcessingTimeOut"))],
        STOCK=[*grown, bi.refresh(FIVE - 6 * HOUR, 120.6, bi.error("ProcessingTimeOut"))],
    )


@case("DM_GWPipeline_Gateway_SpooledOperationMissing", "none", "undecided", at=FIVE + 22 * MINUTE)
def distractor_gateway_restart_elsewhen() -> dict[str, str]:
    """The gateway's service started anew the evening before and the afternoon after; another service did so at the time."""
    missing = bi.error("DM_GWPipeline_Gateway_SpooledOperationMissing")
    return {
        **histories(SALES=[*days(12, 45), bi.refresh(FIVE, 22, missing)]),
        "system.xml": bi.turns(
            (FIVE - 9 * HOUR, bi.SERVICE, "stopped"),
            (FIVE - 9 * HOUR + MINUTE, bi.SERVICE, "running"),
            (FIVE + 20 * MINUTE, "Print Spooler", "running"),
            (FIVE + 9 * HOUR, bi.SERVICE, "stopped"),
            (FIVE + 9 * HOUR + MINUTE, bi.SERVICE, "running"),
        ),
    }


@case("ModelRefresh_ShortMessage_ServiceError", "none", "undecided", at=FIVE + 12 * MINUTE)
def distractor_capacity_of_others() -> dict[str, str]:
    """One of two capacities is paused, mail is disturbed, and another model is switched off: none of it touches this refresh."""
    fault = bi.error("ModelRefresh_ShortMessage_ServiceError")
    return {
        **histories(SALES=[*days(12, 11), bi.refresh(FIVE, 12, fault)], STOCK=days(12, 9, before=FIVE - 7 * HOUR)),
        "capacities.json": bi.capacities(("BI", "F64", "Active"), ("Trial", "F2", "Suspended")),
        "issues.json": cloud.issues(
            [
                records.issue(
                    "EX900211", cloud.EXCHANGE, "Some users can't send mail", FIVE - HOUR, None, feature="Mail flow"
                )
            ]
        ),
        f"schedule-{bi.STOCK}.json": bi.schedule(enabled=False),
    }


@case("DMTS_UserNotFoundinADGraphError", "none", "undecided", at=FIVE + MINUTE)
def distractor_owner_is_there() -> dict[str, str]:
    """The owner is among the users and enabled, and the schedule is on."""
    gone = bi.error("DMTS_UserNotFoundinADGraphError")
    return {
        **histories(SALES=[*days(9, 8), bi.refresh(FIVE, 4, gone)]),
        "dataset.json": bi.dataset(bi.SALES, people.STAFF[3].upn),
        "users.json": cloud.users(),
        "schedule.json": bi.schedule(enabled=True),
    }


@case("DM_GWPipeline_Gateway_MashupDataAccessError", "none", "undecided", at=FIVE + 2 * MINUTE)
def distractor_earlier_complaint() -> dict[str, str]:
    """A column was missing last week and is back; this time the error comes without a sentence."""
    renamed = bi.error("DM_GWPipeline_Gateway_MashupDataAccessError", "The column 'Region' of the table wasn't found.")
    return histories(
        SALES=[
            bi.refresh(FIVE - 8 * DAY, 2, renamed),
            *days(6, 8),
            bi.refresh(FIVE, 2, bi.error("DM_GWPipeline_Gateway_MashupDataAccessError")),
        ]
    )
