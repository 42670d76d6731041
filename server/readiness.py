"""Whether the server can serve requests, asked on a connection of its own, so that a full pool is not taken for a
database that is away."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import NullPool, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from models.lanes import Lane
from models.outages import Outage, outage_of
from server.beside import started
from server.postgres.driver import UNPREPARED
from server.postgres.migrate import current
from server.runtime import Runtime

SECONDS = 1.5
"""How long the database may take to answer."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a probe is told. ``reason`` is None where requests can be served."""

    reason: str | None
    checks: dict[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """As JSON."""
        status = {"status": "ready"} if self.reason is None else {"status": "unavailable", "reason": self.reason}
        return {**status, "checks": self.checks}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the database says: the version of its tables, and whether it refuses changes, as a standby does."""

    revision: str | None
    is_read_only: bool


_IS_READ_ONLY = text("select current_setting('transaction_read_only')::boolean")


class Prober:
    """Asks the database for all who ask, once at a time: probes need no key, and each takes a connection.

    A statement of a database that hangs takes long to be given up; nobody waits for that.
    """

    def __init__(self) -> None:
        self._probe: asyncio.Task[_Answer] | None = None

    async def readiness(self, runtime: Runtime) -> Readiness:
        """Whether the database answers, and how many connections are in use and requests wait.

        A full pool or queue is no reason to be unavailable: another server would not have more of the database.
        """
        checks = {"database": "ok", "migrations": "unknown", **_load(runtime)}
        if self._probe is None or self._probe.done():
            self._probe = started(_ask(runtime))
        probe = self._probe
        await asyncio.wait({probe}, timeout=SECONDS)
        error = probe.exception() if probe.done() else TimeoutError()
        if outage_of(error) is Outage.BUSY:
            return Readiness(None, {**checks, "database": "full"})  # it lives, and the connections of the pool stay
        if isinstance(error, (SQLAlchemyError, TimeoutError, OSError)):
            return Readiness("The database does not respond.", {**checks, "database": "unreachable"})
        answer = probe.result()
        if answer.is_read_only:
            checks["database"] = "readOnly"  # what it has can be read
        if answer.revision != runtime.revision:
            reason = f"The tables are at version {answer.revision}; this server requires {runtime.revision}."
            return Readiness(reason, {**checks, "migrations": "other"})
        return Readiness(None, {**checks, "migrations": "ok"})


async def _ask(runtime: Runtime) -> _Answer:
    engine = create_async_engine(runtime.engine.url, poolclass=NullPool, connect_args=UNPREPARED)
    async with asyncio.timeout(SECONDS), engine.connect() as connection:
        is_read_only = (await connection.execute(_IS_READ_ONLY)).scalar_one()
        return _Answer(await connection.run_sync(current), is_read_only)


def _load(runtime: Runtime) -> dict[str, Any]:
    lanes = runtime.sessions.lanes
    if lanes is None:
        return {}
    turns = {lane.value: lanes[lane] for lane in Lane}
    return {
        "pool": {name: {"size": one.capacity, "inUse": one.in_use} for name, one in turns.items()},
        "queue": {name: {"waiting": one.waiting, "most": one.most_waiting} for name, one in turns.items()},
    }
