"""A kept diagnosis in every form in which it can be taken along."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from starlette.responses import FileResponse, Response

from faultbook.app import Diagnosis, Verification
from faultbook.sources import FileReport
from faultbook.stores import Kept


def parts_of(kept: Kept) -> tuple[Diagnosis, tuple[FileReport, ...], Verification | None]:
    """The diagnosis, the reports on its files, and its last verification, read from disk."""
    verified = verification_of(kept)
    return _diagnosis(kept), _files(kept), verified[0] if verified else None


def verification_of(kept: Kept) -> tuple[Verification, tuple[FileReport, ...]] | None:
    """The last verification and the reports on its files, where there was one."""
    try:
        verification = msgspec.json.decode(kept.read("verified.json"), type=Verification)
        return verification, msgspec.json.decode(kept.read("verified-files.json"), type=tuple[FileReport, ...])
    except FileNotFoundError:
        return None


def _diagnosis(kept: Kept) -> Diagnosis:
    return msgspec.json.decode(kept.read("diagnosis.json"), type=Diagnosis)


def _files(kept: Kept) -> tuple[FileReport, ...]:
    return msgspec.json.decode(kept.read("files.json"), type=tuple[FileReport, ...])


def _json(kept: Kept) -> Response:
    """What ``faultbook diagnose --json`` prints."""
    raw = msgspec.json.format(kept.read("diagnosis.json"), indent=2) + b"\n"
    return _attached(kept, raw, "application/json", "json")


def _markdown(kept: Kept) -> Response:
    from faultbook.diagnose.markdown import markdown

    return _attached(kept, markdown(_diagnosis(kept)).encode(), "text/markdown; charset=utf-8", "md")


def _html(kept: Kept) -> Response:
    from faultbook.diagnose.html import page

    return _attached(kept, page(_diagnosis(kept), _files(kept)).encode(), "text/html; charset=utf-8", "html")


def _case(kept: Kept) -> Response:
    return FileResponse(
        kept.path("case.zip"), media_type="application/zip", headers=_headers(kept, "zip", stem="support-case")
    )


FORMS: Final[Mapping[str, Callable[[Kept], Response]]] = {
    "diagnosis.json": _json,
    "diagnosis.md": _markdown,
    "report.html": _html,
    "case.zip": _case,
}


def _attached(kept: Kept, raw: bytes, kind: str, ending: str) -> Response:
    return Response(raw, media_type=kind, headers=_headers(kept, ending))


def _headers(kept: Kept, ending: str, *, stem: str = "diagnosis") -> dict[str, str]:
    """To be saved, not shown: nothing of it runs as a page of ours."""
    made = f"{kept.about.made:%Y-%m-%d-%H%M}"
    return {
        "content-disposition": f'attachment; filename="faultbook-{stem}-{made}.{ending}"',
        "cache-control": "no-store",
        "x-robots-tag": "noindex",
    }
