"""``python -m bench.hostile``: how a server holds up when one project attacks it, when too many come, and over time.

A second project asks for one small field all the while. How long it waits is compared with how long it waits when
nothing else happens; both are measured in the same run.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import psycopg

from bench.attacks import ATTACKERS, ATTACKS, DASHBOARD, attacked
from bench.data import fill, settle
from bench.talker import Talker, connected, request_of
from bench.watched import Watched, serving
from server.keys import create_key
from server.logs import configure
from server.postgres.embedded import ROLE, SUPERUSER, EmbeddedPostgres
from server.runtime import open_runtime
from server.settings import Settings

_SMALL = request_of("{ dashboards { totalCount } }")
_EVERY = 0.05
_WITHIN = 5
"""A neighbour may wait this many times as long as when nothing else happens."""

_WITHOUT_BUDGETS = {"DIALBOARD_BUDGET_KEY": "0", "DIALBOARD_BUDGET_PROJECT": "0"}
_ANY_NUMBER = {"DIALBOARD_MAX_CONNECTIONS_PER_ADDRESS": "0"}


@dataclass
class Waits:
    """What one client met: seconds of the answers with status 200, and the others by their status."""

    seconds: list[float] = field(default_factory=list)
    others: Counter[int] = field(default_factory=Counter)
    refusals: list[float] = field(default_factory=list)

    def note(self, status: int, body: bytes, seconds: float) -> None:
        """Takes note of an answer. One with an internal error counts as a failure of the server."""
        if b"INTERNAL_ERROR" in body:
            status = 500
        if status == 200:
            self.seconds.append(seconds)
        else:
            self.others[status] += 1
            self.refusals.append(seconds)

    def __str__(self) -> str:
        if not self.seconds:
            return f"no answer; {dict(self.others)}"
        times = sorted(self.seconds)
        median, late = statistics.median(times), times[int(len(times) * 0.99)]
        found = f"{len(times):>6,} answers, median {median * 1000:7.1f} ms, 99 % {late * 1000:7.1f} ms"
        return f"{found}, most {times[-1] * 1000:7.1f} ms" + (f", others {dict(self.others)}" if self.others else "")


async def _neighbour(watched: Watched, key: str, seconds: float) -> Waits:
    """Asks for the small field until the time is over, one request after another with a pause."""
    waits, end = Waits(), time.perf_counter() + seconds
    async with connected(watched.port, key) as talker:
        while time.perf_counter() < end:
            begin = time.perf_counter()
            status, body = await talker.send(_SMALL)
            waits.note(status, body, time.perf_counter() - begin)
            await asyncio.sleep(_EVERY)
    return waits


def _combined(chosen: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """The attacks by themselves, and all of them together."""
    each: list[tuple[str, Sequence[str]]] = [(name, [name]) for name in chosen]
    return each if len(each) == 1 else [*each, ("all together", chosen)]


async def _attacked(
    watched: Watched, keys: Mapping[str, str], names: Iterable[str], connections: int, seconds: float
) -> Waits:
    async with attacked(watched.port, keys["attacker"], names, connections):
        await asyncio.sleep(2)
        return await _neighbour(watched, keys["neighbour"], seconds)


async def _under_attack(folder: Path, keys: Mapping[str, str], chosen: Sequence[str], seconds: float) -> None:
    async with serving(folder, _ANY_NUMBER) as watched:
        await _neighbour(watched, keys["neighbour"], 2)
        idle = await _neighbour(watched, keys["neighbour"], seconds)
        print(f"{'nothing else':<34} {idle}")
        base = statistics.median(idle.seconds)
        for (name, names), connections in product(_combined(chosen), (1, ATTACKERS)):
            found = await _attacked(watched, keys, names, connections, seconds)
            ratio = statistics.median(found.seconds) / base if found.seconds else float("inf")
            is_met = ratio <= _WITHIN and not found.others
            lag = await watched.longest_lag()
            print(
                f"{name:<34} {connections} at once {found}, {ratio:.1f} times{'' if is_met else '  MISSED'}; "
                f"loop lag at most {lag}"
            )
            await asyncio.sleep(2)


async def _crowd(folder: Path, keys: Mapping[str, str], clients: int, seconds: float) -> None:
    """So many clients on dashboards at once: none meets an internal error, and what is too much is refused soon."""

    async def client(watched: Watched, waits: Waits, end: float) -> None:
        async with connected(watched.port, keys["attacker"]) as talker:
            while time.perf_counter() < end:
                begin = time.perf_counter()
                status, body = await talker.send(DASHBOARD)
                if status == 200 and b"OVERLOADED" in body:
                    status = 206  # a part of the charts was refused
                waits.note(status, body, time.perf_counter() - begin)

    async with serving(folder, {**_WITHOUT_BUDGETS, **_ANY_NUMBER}) as watched:
        async with connected(watched.port, keys["attacker"]) as talker:
            await talker.send(DASHBOARD)
        waits, end = Waits(), time.perf_counter() + seconds
        await asyncio.gather(*(client(watched, waits, end) for _ in range(clients)))
        print(f"{f'{clients} clients on dashboards':<34} {waits}")
        if waits.refusals:
            late = sorted(waits.refusals)[int(len(waits.refusals) * 0.99)]
            print(f"{'':<34} refused after {statistics.median(waits.refusals):.2f} s (median), {late:.2f} s (99 %)")


async def _soak(folder: Path, keys: Mapping[str, str], minutes: float) -> None:
    """Dashboards, lists, single calls that arrive, exports and wrong requests; memory from then on."""
    works: list[Callable[[Talker, int], Awaitable[object]]] = [
        lambda talker, _: talker.send(DASHBOARD),
        lambda talker, _: talker.send(request_of("{ callLogs(first: 50) { edges { node { id callId topic } } } }")),
        lambda talker, number: talker.send(request_of(_INGEST, {"calls": [_call(number)]})),
        lambda talker, _: talker.send(request_of("{ nonsense }")),
        lambda talker, _: talker.get(
            "/export/calls.csv?filters=%7B%22field%22%3A%22duration%22%2C%22op%22%3A%22lt%22%2C%22value%22%3A20%7D"
        ),
    ]
    async with serving(folder, {**_WITHOUT_BUDGETS, **_ANY_NUMBER}) as watched:
        end, number = time.perf_counter() + minutes * 60, 0
        sizes: list[tuple[float, float]] = []
        async with connected(watched.port, keys["attacker"]) as talker:
            while (now := time.perf_counter()) < end:
                await works[number % len(works)](talker, number)
                number += 1
                if not sizes or now - sizes[-1][0] > 5:
                    sizes.append((now, watched.memory()))
                await asyncio.sleep(0.02)
        half = [size for at, size in sizes if at > end - minutes * 30]
        part = max(1, len(half) // 5)
        begin, final = statistics.mean(half[:part]), statistics.mean(half[-part:])
        print(
            f"{f'{minutes:g} minutes of soak':<34} {number:,} requests; memory of the process {sizes[0][1]:.0f} MB at "
            f"first, {begin:.0f} MB at half time, {final:.0f} MB at the end: {100 * (final / begin - 1):+.1f} %"
        )


_INGEST = "mutation ($calls: JSON!) { ingestCalls(calls: $calls) { created } }"


def _call(number: int) -> dict[str, object]:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"call_id": f"soak-{number}", "agent": "Agent 1", "timestamp": at, "duration": number % 600, "topic": "soak"}


@asynccontextmanager
async def _projects(folder: Path, calls: int) -> AsyncGenerator[dict[str, str]]:
    """Two projects with calls, and a key of each."""
    with EmbeddedPostgres(folder) as embedded:
        async with open_runtime(Settings(data_dir=folder)) as runtime:
            keys: dict[str, str] = {}
            for name in ("attacker", "neighbour"):
                url = embedded.url(SUPERUSER, ROLE).set(drivername="postgresql").render_as_string()
                with psycopg.connect(url) as connection:
                    filled = fill(connection, calls if name == "attacker" else 2_000, name)
                    settle(connection)
                keys[name] = await create_key(runtime.sessions, filled.project_id, name)
            yield keys


async def _run(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="dialboard-hostile-", ignore_cleanup_errors=True) as folder:
        async with _projects(Path(folder) / "data", given.calls) as keys:
            data = Path(folder) / "data"
            if given.seconds:
                await _under_attack(data, keys, given.attack or [*ATTACKS], given.seconds)
            if given.seconds and not given.attack:
                await _crowd(data, keys, given.clients, given.seconds)
            if given.soak:
                await _soak(data, keys, given.soak)


def main() -> None:
    """Attacks a server, crowds it, and lets it run; prints what was met."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=main.__doc__)
    parser.add_argument("--calls", type=int, default=200_000, help="calls of the project that attacks")
    parser.add_argument("--seconds", type=float, default=8, help="of each attack; 0 to leave attacks and clients out")
    parser.add_argument("--attack", action="append", choices=[*ATTACKS], help="only this one; can be repeated")
    parser.add_argument("--clients", type=int, default=500, help="clients on dashboards at once")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="how long to let it run")
    configure(Settings(log_level="error"))
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
