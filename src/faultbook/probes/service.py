"""Was Microsoft's side known to be faulty at the time? Association in time only: an issue that is not listed may still exist."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

from faultbook.evidence import Fact, Facts, Outcome, Subject, no, unknown, yes
from faultbook.patterns import later
from faultbook.probes import probe
from faultbook.probes.graph import Object, objects, same, time_of
from faultbook.probes.subject import moment
from faultbook.probes.words import listed, many, utc

_ISSUE: Final = "graph.v1:microsoft.graph.serviceHealthIssue."
_FIELDS: Final = tuple(
    _ISSUE + name
    for name in (
        "id", "title", "service", "feature", "featureGroup", "status", "isResolved",
        "startDateTime", "endDateTime", "lastModifiedDateTime",
    )
)  # fmt: skip
_DAY: Final = dt.timedelta(days=1)
_SLACK: Final = dt.timedelta(minutes=15)  # Microsoft rounds the start and end that it publishes

_IDENTITY: Final = later(
    r"entra|identity|azure active directory|azure ad\b|authenticat|password|\bsspr\b|sign-?ins?\b", re.IGNORECASE
)
_RESET: Final = later(
    r"password (?:reset|change|write-?back)|(?:reset|change)(?:ting)? (?:their |a |the )?passwords?|\bsspr\b",
    re.IGNORECASE,
)
_POWER_BI: Final = later(r"power ?bi|microsoft fabric|^fabric\b", re.IGNORECASE)
_OTHER_PRODUCT: Final = later(
    r"exchange|sharepoint|onedrive|teams|skype|intune|defender|purview|yammer|viva|planner|dynamics|copilot|forms"
    r"|project|sway|stream|bookings|whiteboard|power (?:apps|automate|pages)|power ?bi|fabric|365 apps|365 for the web|office"
    r"|windows|universal print|cloud pc|clipchamp|loop\b|basic mobility",
    re.IGNORECASE,
)
_ASIDE: Final = later(
    r"\b(?:sign-?in|audit|provisioning)s? logs?\b|\breport(?:s|ing)?\b|\bprovisioning\b|domain services|private access|internet access"
    r"|application proxy|verified id|permissions management|access reviews?|entitlement|lifecycle workflows?|privileged identity"
    r"|dynamic (?:group|membership)|\bb2c\b|external id\b|workload id",
    re.IGNORECASE,
)
"""Features of Entra that nobody needs in order to sign in or to change a password."""
_CLOSED: Final = frozenset(
    {"servicerestored", "postincidentreviewpublished", "resolved", "resolvedexternal", "mitigated", "mitigatedexternal"}
)


@probe("service.identity-issue-overlaps", needs=("graph.serviceHealthIssues",), otherwise="rarely",
       family="service-issue", fields=_FIELDS)  # fmt: skip
def identity_issue_overlaps(facts: Facts, about: Subject) -> Outcome:
    """Was an issue of Microsoft's identity or sign-in service open at the time of the failure?"""
    return _overlapping(facts, about, _of_identity, "identity or sign-in")


@probe("service.password-reset-issue-overlaps", needs=("graph.serviceHealthIssues",), otherwise="hardly-ever",
       family="service-issue", fields=(*_FIELDS, _ISSUE + "impactDescription"))  # fmt: skip
def password_reset_issue_overlaps(facts: Facts, about: Subject) -> Outcome:
    """Was an issue about password reset itself open at the time of the failure?"""

    def about_reset(issue: Object) -> bool:
        told = _words(issue, "title", "feature", "featureGroup", "impactDescription")
        return _of_identity(issue) and _RESET.search(told) is not None

    return _overlapping(facts, about, about_reset, "password reset")


@probe("service.power-bi-issue-overlaps", needs=("graph.serviceHealthIssues",), otherwise="rarely",
       family="service-issue", fields=_FIELDS)  # fmt: skip
def power_bi_issue_overlaps(facts: Facts, about: Subject) -> Outcome:
    """Was an issue of Power BI or Fabric open at the time of the failure?"""
    return _overlapping(facts, about, lambda issue: _POWER_BI.search(_words(issue, "service")) is not None, "Power BI")


def _words(issue: Object, *keys: str) -> str:
    return " · ".join(str(issue.get(key) or "") for key in keys)


def _of_identity(issue: Object) -> bool:
    """An issue filed under another product speaks of that product, even where its title says *sign in* or *password*."""
    if _OTHER_PRODUCT.search(_words(issue, "service")):
        return False
    if _ASIDE.search(_words(issue, "feature", "featureGroup", "title")) and not _RESET.search(_words(issue, "title")):
        return False
    return _IDENTITY.search(_words(issue, "service", "feature", "featureGroup", "title")) is not None


def _end(issue: Object) -> dt.datetime | None:
    end = time_of(issue.get("endDateTime"))
    closed = issue.get("isResolved") or str(issue.get("status")).casefold() in _CLOSED
    return end or (time_of(issue.get("lastModifiedDateTime")) if closed else None)


def _newest(lists: list[Fact], issues: list[Object]) -> dt.datetime | None:
    """The latest time that a list shows; a quiet day has no entries, so a list may be newer than this."""
    seen = [time for fact in lists for time in (fact.read_at, fact.true_at, fact.window and fact.window.end) if time]
    for issue in issues:
        seen += [time for key in ("startDateTime", "lastModifiedDateTime") if (time := time_of(issue.get(key)))]
    return max(seen, default=None)


def _overlapping(facts: Facts, about: Subject, matches: Callable[[Object], bool], what: str) -> Outcome:
    at = moment(about)
    lists = facts.need("graph.serviceHealthIssues")
    issues = objects(*lists)
    of_kind = [issue for issue in issues if matches(issue)]
    undated = []
    for issue in of_kind:
        start, end = time_of(issue.get("startDateTime")), _end(issue)
        name = (
            f"{issue.get('id', 'without id')} '{issue.get('title', '')}' ({issue.get('service', 'service not given')})"
        )
        if start is None:
            undated.append(name)
        elif (
            not same(issue.get("status"), "falsePositive")
            and start - _SLACK <= at
            and (end is None or at <= end + _SLACK)
        ):
            until = f"to {utc(end)}" if end else "and was still open when the list was read"
            return yes(f"Issue {name} was open from {utc(start)} {until}. Association in time only.")
    if undated:
        return unknown("unexpected-shape", f"Issue {listed(undated)} has no start time.")
    if (newest := _newest(lists, issues)) is None or newest < at - _DAY:
        told = f"; its newest entry is of {utc(newest)}" if newest else ""
        return unknown(
            "too-old", f"The list of issues does not show that it was read after the failure{told}. Export it again."
        )
    others = listed(
        f"{issue.get('id')} from {issue.get('startDateTime')} to {issue.get('endDateTime')}, {issue.get('status')}"
        for issue in of_kind
    )
    return no(
        f"None of {many(len(issues), 'listed issue')} is one of {what} that was open at {utc(at)}"
        + (f" (of that kind: {others})." if others else ".")
    )
