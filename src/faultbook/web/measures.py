"""Counts for ``/metrics`` in Prometheus' format, in a registry of the service's own. No label holds anything that a user wrote."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from faultbook import __version__
from faultbook.web.workroom import Workroom

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60)


class Measures:
    """What is counted. ``pages`` is public and bare, since it is added to on the fastest path: deliveries of pages by status."""

    def __init__(self, workroom: Workroom, book: str) -> None:
        self.registry = CollectorRegistry()
        self.pages: dict[int, int] = {200: 0, 301: 0, 304: 0}
        self.connections = 0
        self._workroom = workroom
        self._book = book
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._requests = Counter(
            "faultbook_requests",
            "Requests that were not for a page of the book.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "faultbook_request_seconds", "Time from the head of a request to the end of its answer.", ("route",), buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._limited = Counter(
            "faultbook_rate_limited", "Requests refused for coming too fast.", ("sort",), registry=self.registry
        )
        self._refused = Counter(
            "faultbook_connections_refused", "Connections closed by the service.", ("why",), registry=self.registry
        )
        self.registry.register(self)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def limited(self, sort: str) -> None:
        """One request came too fast."""
        self._limited.labels(sort).inc()

    def closed(self, why: str) -> None:
        """One connection was closed by us: ``full``, ``slow-head``, ``slow-body``, ``slow-reader`` or ``head-too-large``."""
        self._refused.labels(why).inc()

    def collect(self) -> Iterator[Metric]:
        """What is read only when somebody asks (a collector of prometheus_client)."""
        pages = CounterMetricFamily("faultbook_pages", "Pages of the book delivered from memory.", labels=["status"])
        for status, count in self.pages.items():
            pages.add_metric([str(status)], count)
        yield pages
        for name, text, value in (
            ("faultbook_work_running", "Recognitions and diagnoses that run.", self._workroom.busy),
            ("faultbook_work_waiting", "Recognitions and diagnoses that wait for a worker.", self._workroom.waiting),
            ("faultbook_connections", "Open connections.", self.connections),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        info = GaugeMetricFamily("faultbook_info", "Versions of program and book.", labels=["version", "book"])
        info.add_metric([__version__, self._book], 1)
        yield info
