"""An application on the shared test database, and a client with a key to the test's project."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings


@pytest.fixture(scope="session")
def runtime(engine: AsyncEngine, sessions: Sessions) -> Runtime:
    """The shared test database as the application takes it."""
    return Runtime(engine, sessions, head())


@pytest.fixture(scope="session")
def app(runtime: Runtime) -> FastAPI:
    """The application with a small bound on requests, pages of one other origin let in, and a demo key."""
    settings = Settings(max_request_bytes=5_000, cors_origins=("https://charts.example.com",))
    return create_app(settings, runtime, demo_key="dlb_1_demo</script>", is_demo=True)


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client without a key."""
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
async def client(anonymous: httpx.AsyncClient, sessions: Sessions, project_id: int) -> httpx.AsyncClient:
    """A client with a key to the test's project."""
    anonymous.headers["X-API-Key"] = await create_key(sessions, project_id, "test")
    return anonymous
