"""A live collection: rounds of questions in parallel under one deadline, each answer written down as it comes.

A slow or dead source costs its own answers only. What earlier answers tell (whom it hit, where its provider is) decides what is asked next.
"""

import datetime as dt
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import anyio
import anyio.to_thread
import httpx2
from anyio.abc import TaskGroup
from msgspec import Struct

from faultbook.errors import FaultbookError
from faultbook.sources.live import adread, ldap, table
from faultbook.sources.live.ask import Ask, Record, Whom
from faultbook.sources.live.asking import Asker, record, refused, source_of
from faultbook.sources.live.capture import Capture
from faultbook.sources.live.connection import Connection, Timing, client
from faultbook.sources.live.endpoints import OPENID, Probe, provider_urls
from faultbook.sources.live.failure import Failure
from faultbook.sources.live.guard import Guard
from faultbook.sources.live.limits import Limits
from faultbook.sources.live.secrets import Secrets
from faultbook.sources.live.tokens import SignIn, Tokens

Told = Callable[[Record], None]
Resolver = Callable[[], Whom]
DIRECTORY: Final = ("ad.object", "ad.descriptor", "ad.principal", "ad.domain")
PUBLIC: Final = ("federation.metadata", "endpoint.check")
_AT_ONCE: Final = 12
_GRACE: Final = 1.0
"""Seconds beyond the deadline in which a question that has given up writes down what it has."""


class Sources(Struct, frozen=True, kw_only=True):
    """Which systems may be asked. Without ``sign_in`` no cloud API is; without ``directory`` no directory; public addresses always may."""

    sign_in: SignIn | None = None
    directory: ldap.Place | None = None
    guard: Guard | None = None
    public: bool = True
    authority: str = "https://login.microsoftonline.com"
    ca: str = ""


