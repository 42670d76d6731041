"""A server that really listens, and endpoints of the test's project."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models.lanes import Lanes
from models.sessions import Sessions
from models.types import WebhookSource
from server.app import create_app
from server.hooks.endpoints import MadeEndpoint, NewEndpoint, create_endpoint
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from server.telemetry.telemetry import Telemetry
from tests.server.hooks import deliveries
from tests.server.http.serving import listening

STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRET = "a secret of the service"


@dataclass(frozen=True)
class Hooks:
    """A server with its base address, and what makes endpoints of the test's project."""

    base: str
    client: httpx.AsyncClient
    telemetry: Telemetry
    make: Callable[..., Awaitable[MadeEndpoint]]

    async def post(self, made: MadeEndpoint, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """What is answered to an event."""
        return await self.client.post(made.address, content=body, headers=headers)

    async def generic(self, made: MadeEndpoint, event: Any, id: str = "msg_1", **given: Any) -> httpx.Response:
        """What is answered to a generic event."""
        body = event if isinstance(event, bytes) else deliveries.text(event)
        assert made.secret is not None
        return await self.post(made, body, deliveries.generic_signed(made.secret, body, id, **given))

    def counted(self, source: str, outcome: str) -> float:
        """How many events of a service ended so."""
        labels = {"source": source, "outcome": outcome}
        return self.telemetry.metrics.registry.get_sample_value("dialboard_webhook_events_total", labels) or 0


Serve = Callable[..., AbstractAsyncContextManager[Hooks]]


@pytest.fixture
def serve(engine: AsyncEngine, sessions: Sessions, project_id: int) -> Serve:
    """Serves with settings."""

    @asynccontextmanager
    async def run(runtime: Runtime | None = None, **given: object) -> AsyncGenerator[Hooks]:
        settings = Settings.model_validate({"key_cache_seconds": 0, **given})
        telemetry = Telemetry(settings)
        runtime = runtime or Runtime(engine, Sessions(engine, lanes=Lanes(8, 5)), head())

        async def make(source: WebhookSource, project: int = project_id, **values: Any) -> MadeEndpoint:
            secret = None if source is WebhookSource.GENERIC else SECRET
            defaults = {"name": source.value, "secret": secret}
            return await create_endpoint(engine, project, NewEndpoint(source=source, **{**defaults, **values}))

        app = create_app(settings, runtime, telemetry=telemetry)
        async with listening(app, settings) as url:
            base = url.removesuffix("/graphql")
            async with httpx.AsyncClient(base_url=base, timeout=30) as client:
                yield Hooks(base, client, telemetry, make)

    return run


@pytest.fixture
async def hooks(serve: Serve) -> AsyncGenerator[Hooks]:
    """A server with the usual settings."""
    async with serve() as running:
        yield running


@pytest.fixture
def calls(sessions: Sessions, project_id: int) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
    """Reads the calls of the project."""

    async def read(project: int = project_id) -> list[dict[str, Any]]:
        statement = sa.text(
            "select c.*, a.agent_name from call_logs c join agents a on a.project_id = :project and a.id = c.agent_id "
            "where c.project_id = :project order by c.call_id"
        )
        async with sessions.read(project) as session:
            return [dict(row) for row in (await session.execute(statement, {"project": project})).mappings()]

    return read
