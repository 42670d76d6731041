"""Sessions on the database, each bound to one project and either for reading or for writing.

A session sets ``dialboard.project_id``, which the row-level security policies compare with the rows' ``project_id``:
a statement that forgot its project sees no rows of another. It does so, together with the statement timeout,
in one statement at the start of its transaction.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NewType

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool

from models.quotas import Quotas

ReadSession = NewType("ReadSession", AsyncSession)
"""A session in a read-only snapshot (REPEATABLE READ): all its statements see one state of the data."""

WriteSession = NewType("WriteSession", AsyncSession)
"""A session that may write. It commits when its block ends well; no code inside commits."""

_BIND = (
    "select set_config('dialboard.project_id', '{project_id:d}', true), "
    "set_config('statement_timeout', '{timeout:d}ms', true), set_config('jit', 'off', true), "
    "set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, {memory:d}) || 'kB', true)"
)
_MEMORY = 64 * 1024
"""Kilobytes for each sort and hash table, at least: those of a chart over millions of calls do not go to the disk."""

_PATIENCE = timedelta(minutes=10)
_SNAPSHOT_NAME, _PROJECT = "snapshot", "project_id"


QUOTAS = "quotas"
"""Where a writing session has the quotas of its project."""
DEFAULT_QUOTAS = Quotas()


class Sessions:
    """Opens sessions. One instance serves the whole process.

    Args:
        engine: where connections come from.
        statement_timeout: how long one statement may run before PostgreSQL cancels it.
        parallel: on how many connections the charts of one request may be computed at once.
        quotas: how much a project may have of what calls bring along.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        statement_timeout: timedelta = timedelta(seconds=30),
        parallel: int = 2,
        quotas: Quotas = DEFAULT_QUOTAS,
    ) -> None:
        self.engine = engine
        self.statement_timeout = statement_timeout
        self.parallel = parallel
        self.quotas = quotas

    def _bind(self, project_id: int, *, is_patient: bool = False) -> str:
        timeout = _PATIENCE if is_patient else self.statement_timeout
        return _BIND.format(project_id=project_id, timeout=int(timeout.total_seconds() * 1000), memory=_MEMORY)

    @asynccontextmanager
    async def read(
        self, project_id: int, *, shared: bool = False, patient: bool = False
    ) -> AsyncGenerator[ReadSession]:
        """A session that reads one project in one snapshot.

        Args:
            shared: others can join it.
            patient: its statements may run for minutes: nobody waits for them.
        """
        async with self._reader() as session:
            if shared:
                row = (await session.execute(text(f"{self._bind(project_id)}, pg_export_snapshot()"))).one()
                session.info.update({_SNAPSHOT_NAME: row[-1], _PROJECT: project_id})
            else:
                await session.execute(text(self._bind(project_id, is_patient=patient)))
            yield session

    @asynccontextmanager
    async def join(self, leader: ReadSession) -> AsyncGenerator[ReadSession]:
        """A further session, on a connection of its own, that sees the very state that a shared one sees."""
        async with self._reader() as session:
            connection = await session.connection()
            snapshot, project_id = str(leader.info[_SNAPSHOT_NAME]), int(leader.info[_PROJECT])
            await connection.exec_driver_sql(f"set transaction snapshot '{snapshot}'; {self._bind(project_id)}")
            yield session

    def has_spare_connection(self) -> bool:
        """Whether another connection is to be had at once. Who holds one already must not wait for a second."""
        pool = self.engine.pool
        return isinstance(pool, QueuePool) and pool.checkedout() < pool.size()

    @asynccontextmanager
    async def _reader(self) -> AsyncGenerator[ReadSession]:
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
            await session.connection(
                execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
            yield ReadSession(session)

    @asynccontextmanager
    async def write(self, project_id: int) -> AsyncGenerator[WriteSession]:
        """A session that writes to one project, in one transaction: committed at the end, rolled back on an error."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await session.execute(text(self._bind(project_id)))
            session.info[QUOTAS] = self.quotas
            yield WriteSession(session)
