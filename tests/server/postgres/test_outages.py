"""The embedded PostgreSQL goes away under a server that runs: what clients are told, and that it comes back."""

import asyncio
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websockets
from structlog.testing import capture_logs

from models.outages import Outage
from server.app import create_app
from server.importing import ImportResult, ImportStopped, import_file
from server.keys import create_key
from server.postgres.cluster import EmbeddedPostgresError
from server.postgres.embedded import EmbeddedPostgres
from server.projects import ensure_project
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.server.http.serving import connected, listening

pytestmark = pytest.mark.processes

QUERY = "{ dashboards { totalCount } }"
CHART = """{
  previewWidget(input: {chartType: PIE, field: "topic"}) { ... on PieChart { total } ... on Error { code message } }
}"""
WRITE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { name } } }'


@dataclass(frozen=True)
class Served:
    """A server on an embedded database of its own, with a client that has a key and one that the server never saw."""

    data_dir: Path
    runtime: Runtime
    client: httpx.AsyncClient
    unseen_key: str

    async def ask(self, query: str, key: str | None = None) -> httpx.Response:
        headers = {} if key is None else {"X-API-Key": key}
        return await self.client.post("/graphql", json={"query": query}, headers=headers)

    async def becomes_ready(self, status: int = 200, seconds: float = 30) -> None:
        for _ in range(int(seconds / 0.05)):
            answer = await self.client.get("/readyz")
            if answer.status_code == status:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"/readyz is not {status} after {seconds} seconds: {answer.text}")

    def postmaster(self) -> int:
        return int((self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def keeper(self) -> int:
        command = ["pgrep", "-f", f"postgres_keeper {self.data_dir}|postgres.keeper {self.data_dir}"]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])

    @contextmanager
    def start_held_up(self) -> Generator[None]:
        """Nobody starts the server before the end of the block."""
        with (self.data_dir / "start.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@pytest.fixture(scope="module")
async def served() -> AsyncGenerator[Served]:
    with tempfile.TemporaryDirectory(prefix="dialboard-out-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder), key_cache_seconds=3600)
        async with open_runtime(settings) as runtime:
            project = await ensure_project(runtime.engine, "Outages")
            key, unseen = [await create_key(runtime.sessions, project.id, name) for name in ("seen", "unseen")]
            transport = httpx.ASGITransport(create_app(settings, runtime))
            headers = {"X-API-Key": key}
            async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
                served = Served(Path(folder), runtime, client, unseen)
                assert (await served.ask(QUERY)).json()["data"]["dashboards"] is not None
                yield served


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("postmaster", signal.SIGKILL),
        ("postmaster", signal.SIGINT),
        pytest.param(
            "keeper",
            signal.SIGKILL,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="takes the server down by a means of Linux"),
        ),
    ],
)
async def test_a_server_that_is_gone_comes_back(served: Served, what: str, number: signal.Signals) -> None:
    written = (await served.ask(WRITE)).json()
    assert written == {"data": {"createDashboard": {"dashboard": {"name": "Made"}}}}
    before = (await served.ask(QUERY)).json()["data"]["dashboards"]["totalCount"]
    with served.start_held_up():
        os.kill(served.postmaster() if what == "postmaster" else served.keeper(), number)
        await served.becomes_ready(503)
        for query in (QUERY, WRITE):
            (error,) = (await served.ask(query)).json()["errors"]
            assert error["extensions"]["code"] == "UNAVAILABLE"
            assert error["message"] == "The database is currently not available. Try again in a few seconds."
        chart = (await served.ask(CHART)).json()["data"]["previewWidget"]
        assert chart == {"code": "UNAVAILABLE", "message": error["message"]}
        refused = await served.ask(QUERY, served.unseen_key)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert (await served.client.get("/export/calls.jsonl")).status_code == 503
    await served.becomes_ready()
    assert (await served.ask(QUERY)).json() == {"data": {"dashboards": {"totalCount": before}}}
    assert (await served.ask(CHART)).json() == {"data": {"previewWidget": {"total": 0}}}


async def test_a_socket_lives_through_an_outage(served: Served) -> None:
    """Its operations are refused meanwhile, and so are new sockets whose key must be looked up."""
    app = create_app(Settings(key_cache_seconds=0), served.runtime)
    async with listening(app) as url, connected(url, served.unseen_key) as socket:
        with served.start_held_up():
            os.kill(served.postmaster(), signal.SIGINT)
            await served.becomes_ready(503)
            assert (await socket.refusal(QUERY))["extensions"]["code"] == "UNAVAILABLE"
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with connected(url, served.unseen_key):
                    pass
            assert refused.value.response.status_code == 503
        await served.becomes_ready()
        assert (await socket.data(QUERY))["dashboards"]["totalCount"] >= 0


