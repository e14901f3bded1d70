"""Spans for OpenTelemetry, set up from its standard variables. Without them nothing of it is imported.

Of a request a span holds method, route and status; addresses and queries hold what users write, so none does. That is why this is written by
hand: the library's own ASGI middleware records both.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from faultbook import __version__
from faultbook.errors import UsageError

Span = Callable[[str, list[tuple[bytes, bytes]]], AbstractContextManager[Any]]
"""Opens a span for a method and the headers of a request; what it yields takes ``finish(route, status)``, or is None."""


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the variables ask for traces."""
    if environment.get("OTEL_SDK_DISABLED", "").casefold() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    return exporter not in {"", "none"} or bool(endpoint and exporter != "none")


def silent(method: str, headers: list[tuple[bytes, bytes]]) -> AbstractContextManager[Any]:
    """No span at all."""
    del method, headers
    return nullcontext()


def tracing(environment: Mapping[str, str]) -> tuple[Span, Callable[[], None]]:
    """How to open a span, and what to call at the end so that none is lost."""
    if not wanted(environment):
        return silent, lambda: None
    try:
        from opentelemetry import propagate, trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise UsageError(
            "Variables of OpenTelemetry are set, and its libraries are not installed.",
            do="Install faultbook[otel], or unset OTEL_TRACES_EXPORTER and OTEL_EXPORTER_OTLP_ENDPOINT.",
        ) from missing
    named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "faultbook"}
    provider = TracerProvider(resource=Resource.create({"service.version": __version__, **named}))
    provider.add_span_processor(BatchSpanProcessor(_exporter(environment)))
    tracer = provider.get_tracer("faultbook", __version__)

    @contextmanager
    def span(method: str, headers: list[tuple[bytes, bytes]]) -> Iterator[Any]:
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in _CARRIED}
        with tracer.start_as_current_span(
            method,
            context=propagate.extract(carrier),
            kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": method},
            record_exception=False,
        ) as current:
            yield _Open(current, method)

    return span, provider.shutdown


_CARRIED = frozenset({b"traceparent", b"tracestate"})


class _Open:
    """One span of a request under way."""

    def __init__(self, span: Any, method: str) -> None:
        self._span = span
        self._method = method

    def finish(self, route: str, status: int) -> None:
        """Name the span by its route, and note how it ended."""
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)


def _exporter(environment: Mapping[str, str]) -> Any:
    name = environment.get("OTEL_TRACES_EXPORTER") or "otlp"
    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if name != "otlp" or protocol not in {None, "", "http/protobuf"}:
        raise UsageError(
            f"This exporter of traces is not part of Faultbook: {name}{f' over {protocol}' if protocol else ''}.",
            do="Set OTEL_TRACES_EXPORTER to otlp, console or none, and OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf.",
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()
