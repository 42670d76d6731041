"""Clients that start exports and do not read them: they keep nobody else from theirs, and are cut off."""

import asyncio
import socket
from collections.abc import AsyncGenerator

import httpx
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.lanes import DEFAULT_POOL, Lane, Lanes
from models.sessions import Sessions
from server.app import create_app
from server.http.graphql import PATH
from server.keys import create_key
from server.postgres.binary_results import BinaryCursor
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import listening

STALL = 2.0
FILL = """
    with agent as (insert into agents (project_id, agent_name) values (:project, 'a') returning id)
    insert into call_logs (project_id, call_id, agent_id, timestamp, metadata)
    select :project, 'c' || n, agent.id, now(), jsonb_build_object('text', repeat('x', 4000))
    from agent, generate_series(1, :calls) n
"""


@pytest.fixture
async def engine_of_server(database_url: URL) -> AsyncGenerator[AsyncEngine]:
    engine = create_async_engine(
        database_url, pool_size=DEFAULT_POOL, max_overflow=0, connect_args={"cursor_factory": BinaryCursor}
    )
    yield engine
    await engine.dispose()


async def _start(port: int, key: str) -> tuple[int, socket.socket]:
    """Asks for all calls on a socket of its own, reads the status, and no more."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await loop.sock_connect(client, ("127.0.0.1", port))
    request = f"GET /export/calls.jsonl HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\n\r\n"
    await loop.sock_sendall(client, request.encode())
    return int((await loop.sock_recv(client, 12)).split()[1]), client


async def _is_cut(client: socket.socket) -> bool:
    """Whether what is left to read ends without the end of the body."""
    last = b""
    while part := await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 65_536), 5):
        last = (last + part)[-5:]
    return last != b"0\r\n\r\n"


async def test_fourteen_stalled_exports_stop_nobody(
    engine_of_server: AsyncEngine, sessions: Sessions, project_id: int, other_project_id: int
) -> None:
    for project, calls in ((project_id, 6_000), (other_project_id, 3)):
        async with sessions.write(project) as session:
            await session.execute(text(FILL), {"project": project, "calls": calls})
    greedy, modest = [await create_key(sessions, project, "k") for project in (project_id, other_project_id)]
    lanes = Lanes(DEFAULT_POOL, seconds=5)
    settings = Settings(export_stall_seconds=STALL)
    app = create_app(settings, Runtime(engine_of_server, Sessions(engine_of_server, lanes=lanes), head()))
    async with listening(app) as url, httpx.AsyncClient(headers={"X-API-Key": modest}) as client:
        port = int(url.split(":")[2].removesuffix(PATH))
        started = await asyncio.gather(*(_start(port, greedy) for _ in range(14)))
        assert sorted(status for status, _ in started) == [200] * 2 + [429] * 12
        assert lanes[Lane.EXPORTS].in_use == 2
        answer = await client.post(url, json={"query": "{ dashboards { totalCount } callLogs { totalCount } }"})
        assert answer.json() == {"data": {"dashboards": {"totalCount": 0}, "callLogs": {"totalCount": 3}}}
        exported = await client.get(url.replace(PATH, "/export/calls.jsonl"))
        assert (exported.status_code, len(exported.text.splitlines())) == (200, 3)
        for _ in range(int(STALL * 200)):
            if not lanes[Lane.EXPORTS].in_use:
                break
            await asyncio.sleep(0.02)
        assert lanes[Lane.EXPORTS].in_use == 0, "those who do not read are cut off"
        again, waiting = await _start(port, greedy)
        waiting.close()
        assert again == 200
        for status, waiting in started:
            assert status == 429 or await _is_cut(waiting)
            waiting.close()
