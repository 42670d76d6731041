"""Starts the embedded PostgreSQL again when it has gone: killed, or shut down because its disk was full."""

import asyncio
from contextlib import AbstractAsyncContextManager

import structlog

from server.beside import working_beside
from server.postgres.cluster import EmbeddedPostgresError
from server.postgres.embedded import EmbeddedPostgres

WATCH_SECONDS = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between attempts to start it: each time twice as long, so that one that cannot start is not a burden."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.database")


def supervised(embedded: EmbeddedPostgres) -> AbstractAsyncContextManager[None]:
    """Keeps the server running while the block runs. Every process that uses it does so; one of them starts it."""
    return working_beside(_supervise(embedded))


async def _supervise(embedded: EmbeddedPostgres) -> None:
    pause = FIRST_PAUSE
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            if embedded.is_running():
                pause = FIRST_PAUSE
                continue
            _log.error("the embedded PostgreSQL has stopped; restarting it", last=embedded.cluster.last_words())
            await asyncio.to_thread(embedded.revive)
            _log.warning("the embedded PostgreSQL is running again")
        except (EmbeddedPostgresError, OSError) as error:
            _log.error("the embedded PostgreSQL does not start", reason=str(error), next_attempt_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