async def test_what_does_not_start_is_tried_ever_more_rarely(served: Served) -> None:
    settings = served.data_dir / "postgres" / "postgresql.auto.conf"
    sound = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    with capture_logs() as logs:
        os.kill(served.postmaster(), signal.SIGINT)
        for _ in range(400):
            failures = [entry for entry in logs if entry["event"] == "the embedded PostgreSQL does not start"]
            if len(failures) == 2:
                break
            await asyncio.sleep(0.05)
        assert [failure["next_attempt_seconds"] for failure in failures] == [1, 2]
        assert "no_such_setting" in failures[0]["reason"]
        settings.write_text(sound)
        await served.becomes_ready()
        for _ in range(100):  # it takes requests a little before it is said to run
            if any(entry["event"] == "the embedded PostgreSQL is running again" for entry in logs):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(logs)


def _pid_files(data_dir: Path) -> list[bytes]:
    foreign = f"{os.getpid()}\n{data_dir / 'postgres'}\n1\n5432\n\n\n  1 1\nready\n"
    return [b"", b"\n", b"nonsense\n", b"-5\n", b"0\n", b"\xff\xfe\x00", b"999999999\n", foreign.encode()]


def test_no_postmaster_pid_keeps_the_server_from_starting(short_folder: Path) -> None:
    embedded = EmbeddedPostgres(short_folder)
    embedded.start()
    embedded.stop()
    for content in _pid_files(short_folder):
        (short_folder / "postgres" / "postmaster.pid").write_bytes(content)
        with embedded:
            assert embedded.is_running(), content


@pytest.fixture
def short_folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="dialboard-out-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def small_disk(short_folder: Path) -> Generator[Path]:
    """A disk of 120 MB, which only root can make."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(short_folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk takes rights that this user has not")
    yield short_folder
    subprocess.run(["umount", "--lazy", str(short_folder)], check=True)


def _fill(disk: Path, leave: int) -> Path:
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - leave, 1))
    return ballast


def test_a_full_disk_is_told_at_start(small_disk: Path) -> None:
    """In one line, before what PostgreSQL itself had to say, and also where it was started before."""
    full = r"^The disk of \S+ is full: \d+ MB are free, [^\n]*\Z"
    ballast = _fill(small_disk, 8 << 20)
    with pytest.raises(EmbeddedPostgresError, match=full):
        EmbeddedPostgres(small_disk).start()
    ballast.unlink()
    for _ in range(2):
        with EmbeddedPostgres(small_disk) as embedded:
            assert embedded.is_running()
        ballast = _fill(small_disk, 0)
        with pytest.raises(EmbeddedPostgresError, match=full):
            EmbeddedPostgres(small_disk).start()
        ballast.unlink()


async def test_a_full_disk_is_told_and_the_server_recovers(small_disk: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls.jsonl"
    call = {"agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "topic": "x" * 900}
    calls.write_text("".join(json.dumps({**call, "call_id": str(number)}) + "\n" for number in range(1_000)))
    settings = Settings(data_dir=small_disk, key_cache_seconds=3600)
    async with open_runtime(settings) as runtime:
        project = await ensure_project(runtime.engine, "Full")
        key = await create_key(runtime.sessions, project.id, "k")
        transport = httpx.ASGITransport(create_app(settings, runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            served = Served(small_disk, runtime, client, "")
            assert "errors" not in (await served.ask(WRITE, key)).json()
            ballast = _fill(small_disk, 0)
            told = await _refusals(served, key)
            assert told == {("UNAVAILABLE", Outage.DISK_FULL.message)}
            assert "totalCount" in (await served.ask(QUERY, key)).text, "what only reads still works"
            with pytest.raises(ImportStopped) as stopped:
                await import_file(runtime.sessions, project.id, calls)
            assert stopped.value.outage is Outage.DISK_FULL
            assert stopped.value.result == ImportResult(0, 0, 0)
            os.kill(served.postmaster(), signal.SIGKILL)
            await served.becomes_ready(503)
            await asyncio.sleep(3)
            assert (await client.get("/readyz")).status_code == 503, "it cannot start on a full disk"
            ballast.unlink()
            await served.becomes_ready(seconds=60)
            assert "errors" not in (await served.ask(WRITE, key)).json()


async def _refusals(served: Served, key: str) -> set[tuple[str, str]]:
    """How writes fail on a full disk, once what was reserved is used up."""
    told: set[tuple[str, str]] = set()
    topics = ", ".join(f'"{secrets.token_hex(40)}"' for _ in range(50))
    write = WRITE.replace('"Made"', f'"Made", filters: {{field: "topic", op: "in", value: [{topics}]}}')
    for _ in range(40):
        answer = (await served.ask(write, key)).json()
        told |= {(error["extensions"]["code"], error["message"]) for error in answer.get("errors", ())}
    return told
