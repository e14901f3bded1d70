"""The sign-in history of one code as probes read it: failing attempts, people, and what failures share."""

import datetime as dt
import re
from typing import Any, Final

from msgspec import Struct

from faultbook.analysis.onset import Burst, find_burst
from faultbook.evidence import Facts, Gap, Subject, Unknown, Window
from faultbook.probes.graph import Object, count, objects, same, time_of
from faultbook.probes.subject import moment, user
from faultbook.probes.words import many, utc

_NOUNS: Final = {
    "ip": "the address",
    "app": "the application",
    "user": "the user",
    "domain": "the domain",
    "country": "the country",
    "device": "whether a device was shown",
}
_HOUR: Final = dt.timedelta(hours=1)
_WRONG_PASSWORD: Final = 50126
_QUARTER: Final = dt.timedelta(minutes=15)


class Tally(Struct, frozen=True):
    """Attempts and people with one value of an attribute."""

    failed: int = 0
    succeeded: int = 0
    failed_users: int = 0
    succeeded_users: int = 0

    @property
    def tries(self) -> int:
        """Attempts that failed with this code or succeeded."""
        return self.failed + self.succeeded


class SignIns(Struct, frozen=True):
    """One sign-in history; ``code`` is the number, without ``AADSTS``."""

    code: int
    value: dict[str, Any]
    window: Window | None
    gaps: tuple[Gap, ...] = ()

    def rows(self, key: str) -> list[Object]:
        """The objects in one of the history's lists."""
        held = self.value.get(key)
        return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []

    @property
    def failures(self) -> list[Object]:
        """Failing attempts, oldest first."""
        return self.rows("failures")

    @property
    def recoveries(self) -> list[Object]:
        """Per user the first failure and the first success after it, those whose times are times or missing."""
        times = ("first_failure", "first_success", "last_try")
        return [row for row in self.rows("recoveries") if all(isinstance(row.get(key), str | None) for key in times)]

    def passed(self) -> set[str]:
        """Who failed once and succeeded within a quarter of an hour: what happens to one person by luck, and not what stands in the way."""
        found = set()
        for row in self.recoveries:
            first, success = time_of(row.get("first_failure")), time_of(row.get("first_success"))
            if first and success and success - first <= _QUARTER and count(row.get("tries")) <= 1:
                found.add(str(row.get("user") or "").casefold())
        return found

    @property
    def span(self) -> Window | None:
        """The time for which the log speaks."""
        times = [at for bucket in self.rows("buckets") if (at := time_of(bucket.get("start")))]
        return self.window or (Window(min(times), max(times)) if times else None)

    def covers(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether the log speaks for all of this time."""
        holed = any(gap.start < end and start < gap.end for gap in self.gaps)
        return self.span is not None and self.span.covers(start) and self.span.covers(end) and not holed

    def tallies(self, attribute: str) -> dict[str, Tally]:
        """Attempts by the value of an attribute. Raises Unknown where the log does not hold it."""
        found = {
            str(row.get("value")): Tally(
                count(row.get("failed")),
                count(row.get("succeeded")),
                count(row.get("failed_users")),
                count(row.get("succeeded_users")),
            )
            for row in self.rows("contrast")
            if row.get("attribute") == attribute
        }
        if not any(tally.failed for tally in found.values()):
            raise Unknown(
                "not-found", f"The sign-in log does not say {_NOUNS.get(attribute, attribute)} of the failing attempts."
            )
        return found

    def people(self) -> dict[str, Tally]:
        """Attempts by user; a user of whom only failures were kept counts too."""
        found = dict.fromkeys(
            (str(item["user"]).casefold() for item in self.failures if item.get("user")), Tally(failed=1)
        )
        found.update((name.casefold(), tally) for name, tally in self.tallies("user").items())
        return found

    def failing_near(self, at: dt.datetime | None, reach: dt.timedelta) -> set[str]:
        """Who failed about that time, and not before the burst of that time had surely begun; everybody who failed where no time is known, or where not every failure was kept."""
        if at is None or self.value.get("failures_cut"):
            return {name for name, tally in self.people().items() if tally.failed}
        since, burst = at - reach, self.burst_of(at)
        if burst and burst.start.latest <= at:
            since = max(since, burst.start.latest)
        return {
            str(item["user"]).casefold()
            for item in self.failures
            if item.get("user") and (when := time_of(item.get("at"))) and since <= when <= at + reach
        }

    def of_subject(self, about: Subject) -> list[Object]:
        """The failing attempts of the diagnosis: of its correlation id, else of the affected user within an hour of the failure."""
        by_id = [item for item in self.failures if same(item.get("correlation_id"), about.correlation_id)]
        return by_id or [item for item in self.failures if same(item.get("user"), about.user) and _near(item, about.at)]

    def turns_of(self, about: Subject) -> list[Object]:
        """The turns of the affected user with the failing application, or of that application where it signs in by itself."""
        apps = {item.get("app") for item in self.failures if about.app_id and same(item.get("app_id"), about.app_id)}
        apps -= {None}
        mine = [row for row in self.rows("turns") if not apps or row.get("app") in apps]
        if about.user:
            return [row for row in mine if same(row.get("user"), about.user)]
        return [row for row in mine if apps and not row.get("user")]

    def burst(self) -> Burst | None:
        """The clearest burst of failures, if the history has buckets and a burst."""
        buckets = [
            {"start": start, **{key: count(bucket.get(key)) for key in ("failed", "succeeded")}}
            for bucket in self.rows("buckets")
            if (start := time_of(bucket.get("start")))
        ]
        found = find_burst(buckets, count(self.value.get("bucket_seconds")) or 300) if buckets else None
        return found if found and found.strength != "none" else None

    def burst_of(self, at: dt.datetime | None) -> Burst | None:
        """The clear burst that had begun by this moment: who failed before it failed of something else."""
        burst = self.burst()
        return burst if burst and burst.strength == "strong" and at and burst.start.earliest <= at else None

    def onset(self, about: Subject) -> dt.datetime | None:
        """The first failure of the burst in which the failure lies; without a clear burst, of its chain of failures at most an hour apart."""
        times = sorted(at for item in self.failures if (at := time_of(item.get("at"))))
        if about.at is not None:
            times = [at for at in times if at <= about.at + _HOUR]
        if not times:
            return about.at
        if (burst := self.burst()) and burst.start.earliest <= times[-1]:
            return next(at for at in times if at >= burst.start.earliest)
        first = times[-1]
        for at in reversed(times):
            if first - at > _HOUR:
                break
            first = at
        return min(first, about.at) if about.at else first


def number_of(code: str) -> int | None:
    """The number of a sign-in code; None where the code is of another kind."""
    found = re.fullmatch(r"(?:AADSTS)?(\d{4,7})", code, re.IGNORECASE)
    return int(found[1]) if found else None


def signins(facts: Facts, about: Subject) -> SignIns:
    """The history of the diagnosed code. Raises Unknown where there is none, or where no attempt in it failed with the code."""
    number = number_of(about.code)
    held = facts.all("signins.history", str(number)) or facts.need("signins.history")
    if number is None:
        raise Unknown("not-found", f"{about.code} is no sign-in code, so the sign-in log does not count it.")
    for fact in held:
        if isinstance(fact.value, dict) and fact.value.get("code") == number:
            history = SignIns(number, fact.value, fact.window, fact.gaps)
            if not count(fact.value.get("failed")):
                tried = many(count(fact.value.get("attempts")), "attempt")
                raise Unknown("not-found", f"None of {tried} in the sign-in log{_from_to(history)} ended in {number}.")
            return history
    raise Unknown("not-found", f"The sign-in history in the evidence is not of {number}.")


def signins_if_any(facts: Facts, about: Subject) -> SignIns | None:
    """The same, or None: for questions whose onset may be the time of the failure itself."""
    try:
        return signins(facts, about)
    except Unknown:
        return None


def began_at(facts: Facts, about: Subject) -> dt.datetime:
    """When the failures began, as far as the sign-in log tells; else the failure itself."""
    history = signins_if_any(facts, about)
    return (history.onset(about) if history else None) or moment(about)


def wrong_passwords(facts: Facts, about: Subject) -> tuple[list[Object], bool]:
    """Wrong passwords of the affected user in the hour before the failure, and whether the log would show every one."""
    at, name = moment(about), user(about)
    history = signins(facts, about)
    held = [*history.rows("siblings"), *(history.failures if history.code == _WRONG_PASSWORD else [])]
    found = [
        item
        for item in held
        if item.get("code") == _WRONG_PASSWORD
        and same(item.get("user"), name)
        and (when := time_of(item.get("at"))) is not None
        and at - _HOUR <= when <= at
    ]
    return found, history.covers(at - _HOUR, at) and not history.value.get("siblings_cut")


def origins(facts: Facts) -> dict[str, Object]:
    """Users by principal name, those whose origin is stated."""
    return {
        str(item["userPrincipalName"]).casefold(): item
        for item in objects(*facts.need("graph.users"))
        if item.get("userPrincipalName") and "onPremisesSyncEnabled" in item
    }


def is_synced(item: Object) -> bool:
    """Whether a user comes from Active Directory; Graph writes null for those who never did."""
    return item.get("onPremisesSyncEnabled") is True


def units(item: Object) -> tuple[str, ...]:
    """The containers of a user from the domain downwards, without the user's own name."""
    parts = re.split(r"(?<!\\),", str(item.get("onPremisesDistinguishedName") or ""))
    return tuple(part.strip().casefold() for part in reversed(parts[1:]))


def of_unit(found: list[Object], facts: Facts, about: Subject) -> tuple[list[Object], list[str]]:
    """Attempts of the affected user and of those in the same OU, and the people of whom that is not known."""
    if not about.user:
        return found, []
    places = {str(item.get("userPrincipalName")).casefold(): units(item) for item in objects(*facts.all("graph.users"))}
    home = places.get(about.user.casefold()) or units({"onPremisesDistinguishedName": about.dn})
    mine, strangers = [], set()
    for item in found:
        name = str(item.get("user") or "").casefold()
        if same(name, about.user) or (home and places.get(name) == home):
            mine.append(item)
        elif not home or not places.get(name):
            strangers.add(name)
    return mine, sorted(strangers)


def _near(item: Object, at: dt.datetime | None) -> bool:
    when = time_of(item.get("at"))
    return at is None or (when is not None and abs(when - at) <= _HOUR)


def _from_to(history: SignIns) -> str:
    return f" from {utc(history.span.start)} to {utc(history.span.end)}" if history.span else ""
