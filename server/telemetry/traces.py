"""Traces for OpenTelemetry, where its standard variables ask for them: spans of requests, operations and statements.

Spans have no data of a project: a document is told by its hash, a statement by its verb.
"""

import hashlib
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.util.types import AttributeValue

from graph.operation_report import OperationReport

_EXTRA = "Install the extra `traces`: pip install 'dialboard[traces]'."
_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.telemetry")


def document_hash(text: str) -> str:
    """What a document is called where its text must not be told: the SHA-256 of it, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class Traces:
    """Makes the spans of one process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer: Tracer = provider.get_tracer("dialboard")

    @contextmanager
    def request(self, method: str, route: str, headers: Mapping[bytes, bytes], request_id: str) -> Generator[Span]:
        """The span of a request, below that of the client where it names one (``traceparent``)."""
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        attributes = {"http.request.method": method, "http.route": route, "dialboard.request_id": request_id}
        with self._tracer.start_as_current_span(
            f"{method} {route}", context=extract(carrier), kind=SpanKind.SERVER, attributes=attributes
        ) as span:
            yield span

    def past(
        self,
        name: str,
        started: int,
        seconds: float,
        attributes: Mapping[str, AttributeValue],
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        """A span of something that is over, below the current one. ``started`` is in nanoseconds since 1970."""
        span = self._tracer.start_span(name, kind=kind, attributes=attributes, start_time=started)
        span.end(started + round(seconds * 1e9))
        return span

    def operation(self, report: OperationReport) -> None:
        """The span of a GraphQL operation."""
        attributes: dict[str, AttributeValue] = {
            "graphql.operation.type": report.kind,
            "graphql.document.hash": f"sha256:{document_hash(report.text)}",
            "dialboard.cost": report.cost,
            **({"graphql.operation.name": report.name} if report.name else {}),
            **({"dialboard.error_codes": sorted(report.codes)} if report.codes else {}),
        }
        self.past(f"{report.kind} {report.name or ''}".strip(), report.started, report.seconds, attributes)


def mark_status(span: Span, status: int) -> None:
    """Notes the status of the answer; an error of the server makes the span an error."""
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


def is_asked_for() -> bool:
    """Whether the environment asks for traces, by the variables that OpenTelemetry has for it."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "").lower()
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return exporter != "none" and (bool(exporter) or any(os.environ.get(name) for name in endpoints))


@contextmanager
def exported_traces() -> Generator[Traces | None]:
    """Traces that are sent by OTLP over HTTP until the block ends, which sends what is left; None if nobody asked."""
    if not is_asked_for():
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider as Provider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning(f"the environment asks for traces, but OpenTelemetry's SDK is not installed. {_EXTRA}")
        yield None
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "dialboard")
    provider = Provider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield Traces(provider)
    finally:
        provider.shutdown()