class Collection:
    """One run of one collection."""

    def __init__(
        self, sources: Sources, kinds: set[str], capture: Capture, *, secrets: Secrets, timing: Timing, told: Told = lambda _: None,
        transport: httpx2.AsyncBaseTransport | None = None, tokens: Tokens | None = None, probe: Probe | None = None,
    ) -> None:  # fmt: skip
        self._sources = sources
        self._kinds = kinds
        self._capture = capture
        self._secrets = secrets
        self._timing = timing
        self._told = told
        self._http = client(ca=sources.ca, transport=transport)
        self._probe = probe or Probe(guard=sources.guard, ca=sources.ca, http=transport)
        held = sources.sign_in is None or sources.sign_in.cloud.limits
        self._limits = Limits(timing.clock, timing.sleep, held=held)
        self._tokens = tokens or (Tokens(sources.sign_in, secrets) if sources.sign_in else None)
        self._askers = self._make_askers()
        self._directory_asked = False

    def _make_askers(self) -> dict[str, Asker]:
        common: dict[str, Any] = {"timing": self._timing, "limits": self._limits, "secrets": self._secrets}
        askers: dict[str, Asker] = {}
        if self._sources.public:
            connection = Connection(self._http, self._sources.authority, **common)
            askers["public"] = Asker(connection, self._capture, self._timing.now)
        if self._sources.sign_in is None or self._tokens is None:
            return askers
        tokens, cloud = self._tokens, self._sources.sign_in.cloud
        common["delegated"] = lambda: tokens.delegated
        for api, base, scope in (
            ("graph", f"{cloud.graph}/v1.0", cloud.graph_scope),
            ("beta", f"{cloud.graph}/beta", cloud.graph_scope),
            ("powerbi", f"{cloud.powerbi}/v1.0/myorg", cloud.powerbi_scope),
        ):
            token = lambda scope=scope: tokens.get(scope)  # noqa: E731 - one for each scope
            askers[api] = Asker(Connection(self._http, base, token=token, **common), self._capture, self._timing.now)
        return askers

    async def run(self, whom: Whom, resolve: Resolver) -> None:
        """All rounds. ``resolve`` works out, from what has come so far, whom the failure concerns."""
        try:
            await self._all(table.first(self._kinds, whom, self._capture.began))
            about = await anyio.to_thread.run_sync(resolve)
            await self._second(about)
            await self._third(await anyio.to_thread.run_sync(resolve))
        finally:
            with anyio.CancelScope(shield=True):
                await self._http.aclose()
                await self._probe.close()

    async def _second(self, whom: Whom) -> None:
        old = table.too_old(self._kinds, whom, self._capture.began) if "graph" in self._askers else []
        for ask in old:
            said = f"The failure is older than the {table.KEPT.days} days for which the log is kept; what was exported then still serves."
            self._told(self._capture.finish(record(ask, self._timing.now(), why="too-old", sentence=said)))
        async with anyio.create_task_group() as group:
            group.start_soon(self._all, table.second(self._kinds, whom, self._capture.began))
            if whom.user or whom.dn:
                self._begin_directory(group, whom)

    def _begin_directory(self, group: TaskGroup, whom: Whom) -> None:
        """Ask the directory once: as soon as it is known about whom, at last in the third round."""
        if self._sources.directory and set(DIRECTORY) & self._kinds and not self._directory_asked:
            self._directory_asked = True
            group.start_soon(self._directory, self._sources.directory, whom)

    async def _third(self, whom: Whom) -> None:
        logs = {table.SIGNINS, "graph.directoryAudits"}
        known = table.second(
            self._kinds - logs, whom, self._capture.began
        )  # what was not known before, the logs have told
        asks = [*known, *table.third(self._kinds, whom, self._capture.json)]
        if (
            table.SIGNINS in self._kinds
            and whom.code.isdigit()
            and "graph" in self._askers
            and not self._seen(whom.code)
        ):
            asks += table.without_person(whom, self._capture.began)
        async with anyio.create_task_group() as group:
            group.start_soon(self._all, asks)
            self._begin_directory(group, whom)
            if self._sources.public and whom.domain and set(PUBLIC) & self._kinds:
                group.start_soon(self._public, whom)

    def _seen(self, code: str) -> bool:
        """Whether any sign-in that came has failed with this code."""
        for one in self._capture.records.values():
            if one.kind == table.SIGNINS and one.file:
                for row in table.rows_of(self._capture.json(one.name)):
                    status = row.get("status")
                    if isinstance(status, dict) and str(status.get("errorCode")) == code:
                        return True
        return False

    async def _all(self, asks: Iterable[Ask]) -> None:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        async with anyio.create_task_group() as group:
            for ask in asks:
                if ask.api in self._askers:
                    group.start_soon(self._one, ask, self._askers[ask.api].ask, limiter)

    async def _one(self, ask: Ask, answer: Callable[[Ask], Awaitable[Record]], limiter: anyio.CapacityLimiter) -> None:
        """One question within the deadline; when that is over, the question counts as timed out and nothing else suffers."""
        if self._capture.done(ask.name):
            return
        async with limiter:
            made: Record | None = None
            with anyio.move_on_after(max(self._timing.left, 0) + _GRACE):
                made = await answer(ask)
            if made is None:
                late = Failure("timed-out", f"{source_of(ask)} did not answer within the time allowed.")
                made = self._capture.finish(refused(ask, late, self._timing.now(), delegated=None))
            self._told(made)

    async def _directory(self, place: ldap.Place, whom: Whom) -> None:
        ask = Ask(
            name="directory", kind="ad.descriptor", api="ldap", path="", shown=f"{place.shown}, the affected user"
        )
        if self._capture.done(ask.name):
            return
        text = ""
        lacking: dict[str, Failure] = {}
        failure: Failure | None = None
        if not whom.user and not whom.dn:
            failure = Failure(
                "ambiguous", "Whom the failure concerns is not known, so that no user could be looked up; give --user."
            )
        with anyio.move_on_after(max(self._timing.left, 0)) as scope:
            try:
                if failure is None:
                    text, lacking = await anyio.to_thread.run_sync(
                        self._read_directory, place, whom, abandon_on_cancel=True
                    )
            except Failure as reason:
                failure = reason
        if scope.cancelled_caught:
            failure = Failure("timed-out", f"{place.shown} did not answer within the time allowed.")
        lacking = dict.fromkeys(DIRECTORY, failure) if failure else lacking
        now = self._timing.now()
        source = f"{place.shown} over {'plain LDAP' if place.tls == 'none' else 'LDAPS' if place.tls == 'ldaps' else 'LDAP with TLS'}"
        for kind, missing in lacking.items():
            made = record(
                Ask(name=f"directory-{kind}", kind=kind, api="ldap", path=""),
                now,
                why=missing.why,
                sentence=missing.sentence,
            )
            self._told(self._capture.finish(_by(made, source, place)))
        if text.strip():
            made = _by(record(ask, now, rows=text.count("\ndn") + 1), source, place)
            self._told(self._capture.finish(made, text.encode(), "ldif"))

    def _read_directory(self, place: ldap.Place, whom: Whom) -> tuple[str, dict[str, Failure]]:
        connection = ldap.connect(place, self._secrets, self._timing.left)
        try:
            return adread.read(
                adread.Directory(connection, place, self._secrets), whom.user, whom.dn, self._timing.now()
            )
        finally:
            connection.unbind()

    async def _public(self, whom: Whom) -> None:
        """The provider's own addresses, found in the realm answer and in what Entra has on file; and Entra's for the domain."""
        urls = provider_urls(
            self._capture.json(f"realm-{whom.domain}"), self._capture.json(f"federationConfiguration-{whom.domain}")
        )
        async with anyio.create_task_group() as group:
            if "endpoint.check" in self._kinds:
                known = {"openid": f"{self._sources.authority}/{whom.domain}/v2.0{OPENID}", **urls}
                for name in sorted(set(known) - {"metadata"}):
                    group.start_soon(self._checked, known[name], whom.domain)
            published = next((url for url in urls.values() if "federationmetadata" in url.lower()), "")
            if published and "federation.metadata" in self._kinds:
                group.start_soon(self._metadata, published, whom.domain)

    async def _checked(self, url: str, domain: str) -> None:
        ask = Ask(
            name=f"endpoint-{url.removeprefix('https://')}", kind="endpoint.check", api="public", path=url, target=url
        )
        if self._capture.done(ask.name):
            return
        now = self._timing.now()
        seen = await self._probe.check(url, now)
        content = json.dumps({"faultbook": "endpoint-1", "domain": domain, **seen}).encode()
        self._told(
            self._capture.finish(
                _from(record(ask, now, rows=1), f"this machine, connecting to {seen['host']}"), content
            )
        )

    async def _metadata(self, url: str, domain: str) -> None:
        ask = Ask(name=f"FederationMetadata-{domain}", kind="federation.metadata", api="public", path=url)
        if self._capture.done(ask.name):
            return
        try:
            content = await self._probe.fetch(url)
        except Failure as failure:
            made = _from(refused(ask, failure, self._timing.now(), delegated=None), f"the identity provider: {url}")
            self._told(self._capture.finish(made))
        else:
            made = _from(record(ask, self._timing.now(), rows=1), f"the identity provider: {url}")
            self._told(self._capture.finish(made, self._secrets.hide_bytes(content), "xml"))


