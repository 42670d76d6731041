"""What a project could send to occupy a server: each attack is one turn, which is repeated on several connections.

``python -m bench.attacks PORT CONNECTIONS NAME …`` attacks until it is ended, with the key in ``ATTACKER_KEY``.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from bench.talker import Talker, connected, request_of

Attack = Callable[[int, str], Awaitable[None]]

_SPREAD = " ".join(f"...F{number}" for number in range(11))
_CYCLES = "{...F0} " + " ".join(f"fragment F{number} on Query {{ {_SPREAD} }}" for number in range(11))
_BARS = " ".join(
    f'a{number}: previewWidget(input: {{chartType: BAR, field: "duration", aggregation: AVG, timePeriod: HOUR}}) '
    "{ ... on BarChart { buckets { value calls(first: 1) { totalCount edges { node { id } } } } } }"
    for number in range(20)
)
_TRANSCRIPTS = " ".join(
    f"a{number}: callLogs(first: 100) {{ edges {{ node {{ transcript {{ text }} }} }} }}" for number in range(4)
)
_FIELDS = (
    "id callId timestamp duration success isReviewed customerNumber callEndedReason topic createdAt updatedAt "
    "databaseId metadata agent { id agentName } "
    "metricEvaluations { numberValue booleanValue textValue metric { id name } }"
)
_PAGES = request_of(
    "{ " + " ".join(f"a{n}: callLogs(first: 500) {{ edges {{ node {{ {_FIELDS} }} }} }}" for n in range(9)) + " }"
)
_SLOW = request_of(
    "query ($f: JSON) { callLogs(first: 500, filters: $f) { totalCount edges { node { id metadata } } } }",
    {"f": {"field": "topic", "op": "regex", "value": "(a|b|c|d|e)*(x|y)+[0-9]{3,20}$"}},
)
_CONDITIONS = {
    "operator": "and",
    "conditions": [{"field": "metric_evaluations.value", "op": "gt", "value": number} for number in range(190)],
}
_CHARTS = (
    "chartType: STAT",
    'chartType: STAT, field: "duration", aggregation: AVG',
    'chartType: STAT, field: "duration", aggregation: P95',
    'chartType: BAR, field: "timestamp", aggregation: COUNT, timePeriod: DAY',
    'chartType: BAR, field: "duration", aggregation: AVG, timePeriod: DAY',
    'chartType: BAR, field: "success", aggregation: AVG, timePeriod: DAY',
    'chartType: BAR, field: "duration", aggregation: P95, timePeriod: DAY',
    'chartType: PIE, field: "topic"',
    'chartType: PIE, field: "success"',
    'chartType: LIST, field: "topic"',
    'chartType: LIST, field: "agent.agent_name"',
    'chartType: HISTOGRAM, field: "duration"',
)
_SHOWN = (
    "... on StatChart { value sampleCount } ... on BarChart { buckets { timeInterval value } } "
    "... on PieChart { slices { label value } } ... on ListChart { rows { label value } } "
    "... on HistogramChart { bins { from to value } } ... on Error { code }"
)
DASHBOARD = request_of(
    "{ "
    + " ".join(f"c{number}: previewWidget(input: {{{chart}}}) {{ {_SHOWN} }}" for number, chart in enumerate(_CHARTS))
    + " }"
)
"""A dozen charts."""


def _posting(body: bytes) -> Attack:
    async def attack(port: int, key: str) -> None:
        async with connected(port, key) as talker:
            for _ in range(5):
                await talker.send(body)

    return attack


def _calls(number: int) -> list[dict[str, Any]]:
    return [
        {"call_id": f"c{at}", "agent": "Agent 1", "timestamp": "2026-01-01T00:00:00Z", "metrics": {f"m{at}": at}}
        for at in range(number)
    ]


async def _large_headers(port: int, key: str) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 8_000_000)
    await writer.drain()
    writer.close()


async def _slow_connections(port: int, key: str) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
    for _, writer in opened:
        writer.write(b"POST /graphql HTTP/1.1\r\n")
    await asyncio.sleep(3)
    for _, writer in opened:
        writer.close()


async def _unread_exports(port: int, key: str) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
    writer.write(f"GET /export/calls.jsonl HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n".encode())
    await asyncio.sleep(5)
    writer.close()


async def _wrong_keys(port: int, key: str) -> None:
    for number in range(30):
        talker = Talker(port, f"dlb_1_{number:043d}")
        await talker.send(request_of("{ __typename }"))
        await talker.close()


ATTACKS: dict[str, Attack] = {
    "fragments in cycles": _posting(request_of(_CYCLES)),
    "headers of 8 MB": _large_headers,
    "slow connections": _slow_connections,
    "exports that nobody reads": _unread_exports,
    "calls below the buckets of 20 bars": _posting(request_of(f"{{ {_BARS} }}")),
    "400 transcripts": _posting(request_of(f"{{ {_TRANSCRIPTS} }}")),
    "nine pages of 500 calls": _posting(_PAGES),
    "dozens of charts": _posting(DASHBOARD),
    "a slow regular expression": _posting(_SLOW),
    "190 conditions on evaluations": _posting(
        request_of(
            "query ($f: JSON!) { validateFilters(filters: $f) { isValid warnings { counts { calls } } } }",
            {"f": _CONDITIONS},
        )
    ),
    "10,000 calls with 10,000 metrics": _posting(
        request_of("mutation ($c: JSON!) { ingestCalls(calls: $c) { created rejected } }", {"c": _calls(10_000)})
    ),
    "wrong keys": _wrong_keys,
}
"""By name."""

ATTACKERS = 8
"""Connections that attack at once."""

_TURN_SECONDS = 10


@asynccontextmanager
async def attacked(port: int, key: str, names: Iterable[str], connections: int) -> AsyncGenerator[None]:
    """A server that is attacked from a process of its own, so that whoever measures is not held up by it."""
    environment = {**os.environ, "ATTACKER_KEY": key}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.attacks", str(port), str(connections), *names, env=environment
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _attack(port: int, key: str, attacks: Iterable[Attack], connections: int) -> None:
    async def again() -> None:
        while True:
            for attack in attacks:
                with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                    await asyncio.wait_for(attack(port, key), _TURN_SECONDS)

    await asyncio.gather(*(again() for _ in range(connections)))


if __name__ == "__main__":
    chosen = [ATTACKS[name] for name in sys.argv[3:]]
    asyncio.run(_attack(int(sys.argv[1]), os.environ["ATTACKER_KEY"], chosen, int(sys.argv[2])))
