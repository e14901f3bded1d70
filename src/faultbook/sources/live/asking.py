"""One question put to an API, its answer written down."""

import datetime as dt
import json
from typing import Any, Final

from faultbook.evidence import Gap, instant
from faultbook.evidence.asks import KINDS
from faultbook.sources.live.ask import Ask, Record
from faultbook.sources.live.capture import Capture
from faultbook.sources.live.connection import Answer, Connection
from faultbook.sources.live.failure import Failure

_TITLES: Final = {
    "graph": "Microsoft Graph v1.0",
    "beta": "Microsoft Graph beta",
    "powerbi": "Power BI REST API",
    "public": "Microsoft sign-in",
}
_TIMES: Final = ("createdDateTime", "activityDateTime")
_CONTEXT: Final = "@odata.context"


class Asker:
    """Puts questions to one API. ``delegated`` tells whether its token acts for a person, once there is one."""

    def __init__(self, connection: Connection, capture: Capture, now: Any) -> None:
        self._connection = connection
        self._capture = capture
        self._now = now

    async def ask(self, ask: Ask) -> Record:
        """Put one question, unless an earlier run has its answer, and write down what became of it."""
        if known := self._capture.done(ask.name):
            return known
        try:
            return await (self._listed(ask) if ask.paged else self._single(ask))
        except Failure as failure:
            return self._capture.finish(refused(ask, failure, self._now(), delegated=self._connection.delegated))

    async def _single(self, ask: Ask) -> Record:
        answer = await self._connection.get(ask.path, ask.params, errors=ask.errors)
        body, why = _kept(answer)
        if why:
            raise why
        return self._capture.finish(record(ask, self._now(), ids=answer.ids, rows=1, pages=1), body, _suffix(body))

    async def _listed(self, ask: Ask) -> Record:
        """All pages of a list as one answer. Where it breaks off, what came is kept and the rest is a gap."""
        pages, link = self._capture.pages(ask.name)
        ids: list[str] = []
        broken: Failure | None = None
        if not pages or link:
            try:
                async for page in self._connection.pages(ask.path, ask.params, start=link):
                    self._capture.keep_page(ask.name, page.document, page.next)
                    pages.append(page.document)
                    link = page.next
                    ids += page.ids
                    if link and len(pages) >= ask.most:
                        broken = Failure("ambiguous", f"Only the first {len(pages)} pages were read.", ids=page.ids)
                        break
            except Failure as failure:
                broken = failure
        if broken and not pages:
            raise broken
        rows = [row for page in pages for row in page["value"]]
        document = {
            key: value for key, value in pages[0].items() if key not in ("value", "@odata.nextLink", "@odata.count")
        }
        gaps = (_rest(ask, rows, broken),) if broken and ask.window and ask.kind != "graph.serviceHealthIssues" else ()
        made = record(
            ask, self._now(), ids=tuple(ids[-6:]), rows=len(rows), pages=len(pages),
            gaps=tuple(gap for gap in gaps if gap), sentence=broken.sentence if broken else "",
            unfinished=broken is not None and len(pages) < ask.most,
        )  # fmt: skip
        return self._capture.finish(
            made,
            json.dumps({**document, "value": rows}, ensure_ascii=False).encode()
            if rows or _says_what(document)
            else b"{}",
        )


def record(ask: Ask, now: dt.datetime, **more: Any) -> Record:
    """What became of a question, with all that the question itself says."""
    return Record(
        name=ask.name, kind=ask.kind, target=ask.target, source=source_of(ask), grant=grant_of(ask), window=ask.window,
        read_at=now.replace(microsecond=0), lead=ask.lead, **more,
    )  # fmt: skip


def refused(ask: Ask, failure: Failure, now: dt.datetime, *, delegated: bool | None) -> Record:
    """A question without an answer: the reason, and what single right would have opened it."""
    kind = KINDS.get(ask.kind)
    why, sentence = failure.why, failure.sentence
    if why == "not-permitted" and kind and kind.delegated_only and delegated is False:
        why = "delegated-only"
        sentence = (
            f"{sentence} An application alone may not read this; a person in the role {kind.role or 'that may'} can."
        )
    elif why == "not-permitted" and _lacks_right(ask, failure) and kind and kind.permission not in ("", "none"):
        sentence = f"{sentence} It needs {kind.permission}."
    elif why == "not-licensed" and kind and kind.licence:
        sentence = f"{sentence} It needs {kind.licence}."
    return record(ask, now, why=why, sentence=sentence, ids=failure.ids)


def _lacks_right(ask: Ask, failure: Failure) -> bool:
    """Whether a refusal is one of rights, and not of the token; Power BI says 401 to both."""
    return failure.status == 403 or (failure.status == 401 and ask.api == "powerbi")


def source_of(ask: Ask) -> str:
    """Who is asked, in words that a person can follow up."""
    return f"{_TITLES.get(ask.api, ask.api)}: {ask.shown or ask.path.partition('?')[0]}"


def grant_of(ask: Ask) -> str:
    """By what right."""
    kind = KINDS.get(ask.kind)
    return "none" if ask.api == "public" or kind is None else kind.permission or "none"


def _kept(answer: Answer) -> tuple[bytes, Failure | None]:
    """The bytes to keep; an answer that only its status tells is written with its status line."""
    body = answer.body.strip()
    if answer.status < 400:
        return (body or b"{}"), None
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        code = ""
    if body and not str(code).startswith(("DM_GWPipeline", "DMTS_")):
        return b"", Failure(
            "source-failed",
            f"It answered {answer.status} ({code or 'no code'}).",
            status=answer.status,
            code=str(code),
            ids=answer.ids,
        )
    return (body or f"HTTP/1.1 {answer.status} answered\r\n\r\n".encode()), None


def _suffix(body: bytes) -> str:
    return "xml" if body.startswith(b"<") else "txt" if body.startswith(b"HTTP/") else "json"


def _says_what(document: dict[str, Any]) -> bool:
    return _CONTEXT in document


def _rest(ask: Ask, rows: list[Any], broken: Failure) -> Gap | None:
    """The part of a window that did not come, by the times of the rows that did: logs come newest first."""
    window = ask.window
    assert window is not None
    times = [
        at
        for row in rows
        if isinstance(row, dict) and (at := instant(next((row[key] for key in _TIMES if key in row), None)))
    ]
    if not times:
        return Gap(window.start, window.end, broken.sentence)
    if times[0] < times[-1]:
        return Gap(max(times), window.end, broken.sentence) if max(times) < window.end else None
    return Gap(window.start, min(times), broken.sentence) if min(times) > window.start else None
