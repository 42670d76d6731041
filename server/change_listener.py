"""Hears of changes, for all subscriptions of this process: by one connection that listens to notices, or by asking for
the state of the watched projects each second where a connection cannot listen."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, cast

import psycopg
import structlog
from sqlalchemy import NullPool, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from models.lanes import Lane
from models.notices import CHANNEL, Notice, Topic, read_notice
from models.outages import DeadlinePassed, Overloaded
from models.pooler import is_pooled
from models.sessions import Sessions
from resolvers.change_hub import ChangeHub
from server.beside import started, working_beside
from server.runtime import Runtime
from server.settings import Settings

POLL_SECONDS = 1.0
"""How often the state of a project is asked for where nothing is listened to."""

_QUIET_SECONDS = 15.0
"""After how long without a notice the connection is tried: one that was cut silently brings none."""

_PATIENCE = 5.0
"""How long the database may take to answer such a trial."""

_CONNECT_SECONDS = 10

_FIRST_RETRY, _LAST_RETRY = 1.0, 60.0
"""Seconds after which to listen again when that failed, doubled each time."""

_STATES = {
    Topic.CALLS: text("select coalesce(sum(changes), 0)::text from change_marks where project_id = :project"),
    Topic.DASHBOARDS: text(
        "select (select concat_ws(' ', count(*), sum(xmin::text::bigint)) from dashboards "
        "where project_id = :project) || '/' || (select concat_ws(' ', count(*), sum(xmin::text::bigint)) "
        "from widgets where project_id = :project)"
    ),
}
"""What differs when something of a topic changed in a project: the transactions that made its rows, as plain SQL may
leave their versions as they were."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.changes")


class ChangeListener:
    """Rings the hub at changes, for as long as anybody waits for some."""

    def __init__(
        self, engine: AsyncEngine, sessions: Sessions, hub: ChangeHub, way: Literal["auto", "listen", "poll"]
    ) -> None:
        self._engine = engine
        self._sessions = sessions
        self._hub = hub
        self._polls = way == "poll" or (way == "auto" and is_pooled(engine))
        self._states: dict[Notice, str] = {}

    async def run(self) -> None:
        """Listens, or polls, until it is cancelled."""
        retry = _FIRST_RETRY
        while True:
            await self._hub.needed()
            if self._polls:
                await self._poll(POLL_SECONDS)
                continue
            try:
                await self._listen()
                retry = _FIRST_RETRY
            except (psycopg.Error, SQLAlchemyError, OSError, TimeoutError) as error:
                _log.warning("changes cannot be listened to; the database is polled instead", reason=str(error)[:200])
                await self._poll(retry)
                retry = min(2 * retry, _LAST_RETRY)

    async def _listen(self) -> None:
        """Listens until nobody waits any more."""
        connection = await _connected(self._engine)
        try:
            raw = await connection.get_raw_connection()
            driver = cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
            await driver.set_autocommit(True)
            await driver.execute(f"listen {CHANNEL}")
            self._states.clear()
            # What was committed before, nobody has told.
            self._hub.tell_all()
            while self._hub.is_needed:
                async for told in driver.notifies(timeout=_QUIET_SECONDS):
                    notice = read_notice(told.payload)
                    if notice is not None:
                        self._hub.tell(notice)
                async with asyncio.timeout(_PATIENCE):
                    await driver.execute("select 1")
        finally:
            await connection.close()

    async def _poll(self, seconds: float) -> None:
        """Asks for the states of the watched projects each second, for so long."""
        end = asyncio.get_running_loop().time() + seconds
        while self._hub.is_needed and asyncio.get_running_loop().time() < end:
            for project_id in self._hub.watched():
                try:
                    await self._look(project_id)
                except (SQLAlchemyError, Overloaded, DeadlinePassed):
                    self._states.clear()  # nobody can tell; the next look rings whatever it finds
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self, project_id: int) -> None:
        async with self._sessions.read(project_id, lane=Lane.READS) as session:
            for topic, statement in _STATES.items():
                place, state = Notice(project_id, topic), str(await session.scalar(statement, {"project": project_id}))
                if self._states.get(place) != state:
                    self._states[place] = state
                    self._hub.tell(place)


async def _connected(like: AsyncEngine) -> AsyncConnection:
    """A connection beside those of an engine. One that is given up while it is made is closed once it is there."""
    options = {"connect_timeout": _CONNECT_SECONDS, "application_name": "dialboard changes"}
    engine = create_async_engine(
        like.url, poolclass=NullPool, hide_parameters=True, connect_args=options, pool_reset_on_return=None
    )
    connecting = started(_open(engine))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with suppress(Exception):
            await (await connecting).close()
        raise


async def _open(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()


@asynccontextmanager
async def hearing_changes(runtime: Runtime, settings: Settings) -> AsyncGenerator[None]:
    """Rings the hub of the runtime at changes, until the block ends."""
    listener = ChangeListener(runtime.engine, runtime.sessions, runtime.feeds.hub, settings.live_changes)
    async with working_beside(listener.run()):
        yield
