"""The API for people: what there is, how to call it, what it is held to."""

from collections.abc import Iterable
from html import escape

from faultbook.settings import Settings
from faultbook.site import Page
from faultbook.site.render import frame
from faultbook.web.operation import PREFIX, Operation


def api_page(operations: Iterable[Operation], settings: Settings) -> Page:
    """One page about the whole API."""
    base = settings.serve.base_url or f"http://{settings.serve.host}:{settings.serve.port}"
    rows = "".join(
        f'<tr><th scope="row"><code>{one.method} {escape(PREFIX + one.path)}</code></th><td>{_sentences(one.detail)}</td></tr>'
        for one in operations
    )
    limits = settings.limits
    body = f"""<h1>API</h1>
<p>Everything that the command line prints with <code>--json</code>, over HTTP: the same objects. For programs it is described in
<a href="{PREFIX}/openapi.json">OpenAPI 3.1</a>.</p>
<table><thead><tr><th scope="col">Operation</th><th scope="col">Answer</th></tr></thead><tbody>{rows}</tbody></table>
<h2>Examples</h2>
<pre><code>curl {escape(base)}{PREFIX}/codes/AADSTS120021
curl '{escape(base)}{PREFIX}/search?q=password+writeback'
curl {escape(base)}{PREFIX}/recognise --json '{{"text": "AADSTS50053: The account is locked."}}'
curl {escape(base)}{PREFIX}/diagnose -F text='&lt;error.txt' -F evidence=@signins.csv -F evidence=@logs.zip</code></pre>
<h2>When something is wrong</h2>
<p>Every failure is an <code>application/problem+json</code> (RFC 9457): <code>title</code> says what the status means, <code>detail</code> what
happened, <code>why</code> and <code>do</code> why and what to do, <code>request</code> under which number the log of the service has it.</p>
<h2>Limits</h2>
<p>A text may have {limits.text_bytes:,} bytes, a request with evidence {limits.upload_bytes:,} bytes in {limits.upload_files} files. One address may make
{limits.requests_per_minute} requests a minute, and {limits.work_per_minute} recognitions and diagnoses; beyond that comes 429 with <code>Retry-After</code>.
Answers of the book have an <code>ETag</code>: send it back in <code>If-None-Match</code>.</p>
<p>Texts and evidence are kept by nobody: they are gone when the answer is sent. What <code>POST {PREFIX}/diagnoses</code> makes is kept for
{settings.store.hours:g} hours, without the files; its name is its key.</p>
"""
    return frame("API", body, path="/api", description="The JSON API of Faultbook.")


def _sentences(text: str) -> str:
    """Our own words, in which only code is marked."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