def _from(made: Record, source: str) -> Record:
    from msgspec.structs import replace

    return replace(made, source=source, grant="none")


def _by(made: Record, source: str, place: ldap.Place) -> Record:
    from msgspec.structs import replace

    return replace(made, source=source, grant=f"{place.user or 'the signed-in account'}, reading")


def run(
    sources: Sources, kinds: set[str], capture: Capture, whom: Whom, resolve: Resolver, *, secrets: Secrets, seconds: float,
    told: Told = lambda _: None, prompt: Any = None,
) -> dt.datetime:  # fmt: skip
    """Collect, from code that is not asynchronous; returns when the collection began."""
    tokens = Tokens(sources.sign_in, secrets, prompt=prompt) if sources.sign_in else None
    if tokens is not None:
        tokens.prepare()

    async def main() -> None:
        timing = Timing(ends=time.monotonic() + seconds)
        collection = Collection(sources, kinds, capture, secrets=secrets, timing=timing, told=told, tokens=tokens)
        await collection.run(whom, resolve)

    try:
        anyio.run(main)
    except BaseExceptionGroup as group:
        raise _innermost(group) from None
    return capture.began


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What really happened: the one error that has words for a person, where there is one among those that came together."""
    inner: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        else:
            inner.append(one)
    return next((one for one in inner if isinstance(one, FaultbookError)), inner[0])
