"""One recognised error, with the id that its content gives it."""

import hashlib

from faultbook.evidence.occurrence import Occurrence


def occurrence(
    code: str,
    *,
    at: str | None,
    correlation_id: str | None,
    trace_id: str | None,
    text: str,
    span: tuple[int, int],
    chain: tuple[str, ...],
    oauth_error: str | None = None,
    suberror: str | None = None,
    app: str | None = None,
) -> Occurrence:
    """The error of this code, of which this is printed."""
    content = f"{code}\x1f{at or ''}\x1f{correlation_id or ''}\x1f{trace_id or ''}\x1f{text}"
    return Occurrence(
        id=hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        code=code,
        at=at,
        app=app,
        correlation_id=correlation_id,
        trace_id=trace_id,
        oauth_error=oauth_error,
        suberror=suberror,
        span=span,
        chain=chain,
        text=text,
    )
