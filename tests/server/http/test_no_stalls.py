"""The largest requests of every kind that are accepted hold nobody else up.

What is measured is the processor time of the loop's thread between two ticks, which a busy machine hardly changes.
"""

import asyncio
import gc
import json
from collections.abc import Generator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.projects import ensure_project
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.stall_cases import QUERIES, fill
from tests.stalls import measured_stalls

pytestmark = pytest.mark.slow

MOST = 0.1
"""Seconds that an accepted request may hold the event loop."""


class Filled:
    """An application over a project that has much to answer with."""

    def __init__(self, app: FastAPI, key: str) -> None:
        self._app = app
        self._key = key

    async def post(self, body: object, *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
        """The status and body of an answer, without the work of a client on the same loop."""
        sent: list[Any] = []
        given = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

        async def receive() -> Any:
            return given.pop() if given else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-type", b"application/json"), (b"x-api-key", self._key.encode()), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture(scope="module")
async def filled(engine: AsyncEngine, sessions: Sessions) -> Filled:
    project = await ensure_project(engine, "Much to answer")
    project_id = project.id
    await fill(sessions, project_id)
    settings = Settings(budget_key=0, budget_project=0)
    return Filled(create_app(settings, Runtime(engine, sessions, head())), await create_key(sessions, project_id, "k"))


@pytest.fixture(autouse=True)
def _as_a_server_collects_garbage() -> Generator[None]:
    before = gc.get_threshold()
    gc.set_threshold(20_000, *before[1:])
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("coding", [b"identity", b"gzip"])
@pytest.mark.parametrize("name", QUERIES)
async def test_no_accepted_request_holds_the_loop(filled: Filled, name: str, coding: bytes) -> None:
    await filled.post({"query": "{ viewer { now } }"})
    async with measured_stalls() as stalls:
        status, body = await filled.post(QUERIES[name], (b"accept-encoding", coding))
    assert status == 200
    if coding == b"identity":
        answer = json.loads(body)
        assert "errors" not in answer, answer["errors"]
        assert b'"__typename":"Invalid' not in body[:80]
    assert stalls.processor < MOST
