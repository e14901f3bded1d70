"""The questions asked of all attempts at once, each one statement of SQL with a fixed order."""

# ruff: noqa: S608 - statements are put together from constants of this package; what a file holds travels as parameters

import datetime as dt
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from faultbook.evidence import Gap, Window, iso
from faultbook.sources.signins.mapping import detail

if TYPE_CHECKING:
    import duckdb

MOST: Final = 2_000
"""Failures, siblings, recoveries and buckets kept at most; the counts are always of all."""

MOST_WITHOUT: Final = 1_000
"""Values of one attribute kept in the contrast although nobody failed with them."""

_STEPS: Final = (300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_NEAR: Final = 3600
_FEW: Final = ("client_app", "place", "kind", "token_issuer_type", "device_os", "device")
_MANY: Final = ("app", "resource", "ip")
_SHARED_VALUES: Final = """CREATE TEMP TABLE shared
    (attribute VARCHAR, value VARCHAR, failed BIGINT, succeeded BIGINT, failed_users BIGINT, succeeded_users BIGINT)"""
_HOLE: Final = dt.timedelta(hours=1)
_DOMAIN: Final = "nullif(split_part(person, '@', 2), '')"
_COUNTRY: Final = "nullif(trim(split_part(place, ',', -1)), '')"
_SHARED: Final = f"hash(coalesce({_DOMAIN}, person, {detail('app_id')}))"
_ATTEMPT: Final = {
    "at": "strftime(happened, $clock)", "id": detail("id"), "correlation_id": detail("correlation_id"), "user": "person",
    "user_id": detail("user_id"), "domain": _DOMAIN, "app": "app", "app_id": detail("app_id"), "resource": "resource",
    "resource_id": detail("resource_id"), "client_app": "client_app", "ip": "ip", "country": _COUNTRY, "code": "code",
    "reason": detail("reason"), "ca_status": detail("ca_status"), "ca_policies": detail("policies"), "kind": "kind",
    "token_issuer_type": "token_issuer_type", "device_os": "device_os",
    "device_id": detail("device_id"), "compliant": detail("compliant"), "trust": detail("trust"),
}  # fmt: skip
_COLUMNS: Final = ", ".join(_ATTEMPT.values())
_CLOCK: Final = "%Y-%m-%dT%H:%M:%SZ"
_STATUSES: Final = {"success": "success", "failure": "failure", "failed": "failure", "notapplied": "notApplied"}


Question = Callable[["duckdb.DuckDBPyConnection"], Any]


class About(Struct, frozen=True):
    """Whose attempts must not fall to a limit: request or correlation ids, and a user."""

    ids: tuple[str, ...] = ()
    user: str = ""

    @property
    def wanted(self) -> tuple[dict[str, Any], str]:
        """The parameters, and the condition over them that marks these attempts."""
        if not self.ids and not self.user:
            return {}, "false"
        condition = f"""coalesce(list_contains($ids, lower({detail("id")})), false) OR coalesce(person = $user, false)
            OR coalesce(list_contains($ids, lower({detail("correlation_id")})), false)"""
        return {"ids": [one.lower() for one in self.ids], "user": self.user.lower()}, f"({condition})"


def value(base: "duckdb.DuckDBPyConnection", code: int | None, rows: int, about: About) -> dict[str, Any]:
    """The value of ``signins.history`` over the attempts in the table ``signin``."""
    total = base.execute(
        "SELECT count(*), count(*) FILTER (code = $1), count(*) FILTER (code = 0), min(happened), max(happened) FROM signin",
        [code],
    ).fetchone()
    attempts, failed, succeeded, first, last = total or (0, 0, 0, None, None)
    seconds, buckets = _buckets(base, code, first, last) if first else (_STEPS[0], [])
    questions: list[Question] = [_codes]
    if failed:
        questions = [
            partial(_contrast_of_many, code=code),
            partial(_contrast_of_few, code=code),
            partial(_failures, code=code, about=about),
            partial(_recoveries, code=code),
            partial(_turns, code=code),
            _codes,
        ]
    *answers, codes = _at_once(base, questions)
    many, few, (failures, siblings), recoveries, turns = answers or ([], [], ([], []), [], [])
    return {
        "code": code,
        "rows": rows,
        "attempts": attempts,
        "failed": failed,
        "succeeded": succeeded,
        "other_failed": attempts - failed - succeeded,
        "bucket_seconds": seconds,
        "buckets": buckets,
        "codes": codes,
        "failures": failures[:MOST],
        "failures_cut": failed > MOST,
        "siblings": siblings[:MOST],
        "siblings_cut": len(siblings) > MOST,
        "recoveries": recoveries,
        "turns": turns,
        "contrast": sorted([*many, *few], key=itemgetter("attribute")),
    }


def _at_once(base: "duckdb.DuckDBPyConnection", questions: Sequence[Question]) -> list[Any]:
    """The answers in the order of the questions, two questions at a time: each is too small to keep two cores busy."""

    def asked(question: Question) -> Any:
        with base.cursor() as cursor:
            return question(cursor)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(asked, questions))


