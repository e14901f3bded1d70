"""Sign-in exports of every shape to one fact, ``signins.history``, by way of an embedded database.

Only this package imports DuckDB, and only while it works, so that everything else starts without it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from faultbook.errors import EvidenceError
from faultbook.evidence import Fact, Window, instant
from faultbook.sources import FileReport
from faultbook.sources.signins.attempts import single_out
from faultbook.sources.signins.formats import detect
from faultbook.sources.signins.history import About, gaps, value
from faultbook.sources.signins.load import Limits, SigninFile, loaded
from faultbook.sources.signins.mapping import FIELDS

__all__ = ["FIELDS", "Limits", "SigninFile", "Whom", "detect", "history", "subject"]

KIND: Final = "signins.history"


class Whom(Struct, frozen=True, kw_only=True):
    """Whom and what one attempt concerned, as far as the export says."""

    at: datetime
    code: int
    user: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    resource_id: str | None = None
    correlation_id: str | None = None


def history(
    files: Sequence[SigninFile],
    code: int | None,
    *,
    correlation_id: str | None = None,
    about_user: str | None = None,
    ids: Collection[str] = (),
    limits: Limits | None = None,
) -> tuple[Fact, list[FileReport]]:
    """What all exports together say about a result code, and one report for each file in the order given.

    Without a code nothing counts as failing; times and codes are still counted. Attempts with the given ids or of the given user are kept
    where a list has to be cut. The answer depends neither on the order of the files nor on the number of threads.
    """
    about = About(tuple(sorted({*ids, correlation_id or ""} - {""})), about_user or "")
    try:
        with loaded(files, limits or Limits()) as (base, reports):
            single_out(base)
            found = value(base, code, sum(report.rows for report in reports), about)
    except ImportError as missing:
        raise EvidenceError(
            "Sign-in exports need DuckDB, which is not installed.", do="Install it: pip install 'faultbook[evidence]'"
        ) from missing
    windows = [report.window for report in reports if report.window]
    by = ", ".join(sorted(report.path for report in reports if report.window))
    fact = Fact(kind=KIND, target="" if code is None else str(code), value=found, gaps=gaps(windows), by=by)
    return (_bounded(fact, windows) if windows else _nothing(fact)), reports


def _bounded(fact: Fact, windows: Sequence[Window]) -> Fact:
    return replace(fact, window=Window(min(window.start for window in windows), max(window.end for window in windows)))


def _nothing(fact: Fact) -> Fact:
    return replace(
        fact, value=None, why_unknown="unexpected-shape", detail="No sign-in could be read from the exports."
    )


def subject(fact: Fact, *, ids: Collection[str] = (), user: str | None = None) -> Whom | None:
    """The attempt that carries one of the ids (request or correlation), else the user's latest failure with the code of the fact.

    Reads the history already made, with whose code the ids came; None where it holds no such attempt.
    """
    if not isinstance(fact.value, Mapping):
        return None
    wanted = {one.lower() for one in ids if one}
    failures, siblings = list(fact.value["failures"]), list(fact.value["siblings"])
    for row in (*failures, *siblings):
        if wanted & {str(row.get("id", "")).lower(), str(row.get("correlation_id", "")).lower()}:
            return _whom(row)
    return next((_whom(row) for row in reversed(failures) if user and row.get("user") == user.lower()), None)


def _whom(row: Mapping[str, Any]) -> Whom:
    at = instant(row["at"])
    assert at is not None
    names = ("user", "user_id", "app_id", "resource_id", "correlation_id")
    return Whom(at=at, code=row["code"], **{name: row.get(name) for name in names})
