"""``dialboard serve`` in a process of its own, and a client that measures until the whole answer is there."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import httpx
import orjson

_COMMAND = (sys.executable, "-c", "from server.commands.cli import main; main()", "serve", "--port", "0")
_BUDGET = "1000000000"
_SETTINGS = {
    "DIALBOARD_LOG_LEVEL": "error",
    "DIALBOARD_STATEMENT_TIMEOUT": "300",
    # Kept as by default, but never spent: the benchmarks ask far more than a key may.
    "DIALBOARD_BUDGET_KEY": _BUDGET,
    "DIALBOARD_BUDGET_PROJECT": _BUDGET,
}
_ADDRESS = re.compile(rb"Dialboard is at (http://\S+)/graphql")


@asynccontextmanager
async def served(dsn: str) -> AsyncGenerator[str]:
    """A server on the database, as a user starts it; gives its address, and stops it at the end."""
    async with served_process(dsn) as (url, _):
        yield url


@asynccontextmanager
async def served_process(
    dsn: str, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncGenerator[tuple[str, asyncio.subprocess.Process]]:
    """The same with its process."""
    environment = {**os.environ, **_SETTINGS, **settings, "DATABASE_URL": dsn}
    process = await asyncio.create_subprocess_exec(*_COMMAND, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        yield await asyncio.wait_for(_address(process), 60), process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 30)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if found := _ADDRESS.search(line):
            return found[1].decode()
    raise RuntimeError("The server did not start.")


class Client:
    """A client that keeps its connection, as browsers do."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def timed(self, query: str, **variables: object) -> float:
        """Seconds from the request until the last byte of the answer; parsing it, and looking into it, is not in it."""
        begin = time.perf_counter()
        response = await self._http.post("/graphql", json={"query": query, "variables": variables})
        seconds = time.perf_counter() - begin
        _check(response)
        return seconds

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data that a query answers."""
        response = await self._http.post("/graphql", json={"query": query, "variables": variables})
        _check(response)
        return orjson.loads(response.content)["data"]


@asynccontextmanager
async def client(url: str, key: str) -> AsyncGenerator[Client]:
    """A client of a server."""
    async with httpx.AsyncClient(base_url=url, headers={"X-API-Key": key}, timeout=900) as http:
        yield Client(http)


def _check(response: httpx.Response) -> None:
    text = response.content
    if response.status_code != 200 or b'"errors":[{' in text.replace(b" ", b"") or b'"message":' in text:
        raise RuntimeError(f"The benchmark's request failed: {response.status_code} {response.text[:500]}")
