"""What one request costs beside a bare route, and how one process bears many clients at once."""

import asyncio
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from typing import Any

from bench import bare
from bench.raw_http import RawClient, connected, request_of
from bench.table import Row

_SMALL = "{ viewer { maxWindowDays } }"
_BLOCK, _ROUNDS = 200, 12
_CLIENTS = 32
_WITHIN = 10


async def small_field(url: str, key: str) -> list[Row]:
    """One small field over HTTP, against a bare route that returns the same JSON for the same bytes of request."""
    async with connected(url) as asking:
        request = request_of(url, key, _SMALL, {})
        answer = await asking.send(request)
        async with _bare(answer) as beside, connected(beside) as asking_bare:
            same = request_of(beside, key, _SMALL, {})
            if await asking_bare.send(same) != answer:
                raise RuntimeError("The bare route answers something else.")
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(_ROUNDS):
                times[0].extend(await _block(asking, request))
                times[1].extend(await _block(asking_bare, same))
    note = f"medians of {len(times[0]):,}"
    ours, theirs = map(statistics.median, times)
    return [Row("One small field over HTTP", ours, theirs, "a bare FastAPI route", 1.5, note)]


async def many_clients(url: str, key: str, query: str, variables: dict[str, Any], seconds: float = 5) -> list[Row]:
    """As many requests as 32 clients get answered at once, against one client. An error fails the benchmark."""
    request = request_of(url, key, query, variables)
    alone, one_each = await _clients(url, request, 1, seconds)
    together, each = await _clients(url, request, _CLIENTS, seconds)
    p50, p99 = statistics.median(together), statistics.quantiles(together, n=100)[-1]
    name = f"{_CLIENTS} clients on one process"
    note = f"{1 / each:,.0f} a second of {len(together):,}, {1 / one_each:,.0f} a second of {len(alone):,}; no errors"
    return [
        Row(f"{name}, seconds by requests", each, one_each, "one client", 1, note),
        Row(f"{name}, 99th percentile", p99, p50, "their median", _WITHIN),
    ]


async def _block(asking: RawClient, request: bytes) -> list[float]:
    times: list[float] = []
    for _ in range(_BLOCK):
        begin = time.perf_counter()
        await asking.send(request)
        times.append(time.perf_counter() - begin)
    return times


async def _clients(url: str, request: bytes, number: int, seconds: float) -> tuple[list[float], float]:
    """The times of all requests, and the seconds in all by their number. Those under way at the end are waited for."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(url)) for _ in range(number)]
        await asyncio.gather(*(each.send(request) for each in clients))
        begin = time.perf_counter()
        answered = await asyncio.gather(*(_until(each, request, begin + seconds) for each in clients))
        times = list(chain.from_iterable(answered))
        return times, (time.perf_counter() - begin) / len(times)


async def _until(asking: RawClient, request: bytes, end: float) -> list[float]:
    times: list[float] = []
    while (begin := time.perf_counter()) < end:
        await asking.send(request)
        times.append(time.perf_counter() - begin)
    return times


@asynccontextmanager
async def _bare(answer: bytes) -> AsyncGenerator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environment = {**os.environ, bare.ANSWER: answer.decode(), bare.LISTENER: str(listener.fileno())}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.bare", env=environment, pass_fds=[listener.fileno()]
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}{bare.ROUTE}"
        finally:
            process.terminate()
            await process.wait()
