"""Times that are no ISO 8601, read by the look of the whole column: 3/4/2026 alone does not say which number is the month."""

# ruff: noqa: S608 - statements are put together from constants of this package; what a file holds travels as parameters

import datetime as dt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

_PARTS: Final = (
    r"^\s*(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4}),?\s+(?:at\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?[Mm]?\.?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$"
)
_NAMES: Final = "['a', 'b', 'c', 'hour', 'minute', 'second', 'half', 'zone']"
_EARLIEST: Final = dt.datetime(2005, 1, 1)  # noqa: DTZ001 - the table holds UTC without a zone
_LATEST: Final = dt.datetime(2100, 1, 1)  # noqa: DTZ001 - as above

_ORDERS: Final = {"month first": ("c", "a", "b"), "day first": ("c", "b", "a"), "year first": ("a", "b", "c")}


def repair(base: "duckdb.DuckDBPyConnection", source: int) -> list[str]:
    """Give rows whose time was not read a time where the column as a whole allows it; say what was assumed."""
    base.execute(
        "UPDATE signin SET happened = NULL WHERE source = ? AND (happened < ? OR happened >= ?)",
        [source, _EARLIEST, _LATEST],
    )
    waiting = base.execute(
        "SELECT count(*) FROM signin WHERE source = ? AND happened IS NULL AND unread IS NOT NULL", [source]
    ).fetchone()
    if not waiting or not waiting[0]:
        return []
    base.execute(
        f"""CREATE OR REPLACE TEMP TABLE clock AS SELECT DISTINCT unread,
        regexp_extract(translate(unread, chr(8239) || chr(160), '  '), '{_PARTS}', {_NAMES}) AS part,
        regexp_extract(unread, 'Date\\((-?[0-9]{{9,14}})', 1) AS milliseconds
        FROM signin WHERE source = ? AND happened IS NULL AND unread IS NOT NULL""",
        [source],
    )
    order, doubt = _order(base)
    base.execute(
        f"""UPDATE signin SET happened = {_instant(order)} FROM clock
        WHERE signin.source = ? AND signin.happened IS NULL AND signin.unread = clock.unread""",
        [source],
    )
    return [doubt] if doubt else []


def _order(base: "duckdb.DuckDBPyConnection") -> tuple[str, str]:
    """Which number is the month: by a number above twelve, by points, by AM and PM, by the shorter span; else the doubt in words."""
    row = base.execute(
        """SELECT max(length(part.a)), max(try_cast(part.a AS INTEGER)), max(try_cast(part.b AS INTEGER)),
        bool_or(part.half <> ''), bool_or(contains(unread, '.') AND regexp_matches(unread, '^\\s*\\d+\\.\\d+\\.')),
        min(unread) FROM clock WHERE part.a <> ''"""
    ).fetchone()
    if row is None or row[0] is None:
        return "month first", ""
    width, first, second, halves, points, example = row
    if width == 4:
        return "year first", ""
    if first > 12 or points:
        return "day first", ""
    if second > 12:
        return "month first", ""
    spans = {
        order: span
        for order in ("month first", "day first")
        for (span,) in base.execute(
            f"SELECT epoch(max(t) - min(t)) FROM (SELECT {_instant(order)} AS t FROM clock)"
        ).fetchall()
    }
    order = min(spans, key=lambda name: (spans[name] if spans[name] is not None else 9e99, name != "month first"))
    if spans["month first"] == spans["day first"] and halves:
        order = "month first"
    said = f"Day and month cannot be told apart in this file's times (such as {example}); they were read {order}. Export with ISO times to be sure."
    return order, said


def _instant(order: str) -> str:
    """The SQL that puts the parts together; NULL where they are no time."""
    year, month, day = _ORDERS[order]
    return f"""coalesce(
        make_timestamp(try_cast(milliseconds AS BIGINT) * 1000),
        try_cast(concat(
            CASE WHEN length(part.{year}) = 2 THEN '20' || part.{year} ELSE part.{year} END, '-', lpad(part.{month}, 2, '0'), '-', lpad(part.{day}, 2, '0'), ' ',
            lpad(CASE WHEN part.half = '' THEN part.hour ELSE CAST(coalesce(try_cast(part.hour AS INTEGER), 99) % 12
                + CASE WHEN part.half IN ('p', 'P') THEN 12 ELSE 0 END AS VARCHAR) END, 2, '0'),
            ':', part.minute, ':', CASE WHEN part.second = '' THEN '00' ELSE part.second END,
            CASE WHEN part.zone IN ('', 'Z', 'UTC', 'GMT') THEN 'Z' ELSE part.zone END) AS TIMESTAMPTZ)::TIMESTAMP)"""
