"""Clients in a process of their own, so that they do not share a processor's time with what they measure.

Reads one JSON object from standard input, ``{"targets": [{url, headers, body}], "requests"|"seconds", "clients"}``, and
writes the seconds that each request took, a list a target. With several targets one client asks them in turns.
"""

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import uvloop


class Connection:
    """A connection that is kept open, with one request under way at a time."""

    def __init__(self, url: str, headers: dict[str, str], body: str) -> None:
        self._address = urlsplit(url)
        content = body.encode()
        head = [
            f"POST {self._address.path} HTTP/1.1",
            f"host: {self._address.netloc}",
            "content-type: application/json",
            f"content-length: {len(content)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self._request = ("\r\n".join(head) + "\r\n\r\n").encode() + content

    async def open(self) -> None:
        """Connects."""
        self._reader, self._writer = await asyncio.open_connection(
            self._address.hostname, self._address.port, limit=2**24
        )

    async def ask(self) -> float:
        """Seconds until the last byte of the answer."""
        begin = time.perf_counter()
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        seconds = time.perf_counter() - begin
        if b" 200 " not in head[:16] or b'"errors"' in body or b'"message"' in body:
            raise RuntimeError(f"The request failed: {head[:100]!r} {body[:300]!r}")
        return seconds


async def _in_turns(targets: list[dict[str, Any]], requests: int) -> list[list[float]]:
    connections = [Connection(**target) for target in targets]
    for connection in connections:
        await connection.open()
        for _ in range(requests // 10):
            await connection.ask()
    times: list[list[float]] = [[] for _ in connections]
    for _ in range(requests // 50):
        for kept, connection in zip(times, connections, strict=True):
            kept += [await connection.ask() for _ in range(50)]
    return times


async def _at_once(target: dict[str, Any], clients: int, seconds: float) -> list[list[float]]:
    connections = [Connection(**target) for _ in range(clients)]
    for connection in connections:
        await connection.open()
    await connections[0].ask()
    end = time.perf_counter() + seconds

    async def one(connection: Connection) -> list[float]:
        taken: list[float] = []
        while time.perf_counter() < end:
            taken.append(await connection.ask())
        return taken

    return [[seconds for times in await asyncio.gather(*map(one, connections)) for seconds in times]]


async def _main() -> None:
    given = json.load(sys.stdin)
    if "requests" in given:
        times = await _in_turns(given["targets"], given["requests"])
    else:
        times = await _at_once(given["targets"][0], given["clients"], given["seconds"])
    json.dump(times, sys.stdout)


if __name__ == "__main__":
    uvloop.run(_main())
