"""``python -m bench.subscribers``: what subscribers cost a server that waits, and how soon they are told of changes."""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import websockets
from sqlalchemy import select

from bench.data import Filled, fill, settle
from bench.dozen import dozen
from bench.saved import save
from bench.served import Client, client, served_process
from graph.node_ids import encode, row_id
from models import Widget
from models.sessions import Sessions
from server.keys import create_key
from server.logs import configure
from server.postgres.embedded import ROLE, SUPERUSER, EmbeddedPostgres
from server.runtime import open_runtime
from server.settings import Settings

CHART = """subscription ($id: ID!) { chartUpdated(id: $id) {
  version isWhole removed data { ... on BarChart { sampleCount buckets { key start value sampleCount } } } } }"""
CALLS = "subscription { callLogArrived(first: 100) { version notPushed callLogs { callId timestamp topic } } }"
PAGE = """subscription ($id: ID!) { chartUpdated(id: $id) { version isWhole removed data { __typename
  ... on Chart { window { start end } sampleCount asOf }
  ... on LineChart { totalPoints points { key timestamp value } }
  ... on BarChart { buckets { key start end value sampleCount group isOther isPartial } }
  ... on PieChart { total slices { label value percentage isOther } }
  ... on ListChart { totalRows rows { label value sampleCount percentage } }
  ... on StatChart { value previousValue change changePercent }
} } }"""
_INGEST = "mutation ($calls: [CallLogInput!]!) { ingestCallLogs(input: {calls: $calls}) { created } }"
_ENVIRONMENT = {
    "DIALBOARD_MAX_CONNECTIONS_PER_ADDRESS": "0",
    "DIALBOARD_MAX_CONNECTIONS": "5000",
    "DIALBOARD_MAX_KEY_SUBSCRIPTIONS": "0",
    "DIALBOARD_MAX_PROJECT_SUBSCRIPTIONS": "0",
}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Subscribers:
    """Sockets with a subscription each, and when each was told what."""

    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list[tuple[float, dict[str, Any]]])
    count: int = 0
    bytes: int = 0

    async def read(self, socket: websockets.ClientConnection, *, is_kept: bool) -> None:
        """Takes what a socket is told; the events of one socket are kept, of the others their number."""
        async for message in socket:
            self.count += 1
            self.bytes += len(message)
            if is_kept:
                self.told.append((time.perf_counter(), json.loads(message)["payload"]["data"]))


@asynccontextmanager
async def subscribed(
    url: str, key: str, query: str, variables: dict[str, Any], most: int
) -> AsyncGenerator[Subscribers]:
    """So many sockets that have all been told their first event."""
    found = Subscribers()
    payload = {"query": query, "variables": variables}
    async with AsyncExitStack() as stack:
        for number in range(most):
            socket = await stack.enter_async_context(
                websockets.connect(
                    f"{url.replace('http://', 'ws://')}/graphql",
                    subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
                    ping_interval=None,
                )
            )
            await socket.send(json.dumps({"type": "connection_init", "payload": {"apiKey": key}}))
            await socket.recv()
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            task = asyncio.create_task(found.read(socket, is_kept=number == 0))
            stack.callback(task.cancel)
        await _until(lambda: found.count >= most)
        yield found


async def _until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - an event would wake the measuring process for each message
            await asyncio.sleep(0.001)


def _call() -> dict[str, Any]:
    return {
        "callId": f"new-{secrets.token_hex(8)}",
        "agent": "Agent 1",
        "timestamp": datetime.now(UTC).isoformat(),
        "duration": 42.0,
        "topic": "billing",
        "callEndedReason": "timeout",
    }


