"""An application of its own, started, whose telemetry can be looked at."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy.ext.asyncio import AsyncEngine

from models.call_record import parse_call
from models.ingest import upsert_calls
from models.lanes import Lanes
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from server.telemetry.telemetry import Telemetry
from server.telemetry.traces import Traces

SECRET = "ZEBRA-4711"
"""A word that stands in data and in literals only."""


@dataclass
class Watched:
    """A started application.

    ``spans`` are those that ended; ``client`` has a key, and comes from this machine.
    """

    client: httpx.AsyncClient
    telemetry: Telemetry
    spans: InMemorySpanExporter

    def value(self, name: str, **labels: str) -> float:
        """A sample of a metric; 0 where there is none yet."""
        return self.telemetry.metrics.registry.get_sample_value(name, labels) or 0.0


Start = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture
def start(engine: AsyncEngine, project_id: int) -> Start:
    """Starts an application on the shared database, with settings."""

    @asynccontextmanager
    async def run(address: str = "127.0.0.1", **given: object) -> AsyncGenerator[Watched]:
        settings = Settings.model_validate(given)
        sessions = Sessions(engine, lanes=Lanes(6, 5))
        spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(spans))
        telemetry = Telemetry(settings, Traces(provider))
        app = create_app(settings, Runtime(engine, sessions, head()), telemetry=telemetry)
        key = await create_key(sessions, project_id, "test")
        async with sessions.write(project_id) as session:
            call = {"call_id": "1", "agent": SECRET, "timestamp": datetime.now(UTC).isoformat(), "topic": SECRET}
            await upsert_calls(session, project_id, [parse_call(call)])
        transport = httpx.ASGITransport(app, client=(address, 50_000))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8000", headers={"X-API-Key": key}
            ) as client,
        ):
            yield Watched(client, telemetry, spans)

    return run