def _buckets(
    base: "duckdb.DuckDBPyConnection", code: int | None, first: dt.datetime, last: dt.datetime
) -> tuple[int, list[dict[str, Any]]]:
    """Counts over time without holes, in steps that keep the list short."""
    span = (last - first).total_seconds()
    seconds = next((step for step in _STEPS if span / step < MOST - 1), math.ceil(span / (MOST - 1) / 86400) * 86400)
    counted = {
        start: (failed, succeeded, other)
        for start, failed, succeeded, other in base.execute(
            """SELECT epoch_us(happened) // (1000000 * $2::BIGINT) AS start, count(*) FILTER (code = $1), count(*) FILTER (code = 0),
            count(*) FILTER (code <> 0 AND code IS DISTINCT FROM $1) FROM signin GROUP BY start""",
            [code, seconds],
        ).fetchall()
    }
    if code is None:
        counted = {start: (0, succeeded, other) for start, (_, succeeded, other) in counted.items()}
    made = []
    for start in range(min(counted), max(counted) + 1):
        failed, succeeded, other = counted.get(start, (0, 0, 0))
        at = iso(dt.datetime.fromtimestamp(start * seconds, dt.UTC))
        made.append({"start": at, "failed": failed, "succeeded": succeeded, "other": other})
    return seconds, made


def _codes(base: "duckdb.DuckDBPyConnection") -> list[dict[str, Any]]:
    found = base.execute(
        """SELECT code, count(*) AS many, count(DISTINCT who), strftime(min(happened), $clock), strftime(max(happened), $clock)
        FROM signin WHERE code > 0 GROUP BY code ORDER BY many DESC, code LIMIT $most""",
        {"most": MOST, "clock": _CLOCK},
    ).fetchall()
    return [dict(zip(("code", "count", "users", "first", "last"), row, strict=True)) for row in found]


