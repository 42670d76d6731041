"""Traces: which spans there are, how they hang together, and that they have no data."""

import asyncio
import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

from server.telemetry.traces import exported_traces, is_asked_for
from tests.server.telemetry.conftest import SECRET, Start

QUERY = f'query Mine {{ callLogs(filters: {{field: "topic", op: "eq", value: "{SECRET}"}}) {{ totalCount }} }}'
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def _context(span: ReadableSpan) -> SpanContext:
    assert span.context is not None
    return span.context


async def test_a_request_its_operation_and_its_statements_are_one_trace(start: Start) -> None:
    async with start() as watched:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "its-id"}
        answer = await watched.client.post("/graphql", json={"query": QUERY}, headers=headers)
        assert answer.json()["data"]["callLogs"]["totalCount"] == 1
        spans = [span for span in watched.spans.get_finished_spans() if _context(span).trace_id == int(TRACE, 16)]
        (request,) = [span for span in spans if span.name == "POST /graphql"]
        assert request.parent is not None
        assert request.parent.span_id == int(PARENT, 16)
        assert dict(request.attributes or {}) == {
            "http.request.method": "POST",
            "http.route": "/graphql",
            "dialboard.request_id": "its-id",
            "http.response.status_code": 200,
        }
        (operation,) = [span for span in spans if span.name == "query Mine"]
        assert (operation.attributes or {})["graphql.document.hash"] == (
            f"sha256:{hashlib.sha256(QUERY.encode()).hexdigest()}"
        )
        statements = [span for span in spans if (span.attributes or {}).get("db.system.name") == "postgresql"]
        assert statements
        for span in (operation, *statements):
            assert span.parent is not None
            assert span.parent.span_id == _context(request).span_id
        assert SECRET not in " ".join(span.to_json() for span in spans)


@pytest.mark.parametrize(
    ("variables", "asked"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, False),
    ],
)
def test_the_environment_asks(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], asked: bool) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_asked_for() == asked
    if not asked:
        with exported_traces() as traces:
            assert traces is None


class _Collector(HTTPServer):
    """Takes what is sent by OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Keeps one message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, _Collector)
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[_Collector]:
    server = _Collector()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def test_traces_reach_a_collector(collector: _Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "calls")

    def send() -> None:
        with exported_traces() as traces:
            assert traces is not None
            with traces.request("GET", "/readyz", {}, "id"):
                pass

    await asyncio.to_thread(send)
    ((path, body),) = collector.received
    assert path == "/v1/traces"
    message = ExportTraceServiceRequest.FromString(body)
    (resource,) = message.resource_spans
    assert ("service.name", "calls") in [(one.key, one.value.string_value) for one in resource.resource.attributes]
    (span,) = resource.scope_spans[0].spans
    assert span.name == "GET /readyz"
