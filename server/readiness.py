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


async def readiness(runtime: Runtime) -> Readiness:
    """Asks the database, and counts connections and who waits for them.

    A full pool or queue is told and is no reason to be unavailable: another server would not have more of the database.
    """
    checks = {"database": "ok", "migrations": "unknown", **_load(runtime)}
    engine = create_async_engine(runtime.engine.url, poolclass=NullPool)
    try:
        async with asyncio.timeout(SECONDS), engine.connect() as connection:
            await connection.execute(text("select 1"))
            revision = await connection.run_sync(current)
    except (SQLAlchemyError, TimeoutError, OSError) as error:
        if outage_of(error) is Outage.BUSY:  # it lives, and the connections of the pool stay
            return Readiness(None, {**checks, "database": "full"})
        return Readiness("The database does not respond.", {**checks, "database": "unreachable"})
    if revision != runtime.revision:
        reason = f"The tables are at version {revision}; this server requires {runtime.revision}."
        return Readiness(reason, {**checks, "migrations": "other"})
    return Readiness(None, {**checks, "migrations": "ok"})


def _load(runtime: Runtime) -> dict[str, Any]:
    lanes = runtime.sessions.lanes
    if lanes is None:
        return {}
    turns = {lane.value: lanes[lane] for lane in Lane}
    return {
        "pool": {name: {"size": one.capacity, "inUse": one.in_use} for name, one in turns.items()},
        "queue": {name: {"waiting": one.waiting, "most": one.most_waiting} for name, one in turns.items()},
    }
