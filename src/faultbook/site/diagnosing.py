"""The pages of a diagnosis in the browser, in the frame of the reference. What shows the diagnosis itself is ``diagnose.body``."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from faultbook.diagnose import body
from faultbook.diagnose.body_verified import verified_body
from faultbook.diagnose.diagnosis import Diagnosis
from faultbook.diagnose.sentences import settled
from faultbook.diagnose.verification import MEANS, TURNED, Verification
from faultbook.site.assets import assets
from faultbook.site.page import Page
from faultbook.site.render import rendered
from faultbook.sources import FileReport

_SETTLED: Final = ((body.causes, body.times, body.fixes), (body.checks, body.unanswered))
_UNSETTLED: Final = ((body.causes, body.checks, body.times, body.fixes), (body.unanswered,))
"""What stands before and after the question whether it is mended. Where no cause is settled, what would settle one comes before what to do."""
_PLACES: Final[tuple[tuple[str, str], ...]] = (
    ("causes", "Causes"),
    ("times", "When"),
    ("do", "What to do"),
    ("verify", "Is it mended?"),
    ("next", "Next checks"),
    ("open", "Not checked"),
    ("facts", "Evidence"),
    ("take", "Take it along"),
)
_OURS: Final = {"verify", "take"}


class Shown(dict[str, Any]):
    """What every such page has: its style and script, and its place in the menu."""

    def __init__(self, title: str, **values: Any) -> None:
        made = assets()
        super().__init__(
            title=title,
            robots="noindex",
            here="diagnose",
            styles=[made[name].path for name in ("diagnosis.css", "diagnosing.css")],
            scripts=[made["diagnosing.js"].path],
            **values,
        )


def form_page(code: str, csrf: str, *, limits: Any, hours: float, signed_in: bool) -> Page:
    """Where a text and files are given. ``limits`` has ``upload_files`` and ``upload_bytes``."""
    values = Shown(
        "Which cause is true here",
        code=code, csrf=csrf, limits=limits, most=size(limits.upload_bytes), kept=span(hours), signed_in=signed_in,
    )  # fmt: skip
    return rendered("give_evidence.html", "/diagnose", values)


def progress_page(words: str, files: int, address: str) -> Page:
    """What is being done; looks again by itself, with a script or without."""
    watch = (
        address.replace("/verified", "/progress?verified") if address.endswith("/verified") else f"{address}/progress"
    )
    return rendered("progress.html", address, Shown("Reading the evidence", words=words, files=files, watch=watch))


def result_page(
    name: str,
    diagnosis: Diagnosis,
    files: Sequence[FileReport],
    verification: Verification | None,
    *,
    csrf: str,
    limits: Any,
    until: dt.datetime,
    signed_in: bool,
) -> Page:
    """The diagnosis: five lines first, then everything behind them, what can be taken along, and how to prove the fix."""
    first, last = _SETTLED if settled(diagnosis) else _UNSETTLED
    before = _written(*(part(diagnosis) for part in first))
    after = _written(*(part(diagnosis) for part in last), body.facts(diagnosis, files))
    values = Shown(
        f"{diagnosis.error.code}: {diagnosis.verdict}",
        name=name,
        top=_written(body.top(diagnosis)),
        before=before,
        after=after,
        foot=_written(body.foot(diagnosis)),
        places=_places(before, after),
        verification=verification,
        turned=TURNED[verification.turned] if verification else "",
        means=MEANS[verification.turned] if verification else "",
        wanted=_wanted(diagnosis),
        csrf=csrf,
        limits=limits,
        until=f"{until:%Y-%m-%d %H:%M} UTC",
        signed_in=signed_in,
    )
    return rendered("result.html", "", values)


def verified_page(name: str, verification: Verification, files: Sequence[FileReport]) -> Page:
    """What became of each failed question."""
    shown = _written([verified_body(verification, files)])
    return rendered("verified.html", "", Shown(TURNED[verification.turned], name=name, body=shown))


def deleted_page() -> Page:
    """It is gone."""
    return rendered("deleted.html", "", Shown("Deleted"))


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1_000_000:.0f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"


def span(hours: float) -> str:
    """Hours for people."""
    if hours >= 48 and hours % 24 == 0:
        return f"{hours / 24:.0f} days"
    return f"{hours:g} hour{'' if hours == 1 else 's'}"


def _written(*parts: Any) -> Markup:
    """HTML of ``diagnose.body``, which has escaped whatever came from outside."""
    return Markup("".join("".join(part) for part in parts))  # noqa: S704 - by the contract of diagnose.body


def _places(before: str, after: str) -> list[tuple[str, str]]:
    """The sections that are there, in their order."""
    order = [before.find(f'id="{place}"') for place, _ in _PLACES]
    there = [(at, one) for at, one in zip(order, _PLACES, strict=True) if at >= 0]
    rest = [one for one in _PLACES if one[0] in _OURS or f'id="{one[0]}"' in after]
    return [*(one for _, one in sorted(there)), *rest]


def _wanted(diagnosis: Diagnosis) -> str:
    """Which newer files would answer what the fixes ask."""
    questions = [fix.verify.question for fix in diagnosis.fixes if fix.verify]
    asked = f" Proven is a fix by: {' '.join(dict.fromkeys(questions))}" if questions else ""
    return f"The sign-in log from after the fix, successes included, and whatever answered before.{asked}"
