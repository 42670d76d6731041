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

ReadSession = NewType("ReadSession", AsyncSession)
"""A session in a read-only snapshot (REPEATABLE READ): all its statements see one state of the data."""

WriteSession = NewType("WriteSession", AsyncSession)
"""A session that may write. It commits when its block ends well; no code inside commits."""

_BIND = text(
    "select set_config('dialboard.project_id', :project_id, true), set_config('statement_timeout', :timeout, true),"
    " set_config('jit', 'off', true)"
)


class Sessions:
    """Opens sessions. One instance serves the whole process.

    Args:
        engine: where connections come from.
        statement_timeout: how long one statement may run before PostgreSQL cancels it.
    """

    def __init__(self, engine: AsyncEngine, statement_timeout: timedelta = timedelta(seconds=30)) -> None:
        self.engine = engine
        self.statement_timeout = statement_timeout

    async def _bind(self, session: AsyncSession, project_id: int) -> None:
        timeout = f"{int(self.statement_timeout.total_seconds() * 1000)}ms"
        await session.execute(_BIND, {"project_id": str(project_id), "timeout": timeout})

    @asynccontextmanager
    async def read(self, project_id: int) -> AsyncGenerator[ReadSession]:
        """A session that reads one project in one snapshot."""
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
            await session.connection(
                execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
            await self._bind(session, project_id)
            yield ReadSession(session)

    @asynccontextmanager
    async def write(self, project_id: int) -> AsyncGenerator[WriteSession]:
        """A session that writes to one project, in one transaction: committed at the end, rolled back on an error."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await self._bind(session, project_id)
            yield WriteSession(session)
