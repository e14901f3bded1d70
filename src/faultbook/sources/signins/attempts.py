"""From rows to attempts: one sign-in may be written several times.

The rule. Rows with one request id are one attempt, whichever exports they come from. Rows without an id are the same where every column is
the same, as often as one file holds them. Rows of one correlation id, user, application and resource, each at most five minutes after the
one before, are one attempt too (a sign-in with several factors is several rows in Azure Monitor), with one exception: after a failure that
ends a sign-in a *different* result is a new attempt, so that a retry that works does not hide the failure before it.

The result of an attempt is its last row that ends a sign-in, a success or a failure; where all of its rows are interrupts (the page asked
for something more), it is the last of these.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; what a file holds travels as parameters

from typing import TYPE_CHECKING, Final

from faultbook.sources.signins.mapping import detail

if TYPE_CHECKING:
    import duckdb

INTERRUPTS: Final = (
    16000, 16001, 50055, 50058, 50072, 50074, 50076, 50078, 50079, 50097, 50125, 50127, 50129, 50140, 50144, 50158, 50199, 50201,
    50203, 51006, 65001,
)  # fmt: skip
"""Results by which a sign-in asks for something (an account, a factor, a device, a new password, consent) and goes on."""

_OPEN: Final = f"code IN ({', '.join(map(str, INTERRUPTS))})"
_ALL: Final = "code, person, app, resource, client_app, ip, place, kind, token_issuer_type, device_os, device, details"
_LAST: Final = f"({_OPEN}), happened DESC, code DESC, {detail('policies')} IS NULL, device_os IS NULL, {_ALL}"


def single_out(base: "duckdb.DuckDBPyConnection") -> None:
    """Leave one row per attempt in the table ``signin``."""
    _name_the_nameless(base)
    twice = base.execute(
        "CREATE TEMP TABLE twice AS SELECT key FROM signin GROUP BY key HAVING count(*) > 1"
    ).fetchone()
    if twice and twice[0]:
        base.execute(
            f"""DELETE FROM signin WHERE rowid IN (SELECT rowid FROM (SELECT signin.rowid,
            row_number() OVER (PARTITION BY key ORDER BY {_LAST}) AS place FROM signin SEMI JOIN twice USING (key)) WHERE place > 1)"""
        )
    talks = base.execute(
        "CREATE TEMP TABLE talk AS SELECT thread FROM signin WHERE thread IS NOT NULL GROUP BY thread HAVING count(*) > 1"
    ).fetchone()
    if talks and talks[0]:
        _join_threads(base)


def _name_the_nameless(base: "duckdb.DuckDBPyConnection") -> None:
    """Rows without a request id get a key from their content and from how often their own file has held it before."""
    base.execute(
        f"""UPDATE signin SET key = named.key FROM (
            SELECT rowid AS place, hash(content, row_number() OVER (PARTITION BY source, content ORDER BY rowid)) AS key
            FROM (SELECT rowid, source, hash(happened, {_ALL}) AS content FROM signin WHERE key IS NULL)) AS named
        WHERE signin.rowid = named.place"""
    )


def _join_threads(base: "duckdb.DuckDBPyConnection") -> None:
    base.execute(
        f"""DELETE FROM signin WHERE rowid IN (
        WITH part AS (SELECT signin.rowid AS place, * FROM signin SEMI JOIN talk USING (thread)),
        step AS (SELECT *, lag(happened) OVER one AS before, lag(code) OVER one AS was FROM part
            WINDOW one AS (PARTITION BY thread ORDER BY happened, NOT ({_OPEN}), code, key)),
        cut AS (SELECT *, CASE WHEN before IS NULL OR happened - before > INTERVAL 5 MINUTES
            OR (was <> 0 AND NOT (was IN ({", ".join(map(str, INTERRUPTS))})) AND was <> code) THEN 1 ELSE 0 END AS opens FROM step),
        run AS (SELECT *, sum(opens) OVER (PARTITION BY thread ORDER BY happened, NOT ({_OPEN}), code, key) AS number FROM cut)
        SELECT place FROM (SELECT place, row_number() OVER (PARTITION BY thread, number ORDER BY {_LAST}, key) AS rank FROM run) WHERE rank > 1)"""
    )
