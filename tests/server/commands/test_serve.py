"""``dialboard serve`` as a process: what it does when its terminal is closed, and without file descriptors."""

import asyncio
import os
import pty
import resource
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from server.http.open_files import connections_within
from server.keys import create_key
from tests.server.commands.command_line import RUN, CommandLine
from tests.server.http.under_way import dashboards_locked, is_waiting

pytestmark = pytest.mark.processes

QUERY = "{ dashboards { totalCount } }"
WRITE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { name } } }'


@dataclass
class Running:
    """A server that runs, and the end of a terminal or pipe that it writes to."""

    pid: int
    handle: int
    output: str = ""

    async def reads(self, words: str) -> None:
        """Waits until the server has written these words."""
        while words not in self.output:
            read = await asyncio.to_thread(os.read, self.handle, 4096)
            assert read, f"The server ended: {self.output}"
            self.output += read.decode()

    async def ended(self) -> int:
        """The exit code of the server, once it has ended."""
        _, status = await asyncio.to_thread(os.waitpid, self.pid, 0)
        return os.waitstatus_to_exitcode(status)


SERVE = [sys.executable, "-c", RUN, "serve", "--port", "0"]


def _in_terminal(environment: dict[str, str]) -> Running:
    pid, handle = pty.fork()
    if pid == 0:
        os.execvpe(SERVE[0], SERVE, environment)
    return Running(pid, handle)


def _with_pipe(environment: dict[str, str]) -> Running:
    read, write = os.pipe()
    to_pipe = [(os.POSIX_SPAWN_DUP2, write, number) for number in (1, 2)]
    pid = os.posix_spawn(SERVE[0], SERVE, environment, file_actions=to_pipe)
    os.close(write)
    return Running(pid, read)


@asynccontextmanager
async def _serving(
    start: Callable[[dict[str, str]], Running], folder: Path, database: URL, key: str
) -> AsyncGenerator[tuple[Running, httpx.AsyncClient]]:
    address = database.set(drivername="postgresql").render_as_string(hide_password=False)
    running = start(CommandLine(folder, DATABASE_URL=address, DIALBOARD_PREAGGREGATES="false").environment)
    await running.reads("/graphql")
    base = running.output.partition("Dialboard is at ")[2].partition("/graphql")[0]
    async with httpx.AsyncClient(base_url=base, headers={"X-API-Key": key}, timeout=60) as client:
        yield running, client


async def test_a_closed_terminal_stops_the_server_once_requests_are_done(
    engine: AsyncEngine, database_url: URL, sessions: Sessions, project_id: int, tmp_path: Path
) -> None:
    """Its log cannot be written any more, and SIGHUP comes."""
    key = await create_key(sessions, project_id, "test")
    async with _serving(_in_terminal, tmp_path, database_url, key) as (terminal, client):
        async with dashboards_locked(engine):
            written = asyncio.create_task(client.post("/graphql", json={"query": WRITE}))
            await is_waiting(engine)
            os.close(terminal.handle)
            await asyncio.sleep(0.5)
        answer = await written
        assert answer.json() == {"data": {"createDashboard": {"dashboard": {"name": "Made"}}}}
        assert await terminal.ended() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="sets the limits of another process")
async def test_a_server_without_descriptors_lives_on(
    database_url: URL, sessions: Sessions, project_id: int, tmp_path: Path
) -> None:
    key = await create_key(sessions, project_id, "test")
    async with _serving(_with_pipe, tmp_path, database_url, key) as (running, client):
        pid = running.pid
        assert (await client.post("/graphql", json={"query": QUERY})).status_code == 200
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        assert soft == hard
        opened = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (opened + 3, hard))
        port = client.base_url.port
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(12)]
        async with httpx.AsyncClient(base_url=client.base_url, timeout=60) as late:
            before = _processor_seconds(pid)
            waiting = asyncio.create_task(late.get("/healthz"))
            await running.reads("no connection can be accepted")
            await asyncio.sleep(1.5)
            assert not waiting.done()
            assert (await client.get("/healthz")).status_code == 200
            assert _processor_seconds(pid) - before < 0.5
            for _, writer in connections:
                writer.close()
            assert (await waiting).status_code == 200
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert (await client.post("/graphql", json={"query": QUERY})).status_code == 200
        os.kill(pid, signal.SIGTERM)
        assert await running.ended() == 0
    os.close(running.handle)
    assert running.output.count("no connection can be accepted") == 1


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(("limit", "most"), [(None, None), (1_024, 940), (65_536, 65_452), (60, 1)])
def test_connections_leave_descriptors_for_everything_else(limit: int | None, most: int | None) -> None:
    assert connections_within(limit, pool_size=20) == most
