"""Storing calls, with the triggers that mark changes against without them, in turns on the same tables."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import insert

from bench.table import Row
from models import Project
from models.call_record import CallRecord, parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions

_TABLES = ("agents", "metrics", "call_logs", "metric_evaluations")
_DAYS = 30
_Make = Callable[[int, int], list[list[CallRecord]]]
"""Makes the transactions of a block, from the number of its first call and how many there are."""


async def run(
    sessions: Sessions,
    superuser_dsn: str,
    single_calls: int = 150,
    rounds: int = 6,
    batch: int = 5_000,
    batches: int = 3,
) -> list[Row]:
    """The times of single calls and of batches.

    Args:
        superuser_dsn: who may disable triggers.
        single_calls: calls of a block, each in a transaction of its own.
        rounds: blocks of single calls on each side.
        batch: calls of a batch, which is one transaction.
        batches: batches on each side, for each order of times.
    """
    async with sessions.engine.begin() as connection:
        made = await connection.execute(insert(Project).values(name="writes").returning(Project.id))
        project_id = made.scalar_one()
    bench = _Writes(sessions, superuser_dsn, project_id)
    return [
        await bench.compare("Storing a call with 3 metrics", 1.3, rounds, _one_call_at_a_time, single_calls),
        await bench.compare(f"Storing {batch:,} calls, in order", 1.2, batches, _in_order, batch),
        await bench.compare(f"Storing {batch:,} calls, at random times", 1.2, batches, _at_random, batch),
    ]


class _Writes:
    """Stores calls of one project, on both sides in turns."""

    def __init__(self, sessions: Sessions, superuser_dsn: str, project_id: int) -> None:
        self._sessions = sessions
        self._dsn = superuser_dsn
        self._project_id = project_id
        self._number = 0

    async def compare(self, name: str, bound: float, rounds: int, make: _Make, calls: int) -> Row:
        """The least time per transaction of each side: the machine's own disturbances only ever add to it."""
        times: dict[bool, list[float]] = {True: [], False: []}
        try:
            for number in range(rounds + 1):
                for is_marked in (True, False) if number % 2 else (False, True):
                    self._set_triggers(is_enabled=is_marked)
                    seconds = await self._store(make(self._number, calls))
                    self._number += calls
                    if number:
                        times[is_marked].append(seconds)
        finally:
            self._set_triggers(is_enabled=True)
        return Row(name, min(times[True]), min(times[False]), "without marking changes", bound)

    async def _store(self, transactions: Sequence[Sequence[CallRecord]]) -> float:
        begin = time.perf_counter()
        for records in transactions:
            async with self._sessions.write(self._project_id) as session:
                await upsert_calls(session, self._project_id, records)
        return (time.perf_counter() - begin) / len(transactions)

    def _set_triggers(self, *, is_enabled: bool) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            for table in _TABLES:
                verb = "enable" if is_enabled else "disable"
                connection.execute(f"alter table {table} {verb} trigger user".encode())


def _call(number: int, timestamp: datetime) -> CallRecord:
    metrics = [
        {"metric": "latency", "type": "numeric", "value": number % 100 / 10},
        {"metric": "satisfaction", "type": "rating", "value": number % 6},
        {"metric": "sentiment", "type": "enum", "value": ("good", "bad")[number % 2]},
    ]
    agent = f"Agent {number % 8}"
    call = {"call_id": f"call-{number}", "agent": agent, "timestamp": timestamp.isoformat(), "metrics": metrics}
    return parse_call({**call, "duration": float(number % 400), "success": number % 3 > 0, "topic": "billing"})


def _one_call_at_a_time(first: int, calls: int) -> list[list[CallRecord]]:
    now = datetime.now(UTC)
    return [[_call(number, now)] for number in range(first, first + calls)]


def _in_order(first: int, calls: int) -> list[list[CallRecord]]:
    begin, step = datetime.now(UTC) - timedelta(days=_DAYS), timedelta(days=_DAYS) / calls
    return [[_call(first + place, begin + place * step) for place in range(calls)]]


def _at_random(first: int, calls: int) -> list[list[CallRecord]]:
    chance, now = random.Random(first), datetime.now(UTC)
    return [[_call(first + place, now - timedelta(days=chance.uniform(0, _DAYS))) for place in range(calls)]]
