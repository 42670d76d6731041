"""What makes the next queries faster, during an import and after it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy.exc import DBAPIError

from models.changes import compact_changes
from models.ingest import refresh_statistics
from models.sessions import Sessions
from server.beside import started

_FIRST_CALLS = 20_000
"""Calls after which the planner is first told what the tables hold: its plans for a new project are poor."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.import")


class House:
    """The house of one import."""

    def __init__(self, sessions: Sessions, project_id: int) -> None:
        self._sessions = sessions
        self._project_id = project_id
        self._due = _FIRST_CALLS
        self._task: asyncio.Task[None] | None = None

    def stored(self, calls: int) -> None:
        """Tells how many calls were stored by now. Whenever they have doubled, the planner is told beside what comes
        next."""
        if calls >= self._due and (self._task is None or self._task.done()):
            self._due = 2 * calls
            self._task = started(_refresh(self._sessions, self._project_id))

    async def stop(self) -> None:
        """Stops what goes on beside."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task


@asynccontextmanager
async def keeping_house(sessions: Sessions, project_id: int) -> AsyncGenerator[House]:
    """Keeps house while the block stores calls."""
    house = House(sessions, project_id)
    try:
        yield house
    finally:
        await house.stop()


async def keep_house(sessions: Sessions, project_id: int) -> None:
    """What is due after many calls were stored. They are: whatever fails here is only logged."""
    await _refresh(sessions, project_id)
    try:
        async with sessions.write(project_id) as session:
            await compact_changes(session, project_id)
    except DBAPIError as error:
        _note(project_id, error)


async def _refresh(sessions: Sessions, project_id: int) -> None:
    try:
        async with sessions.write(project_id) as session:
            await refresh_statistics(session)
    except DBAPIError as error:
        _note(project_id, error)


def _note(project_id: int, error: DBAPIError) -> None:
    _log.warning("housekeeping after an import failed", project_id=project_id, reason=str(error.orig))