async def _send(asking: Client) -> tuple[str, float]:
    """Sends a call; its name, and the moment in which the answer said that it is stored."""
    call = _call()
    if (await asking.ask(_INGEST, calls=[call]))["ingestCallLogs"]["created"] != 1:
        raise RuntimeError("A call was not taken in.")
    return call["callId"], time.perf_counter()


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _megabytes(pid: int) -> float:
    (line,) = (one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def _idle(pid: int, before: float, most: int, seconds: float) -> None:
    began, used = time.perf_counter(), _processor_seconds(pid)
    await asyncio.sleep(seconds)
    share = (_processor_seconds(pid) - used) / (time.perf_counter() - began)
    print(f"{most:,} idle: {share:.1%} of a core over {seconds:.0f} s, {_megabytes(pid) - before:.0f} MB more")


async def _one_change(asking: Client, found: Subscribers, most: int) -> None:
    times: list[float] = []
    for _ in range(5):
        await asyncio.sleep(1.5)
        before, begin = found.count, time.perf_counter()
        await _send(asking)
        await _until(lambda before=before: found.count >= before + most)
        times.append(time.perf_counter() - begin)
    print(f"one change to all {most:,}: median {statistics.median(times):.2f} s, longest {max(times):.2f} s")


async def _stream(asking: Client, seconds: float, rate: float) -> dict[str, float]:
    """Sends calls at a rate; when each was stored."""
    sent: dict[str, float] = {}
    sending: list[asyncio.Task[tuple[str, float]]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sending.append(asyncio.create_task(_send(asking)))
        await asyncio.sleep(1 / rate)
    for task in sending:
        name, begin = await task
        sent[name] = begin
    return sent


def _report(what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    median, longest = statistics.median(times), max(times)
    print(f"{what}: median {median * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, longest {longest * 1000:.0f} ms")


async def _calls_to_client(asking: Client, found: Subscribers, most: int, seconds: float) -> None:
    sent = await _stream(asking, seconds, 10)
    await asyncio.sleep(2)
    arrived = {call["callId"]: at for at, data in found.told for call in data["callLogArrived"]["callLogs"]}
    missing = [name for name in sent if name not in arrived]
    if missing:
        raise RuntimeError(f"{len(missing)} calls were not told.")
    times = [arrived[name] - begin for name, begin in sent.items()]
    _report(f"callLogArrived, 10 calls a second, {most:,} subscribers, {len(times)} calls, stored to client", times)


async def _chart_to_client(asking: Client, found: Subscribers, most: int, seconds: float) -> None:
    start = _newest(found.told[-1][1])
    whole, told = found.bytes / found.count, found.count
    sent = sorted((await _stream(asking, seconds, 10)).values())
    await asyncio.sleep(2)
    counts = [(at, _newest(data) - start) for at, data in found.told]
    times = [next(at for at, count in counts if count > number) - begin for number, begin in enumerate(sent)]
    _report(f"chartUpdated, 10 calls a second, {most:,} subscribers, {len(times)} calls, stored to client", times)
    part = (found.bytes - whole * told) / max(1, found.count - told)
    print(f"bytes of an event: {part:.0f}, of the whole chart {whole:.0f} ({part / whole:.1%})")


def _newest(data: dict[str, Any]) -> float:
    """The number of calls of the last day: calls leave the others all the time."""
    buckets = data["chartUpdated"]["data"]["buckets"]
    return buckets[-1]["value"] if buckets else 0


async def _page(url: str, key: str, asking: Client, widgets: list[str]) -> None:
    """What one call costs a page of a dozen charts, compared with asking for all of it again."""
    whole = pushed = 0
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(subscribed(url, key, PAGE, {"id": id}, 1)) for id in widgets]
        await asyncio.sleep(5)  # pre-aggregates are built after the first request
        first = [page.bytes for page in pages]
        whole = sum(first)
        for _ in range(5):
            await _send(asking)
            await asyncio.sleep(1.5)
        pushed = (sum(page.bytes for page in pages) - whole) / 5
        each = [page.bytes for page in pages]
    print(f"a page of {len(widgets)} charts: {whole:,} bytes whole, {pushed:,.0f} for a call ({pushed / whole:.1%})")
    parts = ", ".join(f"{(last - one) / 5:,.0f} of {one:,}" for one, last in zip(first, each, strict=True))
    print(f"bytes of each chart: {parts}")


@asynccontextmanager
async def _project(folder: Path, calls: int) -> AsyncGenerator[tuple[str, str, list[str]]]:
    """A project with calls and a dozen widgets: the address of its database, a key, and the widgets."""
    with EmbeddedPostgres(folder) as embedded:
        async with open_runtime(Settings(data_dir=folder)) as runtime:
            url = embedded.url(SUPERUSER, ROLE).set(drivername="postgresql").render_as_string()
            with psycopg.connect(url) as connection:
                filled = fill(connection, calls)
                settle(connection)
            key = await create_key(runtime.sessions, filled.project_id, "bench")
            widgets = await _widgets(runtime.sessions, filled)
        dsn = embedded.url(ROLE, ROLE).set(drivername="postgresql").render_as_string(hide_password=False)
        yield dsn, key, widgets


async def _widgets(sessions: Sessions, filled: Filled) -> list[str]:
    """The ids of the widgets of a dashboard."""
    dashboard = await save(sessions, filled.project_id, dozen(filled.metrics))
    ids = select(Widget.id).where(
        Widget.project_id == filled.project_id, Widget.dashboard_id == row_id(dashboard, "Dashboard")
    )
    async with sessions.read(filled.project_id) as session:
        return [encode("Widget", id) for id in await session.scalars(ids.order_by(Widget.position))]


async def _run(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="dialboard-live-", ignore_cleanup_errors=True) as folder:
        async with (
            _project(Path(folder) / "data", given.calls) as (dsn, key, widgets),
            served_process(dsn, _ENVIRONMENT) as (url, process),
            client(url, key) as asking,
        ):
            await _page(url, key, asking, widgets)
            asked = {"id": widgets[1]}
            async with subscribed(url, key, CHART, asked, 2):
                await _send(asking)  # everything that is made once is there
                await asyncio.sleep(3)
            before = _megabytes(process.pid)
            async with subscribed(url, key, CHART, asked, given.subscribers) as found:
                await _idle(process.pid, before, given.subscribers, given.seconds)
                await _one_change(asking, found, given.subscribers)
            for most in (10, given.crowd):
                async with subscribed(url, key, CALLS, {}, most) as found:
                    await _calls_to_client(asking, found, most, given.seconds)
                async with subscribed(url, key, CHART, asked, most) as found:
                    await _chart_to_client(asking, found, most, given.seconds)


def main() -> None:
    """Measures subscribers of one server process."""
    parser = argparse.ArgumentParser(prog="python -m bench.subscribers", description=main.__doc__)
    parser.add_argument("--calls", type=int, default=200_000, help="calls of the project")
    parser.add_argument("--subscribers", type=int, default=1_000, help="subscribers that wait")
    parser.add_argument("--crowd", type=int, default=200, help="subscribers that are told ten calls a second")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    configure(Settings(log_level="error"))
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
