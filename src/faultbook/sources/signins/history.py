"""The questions asked of all attempts at once, each one statement of SQL with a fixed order."""

# ruff: noqa: S608 - statements are put together from constants of this package; what a file holds travels as parameters

import datetime as dt
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from faultbook.evidence import Gap, Window, iso

if TYPE_CHECKING:
    import duckdb

MOST: Final = 2_000
"""Failures, siblings, recoveries and buckets kept at most; the counts are always of all."""

MOST_WITHOUT: Final = 1_000
"""Values of one attribute kept in the contrast although nobody failed with them."""

_STEPS: Final = (300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_HOLE: Final = dt.timedelta(hours=1)
_DOMAIN: Final = "nullif(split_part(person, '@', 2), '')"
_SHARED: Final = f"coalesce({_DOMAIN}, person, app_id)"
_ATTEMPT: Final = {
    "happened": "at", "id": "id", "correlation_id": "correlation_id", "person": "user", "user_id": "user_id", _DOMAIN: "domain",
    "app": "app", "app_id": "app_id", "resource": "resource", "resource_id": "resource_id", "client_app": "client_app", "ip": "ip",
    "country": "country", "code": "code", "reason": "reason", "ca_status": "ca_status", "policies": "ca_policies", "kind": "kind",
    "token_issuer_type": "token_issuer_type", "device_os": "device_os",
}  # fmt: skip
_COLUMNS: Final = ", ".join(f"{column} AS a{number}" for number, column in enumerate(_ATTEMPT))
_IN_ORDER: Final = "happened, id, correlation_id, person, app, resource, code, key"
_STATUSES: Final = {"success": "success", "failure": "failure", "failed": "failure", "notapplied": "notApplied"}


class About(Struct, frozen=True):
    """Whose attempts must not fall to a limit: request or correlation ids, and a user."""

    ids: tuple[str, ...] = ()
    user: str = ""

    @property
    def values(self) -> list[Any]:
        """As SQL parameters, in the order in which the statements want them."""
        return [[one.lower() for one in self.ids], self.user.lower()]


def value(base: "duckdb.DuckDBPyConnection", code: int | None, rows: int, about: About) -> dict[str, Any]:
    """The value of ``signins.history`` over the attempts in the table ``signin``."""
    total = base.execute(
        "SELECT count(*), count(*) FILTER (code = $1), count(*) FILTER (code = 0), min(happened), max(happened) FROM signin",
        [code],
    ).fetchone()
    attempts, failed, succeeded, first, last = total or (0, 0, 0, None, None)
    seconds, buckets = _buckets(base, code, first, last) if first else (_STEPS[0], [])
    failures, siblings = _failures(base, code, about) if failed else ([], [])
    return {
        "code": code,
        "rows": rows,
        "attempts": attempts,
        "failed": failed,
        "succeeded": succeeded,
        "other_failed": attempts - failed - succeeded,
        "bucket_seconds": seconds,
        "buckets": buckets,
        "codes": _codes(base),
        "failures": failures[:MOST],
        "failures_cut": failed > MOST,
        "siblings": siblings[:MOST],
        "siblings_cut": len(siblings) > MOST,
        "recoveries": _recoveries(base, code) if failed else [],
        "contrast": _contrast(base, code) if failed else [],
    }


def _buckets(
    base: "duckdb.DuckDBPyConnection", code: int | None, first: dt.datetime, last: dt.datetime
) -> tuple[int, list[dict[str, Any]]]:
    """Counts over time without holes, in steps that keep the list short."""
    span = (last - first).total_seconds()
    seconds = next((step for step in _STEPS if span / step < MOST - 1), math.ceil(span / (MOST - 1) / 86400) * 86400)
    counted = {
        start: (failed, succeeded, other)
        for start, failed, succeeded, other in base.execute(
            """SELECT epoch_us(happened) // (1000000 * $2) AS start, count(*) FILTER (code = $1), count(*) FILTER (code = 0),
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
        """SELECT code, count(*) AS many, count(DISTINCT who), min(happened), max(happened) FROM signin WHERE code > 0
        GROUP BY code ORDER BY many DESC, code LIMIT $1""",
        [MOST],
    ).fetchall()
    return [
        {"code": code, "count": many, "users": users, "first": _utc(first), "last": _utc(last)}
        for code, many, users, first, last in found
    ]


def _failures(
    base: "duckdb.DuckDBPyConnection", code: int | None, about: About
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Attempts that failed with this code, and what else failed for the same users or domains within an hour of one."""
    base.execute(f"CREATE TEMP TABLE failing AS SELECT *, {_SHARED} AS shared FROM signin WHERE code = $1", [code])
    base.execute(
        f"CREATE TEMP TABLE other AS SELECT *, {_SHARED} AS shared FROM signin WHERE code <> 0 AND code <> $1", [code]
    )
    mine = """(coalesce(list_contains($1, lower(id)), false) OR coalesce(list_contains($1, lower(correlation_id)), false)
        OR coalesce(person = $2, false)) DESC"""
    failures = base.execute(
        f"""SELECT {_COLUMNS} FROM (SELECT * FROM failing ORDER BY {mine}, {_IN_ORDER} LIMIT {MOST}) ORDER BY {_IN_ORDER}""",
        about.values,
    ).fetchall()
    siblings = base.execute(
        f"""WITH near AS (
            SELECT other.*, least(abs(epoch(other.happened - before.happened)), abs(epoch(following.happened - other.happened))) AS away
            FROM other ASOF LEFT JOIN (SELECT DISTINCT shared, happened FROM failing) AS before
                ON other.shared = before.shared AND other.happened >= before.happened
            ASOF LEFT JOIN (SELECT DISTINCT shared, happened FROM failing) AS following
                ON other.shared = following.shared AND other.happened <= following.happened),
        kept AS (SELECT near.* FROM near LEFT JOIN (SELECT DISTINCT who AS whom FROM failing WHERE who IS NOT NULL) ON who = whom
            WHERE away <= 3600 ORDER BY {mine}, (whom IS NOT NULL) DESC, away, {_IN_ORDER} LIMIT {MOST + 1})
        SELECT {_COLUMNS} FROM kept ORDER BY {_IN_ORDER}""",
        about.values,
    ).fetchall()
    return [_attempt(row) for row in failures], [_attempt(row) for row in siblings]


def _recoveries(base: "duckdb.DuckDBPyConnection", code: int | None) -> list[dict[str, Any]]:
    """Per user the first failure and the first success after one, in the same application and by the same kind of sign-in.

    Elsewhere a success proves nothing: tokens are refreshed in the background while a person stands before a failing page.
    """
    found = base.execute(
        f"""WITH fell AS (SELECT who, person, app, kind, happened FROM signin WHERE code = $1 AND who IS NOT NULL),
        rose AS (SELECT signin.who, app, kind, happened FROM signin SEMI JOIN fell ON signin.who = fell.who WHERE code = 0),
        again AS (SELECT fell.who, min(rose.happened) AS first_success FROM fell ASOF JOIN rose
            ON fell.who = rose.who AND coalesce(fell.app, '') = coalesce(rose.app, '') AND coalesce(fell.kind, '') = coalesce(rose.kind, '')
            AND fell.happened < rose.happened GROUP BY fell.who)
        SELECT min(person) AS person, min(happened) AS first_failure, any_value(first_success),
            count(*) FILTER (first_success IS NULL OR happened < first_success)
        FROM fell LEFT JOIN again USING (who) GROUP BY who ORDER BY first_failure, person LIMIT {MOST}""",
        [code],
    ).fetchall()
    return [
        {
            "user": user,
            "first_failure": _utc(first),
            "first_success": _utc(success) if success else None,
            "tries": tries,
        }
        for user, first, success, tries in found
    ]


def _contrast(base: "duckdb.DuckDBPyConnection", code: int | None) -> list[dict[str, Any]]:
    """For each attribute, which values the failing attempts have and which the succeeding ones.

    Few values are shared by many attempts, so these are counted per user first and only then per value: a user is counted once.
    """
    narrow = ("client_app", "country", "kind", "token_issuer_type", "device_os")
    base.execute(
        f"""CREATE TEMP TABLE narrow AS SELECT who, any_value(person) AS person, {", ".join(narrow)},
        count(*) FILTER (code = $1) AS failed, count(*) FILTER (code = 0) AS succeeded
        FROM signin WHERE code = 0 OR code = $1 GROUP BY who, {", ".join(narrow)}""",
        [code],
    )
    base.execute(
        f"""CREATE TEMP TABLE per_user AS SELECT who, min(person) AS person, min({_DOMAIN}) AS domain, sum(failed)::BIGINT AS failed,
        sum(succeeded)::BIGINT AS succeeded FROM narrow GROUP BY who"""
    )
    parts = [_per_value("domain", "domain", "per_user"), _per_value("user", "person", "per_user")]
    parts += [
        _per_value(
            name,
            name,
            f"(SELECT {name}, who, sum(failed) AS failed, sum(succeeded) AS succeeded FROM narrow GROUP BY ALL)",
        )
        for name in narrow
    ]
    parts += [
        _per_value(
            name,
            name,
            f"(SELECT {name}, who, count(*) FILTER (code = $1) AS failed, count(*) FILTER (code = 0) AS succeeded FROM signin WHERE code = 0 OR code = $1 GROUP BY {name}, who)",
        )
        for name in ("app", "resource", "ip")
    ]
    found = base.execute(
        f"""SELECT attribute, value, failed, succeeded, failed_users, succeeded_users FROM ({" UNION ALL ".join(parts)})
        QUALIFY failed > 0 AND row_number() OVER (PARTITION BY attribute, failed > 0 ORDER BY failed DESC, succeeded DESC, value) <= {MOST}
            OR failed = 0 AND row_number() OVER (PARTITION BY attribute, failed > 0 ORDER BY succeeded DESC, value) <= {MOST_WITHOUT}
        ORDER BY attribute, failed DESC, succeeded DESC, value""",
        [code],
    ).fetchall()
    names = ("attribute", "value", "failed", "succeeded", "failed_users", "succeeded_users")
    return [dict(zip(names, row, strict=True)) for row in found]


def _per_value(name: str, column: str, table: str) -> str:
    return f"""SELECT '{name}' AS attribute, {column} AS value, sum(failed)::BIGINT AS failed, sum(succeeded)::BIGINT AS succeeded,
        count(who) FILTER (failed > 0) AS failed_users, count(who) FILTER (succeeded > 0) AS succeeded_users
        FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}"""


def _attempt(row: Sequence[Any]) -> dict[str, Any]:
    """One attempt in the shape of ``docs/architecture.md``; what the row lacks is absent."""
    made = {name: cell for name, cell in zip(_ATTEMPT.values(), row, strict=True) if cell is not None}
    made["at"] = _utc(made["at"])
    made["ca_policies"] = _policies(made.get("ca_policies"))
    if status := made.get("ca_status"):
        made["ca_status"] = _STATUSES.get(status.replace(" ", "").lower(), status)
    return made


def _policies(text: str | None) -> list[dict[str, Any]] | None:
    """The Conditional Access policies applied, as far as the text is a list of objects."""
    try:
        listed = msgspec.json.decode(text or "")
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(listed, list):
        return None
    policies = ({key.lower(): said for key, said in policy.items()} for policy in listed if isinstance(policy, dict))
    return [{name: policy.get(name.lower()) for name in ("id", "displayName", "result")} for policy in policies]


def _utc(at: dt.datetime) -> str:
    return iso(at.replace(tzinfo=dt.UTC))


def gaps(windows: Sequence[Window]) -> tuple[Gap, ...]:
    """Spans of more than an hour between the exports that none of them covers."""
    found: list[Gap] = []
    end: dt.datetime | None = None
    for window in sorted(windows, key=lambda window: (window.start, window.end)):
        if end is not None and window.start - end > _HOLE:
            found.append(Gap(end, window.start, "No export covers this time."))
        end = window.end if end is None else max(end, window.end)
    return tuple(found)
