"""Requests over HTTP: one small field against a bare FastAPI route, and many clients against one."""

import asyncio
import json
import re
import statistics
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from bench.table import Row

CLIENTS = 32
_ADDRESS = re.compile(rb"running on (http://\S+)")


async def small_field(url: str, key: str, requests: int = 4_000) -> list[Row]:
    """A request of ``{ __typename }``, as a client with a key sends it, in turns with the same to the bare route."""
    body = json.dumps({"query": "{ __typename }"})
    headers = {"x-api-key": key}
    async with _bare() as other:
        targets = [{"url": one, "headers": headers, "body": body} for one in (url, f"{other}/graphql")]
        ours, theirs = await _load({"targets": targets, "requests": requests})
    times = statistics.median(ours), statistics.median(theirs)
    return [Row("A request of one small field over HTTP", *times, "a bare FastAPI route", 1.5)]


async def many_clients(url: str, key: str, query: str, variables: dict[str, Any], seconds: float = 5.0) -> list[Row]:
    """The dashboard from one client and from 32 at once; a request that fails ends the benchmark."""
    target = {"url": url, "headers": {"x-api-key": key}, "body": json.dumps({"query": query, "variables": variables})}
    (alone,) = await _load({"targets": [target], "clients": 1, "seconds": seconds})
    (together,) = await _load({"targets": [target], "clients": CLIENTS, "seconds": seconds})
    ordered = sorted(together)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    a_request = seconds / len(alone), seconds / len(together)
    return [
        Row(f"Time a request, {CLIENTS} clients at once", a_request[1], a_request[0], "one client", 1.0),
        Row(f"p99 of {CLIENTS} clients", p99, p50, "their p50", 10.0),
    ]


async def _load(given: dict[str, Any]) -> list[list[float]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(json.dumps(given).encode())
    if process.returncode:
        raise RuntimeError("The clients failed; what they wrote is above.")
    return json.loads(output)


@asynccontextmanager
async def _bare() -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.bare", stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        while line := await process.stderr.readline():
            if found := _ADDRESS.search(line):
                yield found[1].decode()
                return
        raise RuntimeError("The bare server did not start.")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
