"""Public addresses of an identity provider: what is wrong with one is told apart (name, connect, tls, timeout, answer), and metadata is read."""

import datetime as dt
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio.abc import SocketStream
from anyio.streams.tls import TLSAttribute, TLSStream

from faultbook.analysis import certificate
from faultbook.evidence import iso
from faultbook.sources.items import clean
from faultbook.sources.live.connection import said
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.guard import Guard, GuardedTransport, Resolve, checked, resolve

SECONDS: Final = 10.0
LARGEST: Final = 4 << 20
HOPS: Final = 5
METADATA: Final = "/FederationMetadata/2007-06/FederationMetadata.xml"
OPENID: Final = "/.well-known/openid-configuration"


class Probe:
    """Looks at addresses; ``ca`` is a file of trusted roots, if not the system's; ``guard`` as a server needs it, None on a person's machine."""

    def __init__(
        self,
        *,
        guard: Guard | None = None,
        ca: str = "",
        lookup: Resolve = resolve,
        seconds: float = SECONDS,
        http: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._guard = guard
        self._lookup = lookup
        self._seconds = seconds
        self._context = ssl.create_default_context(cafile=ca or None)
        inner = http or httpx2.AsyncHTTPTransport(verify=self._context)
        self._client = httpx2.AsyncClient(
            transport=GuardedTransport(inner, guard, lookup), follow_redirects=False, timeout=seconds
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def check(self, url: str, now: dt.datetime) -> dict[str, Any]:
        """The value of ``endpoint.check`` for one address: the stage that was reached, and what each stage showed."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        seen: dict[str, Any] = {"url": url, "host": host, "at": iso(now), "ok": False}
        stage = "name"
        try:
            with anyio.fail_after(self._seconds):
                address = await checked(host, port, self._guard, self._lookup)
                seen["address"] = address
                stage = "connect"
                stream = await anyio.connect_tcp(address, port)
                stage = "tls"
                seen |= await self._certificate(stream, host, address, port) if parts.scheme == "https" else {}
                if parts.scheme != "https":
                    await stream.aclose()
                if seen.get("tls_error"):
                    return {**seen, "stage": "tls", "detail": seen.pop("tls_error")}
                stage = "answer"
                response = await self._client.get(url)
        except Failure as failure:
            return {**seen, "stage": "refused" if failure.code == "refused" else "name", "detail": failure.sentence}
        except (TimeoutError, httpx2.TimeoutException):
            return {
                **seen,
                "stage": "timeout",
                "at_stage": stage,
                "detail": f"Nothing came within {self._seconds:.0f} s while waiting for: {stage}.",
            }
        except (OSError, ssl.SSLError, httpx2.TransportError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            return {**seen, "stage": stage, "detail": f"{clean(host, 120)} failed at: {stage} ({said(error)})."}
        return {**seen, "stage": "answer", "ok": response.status_code < 400, "status": response.status_code}

    async def fetch(self, url: str) -> bytes:
        """The content behind an address, over at most a few redirects, each checked like the first. Raises Failure."""
        for _ in range(HOPS):
            try:
                with anyio.fail_after(self._seconds):
                    async with self._client.stream("GET", url) as response:
                        if response.is_redirect and response.next_request is not None:
                            url = str(response.next_request.url)
                            continue
                        if not response.is_success:
                            raise Failure(
                                "not-found" if response.status_code == 404 else "source-failed",
                                f"{clean(url, 160)} answered {response.status_code}.",
                            )
                        return await _bounded(response)
            except (TimeoutError, httpx2.TimeoutException):
                raise Failure("timed-out", f"{clean(url, 160)} did not answer within {self._seconds:.0f} s.") from None
            except (httpx2.TransportError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
                raise Failure("source-failed", f"{clean(url, 160)} cannot be reached ({said(error)}).") from None
        raise Failure("source-failed", f"{clean(url, 160)} redirects more than {HOPS} times.")

    async def _certificate(self, stream: SocketStream, host: str, address: str, port: int) -> dict[str, Any]:
        """The certificate of a TLS server: verified, or read without trust so that its dates can be named."""
        try:
            secure = await TLSStream.wrap(stream, hostname=host, ssl_context=self._context, standard_compatible=False)
        except ssl.SSLCertVerificationError as error:
            await anyio.aclose_forcefully(stream)
            return {
                "certificate": await _unverified(host, address, port),
                "tls_error": f"The certificate of {clean(host, 120)} was not accepted: {error.verify_message}.",
            }
        except (ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            return {"tls_error": f"{clean(host, 120)} failed to agree on TLS ({said(error)})."}
        return {"certificate": {**await _taken(secure), "verified": True}}


async def _unverified(host: str, address: str, port: int) -> dict[str, Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent over this connection
    try:
        secure = await TLSStream.wrap(
            await anyio.connect_tcp(address, port), hostname=host, ssl_context=context, standard_compatible=False
        )
        return {**await _taken(secure), "verified": False}
    except (OSError, ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream):
        return {"verified": False}


async def _taken(secure: TLSStream) -> dict[str, Any]:
    """The certificate of a connection, which is then closed."""
    der = secure.extra(TLSAttribute.peer_certificate_binary)  # noqa: S610 - nothing of Django
    await anyio.aclose_forcefully(secure)
    return _dates(der)


def _dates(der: bytes | None) -> dict[str, Any]:
    try:
        read = certificate.read(der or b"")
    except ValueError:
        return {}
    return {"thumbprint": read.thumbprint, "not_before": iso(read.not_before), "not_after": iso(read.not_after)}


async def _bounded(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > LARGEST:
            raise Failure("unexpected-shape", f"The answer is larger than {LARGEST >> 20} MB.")
    return bytes(content)


def provider_urls(realm: Any, configuration: Any) -> dict[str, str]:
    """Where a provider publishes what: addresses out of a realm answer and out of the federation settings that Entra has on file."""
    rows = configuration.get("value") if isinstance(configuration, dict) else None
    config = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    told = realm if isinstance(realm, dict) else {}
    urls: dict[str, str] = {}
    if metadata := told.get("federation_metadata_url"):
        urls["metadata"] = str(metadata)
    passive = config.get("passiveSignInUri") or told.get("AuthURL") or told.get("federation_active_auth_url") or ""
    parts = urlsplit(str(passive))
    if parts.scheme == "https" and parts.hostname:
        origin = f"https://{parts.netloc}"
        urls.setdefault("sign-in", f"{origin}{parts.path}")
        urls["published"] = f"{origin}{METADATA}"
    if config.get("metadataExchangeUri"):
        urls["mex"] = str(config["metadataExchangeUri"])
    return {name: url for name, url in urls.items() if urlsplit(url).scheme == "https"}
