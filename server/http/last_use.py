"""When keys were last used: noted by requests, written beside them."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import or_, text, update

from models import ApiKey
from models.sessions import Sessions
from server.http.access import no_project

PAUSE = 30.0
"""Seconds between two times that uses are written."""

_APART = timedelta(minutes=1)
"""A use is written only when the one that is stored is older by this: also where several processes serve one key. One
that is as far in the future is from before the clock was set back."""

_AT_THE_END = 2.0
"""Seconds that a server which stops waits for its last write."""

_USED_OF_ORGANISATION = text("select dialboard_organisation_key_used(:hash)")

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.keys")


class LastUse:
    """Collects the uses of keys, one a key, and writes them now and then. A failure loses a use and disturbs nobody."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._used: dict[tuple[int, int], datetime] = {}
        self._used_of_organisations: dict[bytes, int] = {}

    def note(self, project_id: int, key_id: int) -> None:
        """A key was used just now."""
        self._used[project_id, key_id] = datetime.now(UTC)

    def note_of_organisation(self, organisation_id: int, mark: bytes) -> None:
        """The key of an organisation with that hash was used just now."""
        self._used_of_organisations[mark] = organisation_id

    async def run(self) -> None:
        """Writes what was noted, without end; once more when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(PAUSE)
                await self.write()
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(_AT_THE_END):
                    await self.write()
            raise

    async def write(self) -> None:
        """Writes what was noted since the last time."""
        used, self._used = self._used, {}
        by_project = defaultdict[int, dict[int, datetime]](dict)
        for (project_id, key_id), at in used.items():
            by_project[project_id][key_id] = at
        of_organisations, self._used_of_organisations = self._used_of_organisations, {}
        writes = [partial(self._write, project_id, keys) for project_id, keys in by_project.items()]
        writes += [partial(self._write_of_organisation, holder, mark) for mark, holder in of_organisations.items()]
        for write in writes:
            try:
                await write()
            except Exception as error:
                _log.warning("recording the last use of keys failed", reason=(str(error).splitlines() or [""])[0])

    async def _write_of_organisation(self, organisation_id: int, mark: bytes) -> None:
        async with self._sessions.write(no_project(organisation_id)) as session:
            await session.execute(_USED_OF_ORGANISATION, {"hash": mark})

    async def _write(self, project_id: int, keys: dict[int, datetime]) -> None:
        latest = max(keys.values())
        statement = (
            update(ApiKey)
            .where(
                ApiKey.project_id == project_id,
                ApiKey.id.in_(keys),
                or_(ApiKey.last_used_at.is_(None), ~ApiKey.last_used_at.between(latest - _APART, latest + _APART)),
            )
            .values(last_used_at=latest)
        )
        async with self._sessions.write(project_id) as session:
            await session.execute(statement, execution_options={"synchronize_session": False})