def _failures(
    base: "duckdb.DuckDBPyConnection", code: int | None, about: About
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Attempts that failed with this code, and what else failed for the same users or domains within an hour of one.

    Where a list is cut, the attempts asked about stay, then those of users who failed, then those nearest to a failure.
    """
    wanted, mine = about.wanted
    base.execute(
        f"""CREATE TEMP TABLE failing AS SELECT rowid AS place_of, happened, key, who, {_SHARED} AS shared, {mine} AS mine
        FROM signin WHERE code = $code""",
        {"code": code, **wanted},
    )
    base.execute(
        f"CREATE TEMP TABLE kept AS SELECT place_of, false AS sibling FROM failing ORDER BY mine DESC, happened, key LIMIT {MOST}"
    )
    base.execute(
        f"""INSERT INTO kept
        WITH other AS (SELECT rowid AS place_of, happened, key, who, {_SHARED} AS shared, {mine} AS mine
            FROM signin WHERE code <> 0 AND code <> $code),
        moment AS (SELECT DISTINCT shared, happened FROM failing),
        near AS (SELECT other.*, least(epoch(other.happened - earlier.happened), epoch(later.happened - other.happened)) AS away
            FROM other
            ASOF LEFT JOIN moment AS earlier ON other.shared = earlier.shared AND other.happened >= earlier.happened
            ASOF LEFT JOIN moment AS later ON other.shared = later.shared AND other.happened <= later.happened)
        SELECT place_of, true FROM near WHERE away <= {_NEAR}
        ORDER BY mine DESC, who IN (SELECT who FROM failing WHERE who IS NOT NULL) DESC, away, happened, key LIMIT {MOST + 1}""",
        {"code": code, **wanted},
    )
    found = base.execute(
        f"SELECT sibling, {_COLUMNS} FROM signin JOIN kept ON signin.rowid = kept.place_of ORDER BY happened, key",
        {"clock": _CLOCK},
    ).fetchall()
    failures = [_attempt(row[1:]) for row in found if not row[0]]
    return failures, [_attempt(row[1:]) for row in found if row[0]]


def _recoveries(base: "duckdb.DuckDBPyConnection", code: int | None) -> list[dict[str, Any]]:
    """Per user the first failure and the first success after one, in the same application and by the same kind of sign-in.

    Elsewhere a success proves nothing: tokens are refreshed in the background while a person stands before a failing page.
    """
    found = base.execute(
        f"""WITH fell AS (SELECT who, person, hash(app, kind) AS way, happened FROM signin WHERE code = $code AND who IS NOT NULL),
        rose AS (SELECT who, hash(app, kind) AS way, happened FROM signin WHERE code = 0 AND who IN (SELECT who FROM fell)),
        again AS (SELECT fell.who, min(rose.happened) AS first_success FROM fell ASOF JOIN rose
            ON fell.who = rose.who AND fell.way = rose.way AND fell.happened < rose.happened GROUP BY fell.who),
        person AS (SELECT min(person) AS name, min(happened) AS first_failure, any_value(first_success) AS first_success,
            count(*) FILTER (first_success IS NULL OR happened < first_success) AS tries FROM fell LEFT JOIN again USING (who) GROUP BY who)
        SELECT name, strftime(first_failure, $clock), strftime(first_success, $clock), tries
        FROM person ORDER BY first_failure, name LIMIT {MOST}""",
        {"code": code, "clock": _CLOCK},
    ).fetchall()
    return [dict(zip(("user", "first_failure", "first_success", "tries"), row, strict=True)) for row in found]


def _turns(base: "duckdb.DuckDBPyConnection", code: int | None) -> list[dict[str, Any]]:
    """Per user, application and kind of sign-in the failures, and the successes before, between and after them; an application by itself has no user."""
    found = base.execute(
        f"""WITH fell AS (SELECT who, app, kind, min(person) AS name, min(happened) AS low, max(happened) AS high, count(*) AS failed
            FROM signin WHERE code = $code GROUP BY who, app, kind),
        rose AS (SELECT who, app, kind, happened FROM signin WHERE code = 0)
        SELECT name, fell.app, failed, strftime(low, $clock), strftime(high, $clock), count(*) FILTER (happened < low),
            count(*) FILTER (happened BETWEEN low AND high), count(*) FILTER (happened > high),
            strftime(max(happened) FILTER (happened < low), $clock)
        FROM fell LEFT JOIN rose ON rose.who IS NOT DISTINCT FROM fell.who AND rose.app IS NOT DISTINCT FROM fell.app
            AND rose.kind IS NOT DISTINCT FROM fell.kind
        GROUP BY name, fell.app, fell.who, fell.kind, failed, low, high ORDER BY low, name, fell.app, fell.kind LIMIT {MOST}""",
        {"code": code, "clock": _CLOCK},
    ).fetchall()
    names = ("user", "app", "failed", "first_failure", "last_failure", "succeeded_before", "succeeded_between", "succeeded_after", "last_success")  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in found]


def _contrast_of_many(base: "duckdb.DuckDBPyConnection", code: int | None) -> list[dict[str, Any]]:
    """How often failing and succeeding attempts have each value of the attributes with many values, and how many users each.

    Counted over hashes, per user first so that a user counts once, and named at the end by one row of each: a third of what texts cost.
    """
    base.execute(
        f"""CREATE TEMP TABLE thin AS SELECT rowid AS place, who, code <> 0 AS fell, {", ".join(f"hash({name}) AS {name}" for name in _MANY)}
        FROM signin WHERE code = 0 OR code = $code""",
        {"code": code},
    )
    base.execute(_SHARED_VALUES)
    for name in _MANY:
        counted = f"SELECT {name} AS hashed, who, count(*) FILTER (fell) AS failed, count(*) FILTER (NOT fell) AS succeeded FROM thin GROUP BY hashed, who"
        named = f"SELECT hashed, {name} AS value FROM signin JOIN (SELECT {name} AS hashed, min(place) AS place FROM thin GROUP BY hashed) AS one ON signin.rowid = one.place"
        base.execute(
            f"INSERT INTO shared SELECT '{name}', value, * EXCLUDE (hashed, value) FROM ({_by_value('hashed', counted)}) JOIN ({named}) USING (hashed)"
        )
    return _most_shared(base)


def _contrast_of_few(base: "duckdb.DuckDBPyConnection", code: int | None) -> list[dict[str, Any]]:
    """The same for attributes with few values, by way of their combinations, and for users and their domains."""
    base.execute(
        f"""CREATE TEMP TABLE counted AS SELECT hash({", ".join(_FEW)}) AS few, who, count(*) FILTER (code <> 0) AS failed,
            count(*) FILTER (code = 0) AS succeeded, min(rowid) AS place FROM signin WHERE code = 0 OR code = $code GROUP BY few, who""",
        {"code": code},
    )
    base.execute(
        f"""CREATE TEMP TABLE named AS SELECT few, {", ".join(f"signin.{name}" for name in _FEW)}, {_COUNTRY} AS country
        FROM signin JOIN (SELECT few, min(place) AS at FROM counted GROUP BY few) AS one ON signin.rowid = one.at"""
    )
    base.execute(
        f"""CREATE TEMP TABLE people AS SELECT signin.person AS user, {_DOMAIN} AS domain, one.who, failed, succeeded
        FROM signin JOIN (SELECT who, sum(failed) AS failed, sum(succeeded) AS succeeded, min(place) AS at
            FROM counted WHERE who IS NOT NULL GROUP BY who) AS one ON signin.rowid = one.at"""
    )
    base.execute(_SHARED_VALUES)
    for name in (*(name for name in _FEW if name != "place"), "country"):
        counted = f"SELECT {name}, who, sum(failed) AS failed, sum(succeeded) AS succeeded FROM counted JOIN named USING (few) GROUP BY {name}, who"
        base.execute(f"INSERT INTO shared SELECT '{name}', * FROM ({_by_value(name, counted)})")
    for name in ("domain", "user"):
        base.execute(f"INSERT INTO shared SELECT '{name}', * FROM ({_by_value(name, 'FROM people')})")
    return _most_shared(base)


def _by_value(column: str, per_user: str) -> str:
    return f"""SELECT {column}, sum(failed), sum(succeeded), count(who) FILTER (failed > 0), count(who) FILTER (succeeded > 0)
        FROM ({per_user}) GROUP BY {column}"""


def _most_shared(base: "duckdb.DuckDBPyConnection") -> list[dict[str, Any]]:
    names = ("attribute", "value", "failed", "succeeded", "failed_users", "succeeded_users")
    found = base.execute(
        f"""SELECT {", ".join(names)} FROM shared WHERE value IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY attribute, failed > 0 ORDER BY failed DESC, succeeded DESC, value)
            <= CASE WHEN failed > 0 THEN {MOST} ELSE {MOST_WITHOUT} END
        ORDER BY attribute, failed DESC, succeeded DESC, value"""
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def _attempt(row: Sequence[Any]) -> dict[str, Any]:
    """One attempt in the shape of ``docs/architecture.md``; what the row lacks is absent."""
    made = {name: cell for name, cell in zip(_ATTEMPT, row, strict=True) if cell is not None}
    made["ca_policies"] = _policies(made["ca_policies"]) if "ca_policies" in made else None
    if status := made.get("ca_status"):
        made["ca_status"] = _STATUSES.get(status.replace(" ", "").lower(), status)
    return made


def _policies(text: str) -> list[dict[str, Any]] | None:
    """The Conditional Access policies applied, as far as the text is a list of objects."""
    try:
        listed = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(listed, list):
        return None
    policies = ({key.lower(): said for key, said in policy.items()} for policy in listed if isinstance(policy, dict))
    return [{name: policy.get(name.lower()) for name in ("id", "displayName", "result")} for policy in policies]


def gaps(windows: Sequence[Window]) -> tuple[Gap, ...]:
    """Spans of more than an hour between the exports that none of them covers."""
    found: list[Gap] = []
    end: dt.datetime | None = None
    for window in sorted(windows, key=lambda window: (window.start, window.end)):
        if end is not None and window.start - end > _HOLE:
            found.append(Gap(end, window.start, "No export covers this time."))
        end = window.end if end is None else max(end, window.end)
    return tuple(found)
