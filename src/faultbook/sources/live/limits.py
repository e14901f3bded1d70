"""What each API says it allows, kept by token buckets before it has to be told off.

Published limits: Microsoft's page on throttling limits of Graph (identity and access reports 5 requests in 10 s; Conditional Access one a second
for all applications of a tenant; service communications 240 a minute and 800 an hour) and of Power BI's admin API (200 an hour), as read on 2026-08-20.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
from msgspec import Struct

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


class Limit(Struct, frozen=True):
    """So many requests in so many seconds."""

    requests: int
    seconds: float


PUBLISHED: Final[tuple[tuple[re.Pattern[str], tuple[Limit, ...]], ...]] = (
    (re.compile(r"/(?:auditLogs|reports)/"), (Limit(5, 10),)),
    (re.compile(r"/identity/conditionalAccess/"), (Limit(1, 1),)),
    (re.compile(r"/admin/serviceAnnouncement/"), (Limit(240, 60), Limit(800, 3600))),
    (re.compile(r"/v1\.0/myorg/admin/"), (Limit(200, 3600),)),
)


class Bucket:
    """Holds ``limit.requests`` tokens at most and fills evenly; taking one waits until there is one."""

    def __init__(self, limit: Limit, clock: Clock, sleep: Sleep) -> None:
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._tokens = float(limit.requests)
        self._at = clock()
        self._lock: anyio.Lock | None = None

    async def take(self) -> None:
        """Wait for one token."""
        if self._lock is None:
            self._lock = anyio.Lock()
        async with self._lock:
            self._fill()
            if self._tokens < 1:
                await self._sleep((1 - self._tokens) * self._limit.seconds / self._limit.requests)
                self._fill()
            self._tokens = max(self._tokens - 1, 0.0)

    def _fill(self) -> None:
        now = self._clock()
        gained = (now - self._at) * self._limit.requests / self._limit.seconds
        self._tokens, self._at = min(self._limit.requests, self._tokens + gained), now


class Limits:
    """The buckets of every API, by path; shared by all connections of a run. ``held`` false where the cloud has no such limits."""

    def __init__(self, clock: Clock, sleep: Sleep, *, held: bool = True) -> None:
        published = PUBLISHED if held else ()
        self._buckets = [(pattern, [Bucket(limit, clock, sleep) for limit in limits]) for pattern, limits in published]

    async def wait(self, path: str) -> None:
        """Wait until a request to this path is within what its API allows."""
        for pattern, buckets in self._buckets:
            if pattern.search(path):
                for bucket in buckets:
                    await bucket.take()
                return
