"""Sessions on the database, each bound to one project and either for reading or for writing.

A session sets ``dialboard.project_id``, which the row-level security policies compare with the rows' ``project_id``:
a statement that forgot its project sees no rows of another. It does so, and sets what bounds its time, at the start of
its transaction, and for that transaction alone.

Where the process has lanes, a session first waits for a turn of its lane. Nobody waits for a second turn of a lane
while holding one: a further connection is taken only where it is free at once (``join``).
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, NewType, Self

from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool

from models.deadlines import Deadline, ending_in
from models.lanes import Lane, Lanes, Load
from models.outages import DeadlinePassed, NothingChanged, Outage, outage_of
from models.pooler import POOLED, is_pooled
from models.quotas import Quotas
from models.request_use import USE, RequestUse, UseBounds
from models.signing import signature

ReadSession = NewType("ReadSession", AsyncSession)
"""A session in a read-only snapshot (REPEATABLE READ): all its statements see one state of the data."""

WriteSession = NewType("WriteSession", AsyncSession)
"""A session that may write. It commits when its block ends well; no code inside commits."""

# The signature must go as a parameter, which SET has none of: other sessions can read the text of a statement.
_BIND = (
    "select set_config('dialboard.signature', :signature, true), "
    "set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true), "
    "set_config('idle_in_transaction_session_timeout', :idle, true), set_config('jit', 'off', true), "
    "set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 65536) || 'kB', true)"
)
"""The memory, in kilobytes, is that of each sort and hash table: those of a chart over millions of calls do not go to
the disk."""
_READ_ONLY = "; set transaction read only"
"""SQLAlchemy's option for it ends in ``BEGIN READ WRITE`` the next time that the connection is used, which overrides
``default_transaction_read_only`` of a database, and fails on a standby."""
_TO_BIND = text(_BIND)
_TO_BIND_AND_SHARE = text(f"{_BIND}, pg_export_snapshot()")
_TO_HURRY = text("select set_config('statement_timeout', :statement, true)")

_PATIENCE = timedelta(minutes=10)
_IDLE = timedelta(minutes=1)
"""How long a transaction may wait for this program, such as for a client that reads an export slowly."""
_SNAPSHOT, _PROJECT, _LANE = "snapshot", "project_id", "lane"


class NoSpareConnectionError(Exception):
    """No further connection is free at once."""


QUOTAS = "quotas"
"""Where a writing session has the quotas of its project."""
DEFAULT_QUOTAS = Quotas()
DEFAULT_BOUNDS = UseBounds()


class Sessions:
    """Opens sessions. One instance serves the whole process; ``within`` makes those of one request of it.

    Args:
        engine: where connections come from.
        statement_timeout: how long one statement may run before PostgreSQL cancels it.
        parallel: on how many connections the charts of one request may be computed at once; behind a pooler on one.
        quotas: how much a project may have of what calls bring along.
        lanes: who may have a connection when; None for as the engine has them.
        lock_timeout: how long a statement of a request may wait for a lock.
        bounds: what one request may use of the database.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        statement_timeout: timedelta = timedelta(seconds=30),
        parallel: int = 2,
        quotas: Quotas = DEFAULT_QUOTAS,
        *,
        lanes: Lanes | None = None,
        lock_timeout: timedelta = timedelta(seconds=10),
        bounds: UseBounds = DEFAULT_BOUNDS,
    ) -> None:
        self.engine = engine
        self.statement_timeout = statement_timeout
        self.parallel = 1 if is_pooled(engine) else parallel
        self.quotas = quotas
        self.lanes = lanes
        self.lock_timeout = lock_timeout
        self.deadline: Deadline | None = None
        self.bounds = bounds
        self.use: RequestUse | None = None
        self._before_writing: Callable[[], Awaitable[None]] | None = None

    def within(self, deadline: Deadline, before_writing: Callable[[], Awaitable[None]] | None = None) -> Self:
        """Those of a request, whose waiting and whose statements end at its deadline.

        Args:
            before_writing: is awaited before a session that writes begins; it raises if the client has gone.
        """
        own = self._copy()
        own.deadline = deadline
        own.use = RequestUse(self.bounds)
        own._before_writing = before_writing
        return own

    def unbounded(self) -> Self:
        """Those of what outlives its request's deadline, such as a file that is being sent."""
        own = self._copy()
        own.deadline = None
        return own

    def _copy(self) -> Self:
        """The same as by ``copy.copy``, in a third of the time: every request has its own."""
        own = object.__new__(type(self))
        own.__dict__.update(self.__dict__)
        return own

    @property
    def seconds(self) -> float:
        """How long a statement may run at most, in seconds."""
        longest = self.statement_timeout.total_seconds()
        return longest if self.deadline is None else min(longest, self.deadline.seconds)

    @asynccontextmanager
    async def read(
        self,
        project_id: int,
        *,
        lane: Lane = Lane.READS,
        shared: bool = False,
        patient: bool = False,
        part: float = 1,
    ) -> AsyncGenerator[ReadSession]:
        """A session that reads one project in one snapshot.

        Args:
            lane: whose connections it takes.
            shared: others can join it.
            patient: its statements may run for minutes: nobody waits for them.
            part: how much of the time that is left it may take, from 0 to 1.

        Raises:
            models.outages.Overloaded: there was no connection in time.
            models.outages.NothingChanged: the connection was lost.
            models.outages.DeadlinePassed: the request's time is up.
        """
        async with (
            self._counted(),
            self._turn(lane, project_id),
            self._in_time(part),
            self._reader() as session,
        ):
            settings = self._settings(project_id, part, is_patient=patient)
            is_shared = shared and self.parallel > 1
            how = _TO_BIND_AND_SHARE if is_shared else _TO_BIND
            row = await _bind(session, project_id, settings, how, last=_READ_ONLY)
            session.info.update({_SNAPSHOT: row[-1], _PROJECT: project_id, _LANE: lane})
            yield session

    @asynccontextmanager
    async def join(self, leader: ReadSession) -> AsyncGenerator[ReadSession]:
        """A further session, on a connection of its own, that sees the very state that a shared one sees.

        Raises:
            NoSpareConnectionError: no connection is free at once. Who holds one already must not wait for a second.
        """
        info: dict[str, Any] = leader.info
        snapshot, project_id, lane = info[_SNAPSHOT], info[_PROJECT], info[_LANE]
        is_full = self.use is not None and self.use.is_full
        if self.parallel == 1 or is_full or not self._take_now(lane, project_id):
            raise NoSpareConnectionError
        try:
            async with self._counted(), self._in_time(), self._reader() as session:
                settings = self._settings(project_id)
                first = f"set transaction snapshot '{snapshot}'; "
                await _bind(session, project_id, settings, first=first, last=_READ_ONLY)
                yield session
        finally:
            self._give_back(lane, project_id)

    @asynccontextmanager
    async def write(self, project_id: int, *, lane: Lane = Lane.WRITES) -> AsyncGenerator[WriteSession]:
        """A session that writes to one project, in one transaction: committed at the end, rolled back on an error.

        Raises:
            models.outages.Overloaded: there was no connection in time.
            models.outages.DeadlinePassed: the request's time is up; nothing was written.
        """
        async with self._counted(), self._turn(lane, project_id):
            if self._before_writing is not None:
                await self._before_writing()
            # The commit is not in time's reach: whether it was made must be known.
            async with (
                AsyncSession(self.engine, expire_on_commit=False) as session,
                session.begin(),
                self._in_time(),
            ):
                if self.use is not None:
                    await session.connection(execution_options={USE: self.use})
                await _bind(session, project_id, self._settings(project_id))
                session.info.update({QUOTAS: self.quotas, POOLED: is_pooled(self.engine)})
                yield WriteSession(session)

    async def hurry(self, session: ReadSession, part: float) -> None:
        """Bounds the statements that follow to a part of the time that is left to the request, if it has a bound."""
        if self.deadline is not None:
            await session.execute(_TO_HURRY, {"statement": self._statement_timeout(part)})

    def spare_connections(self) -> int:
        """On how many connections one request may work at once, currently."""
        return self.parallel if self._has_spare() else 1

    def _has_spare(self) -> bool:
        if self.lanes is None:
            pool = self.engine.pool
            return isinstance(pool, QueuePool) and pool.checkedout() < pool.size()
        turns = self.lanes[Lane.CHARTS]
        return turns.in_use < turns.capacity

    def _take_now(self, lane: Lane, project_id: int) -> bool:
        return self._has_spare() if self.lanes is None else self.lanes[lane].take_now(project_id)

    def _give_back(self, lane: Lane, project_id: int) -> None:
        if self.lanes is not None:
            self.lanes[lane].give_back(project_id)

    @asynccontextmanager
    async def busy(self, project_id: int, load: Load) -> AsyncGenerator[None]:
        """Answering a request that keeps the server busy, once it is the project's turn.

        Raises:
            models.outages.Overloaded: too many of them wait, or it waited for too long.
            models.outages.DeadlinePassed: the request's time is up.
        """
        if self.lanes is None:
            yield
            return
        turns = self.lanes.loads[load]
        await turns.take(project_id, self._patience(self.lanes))
        try:
            yield
        finally:
            turns.give_back(project_id)

    @asynccontextmanager
    async def _turn(self, lane: Lane, project_id: int) -> AsyncGenerator[None]:
        if self.lanes is not None:
            await self.lanes[lane].take(project_id, self._patience(self.lanes))
        try:
            yield
        finally:
            self._give_back(lane, project_id)

    def _patience(self, lanes: Lanes) -> float:
        """How long to wait for a turn, in seconds."""
        return lanes.seconds if self.deadline is None else min(lanes.seconds, self._left())

    def _in_time(self, part: float = 1) -> AbstractAsyncContextManager[None]:
        """Ends the block when the request's time is up."""
        return ending_in(None if self.deadline is None else self._left() * part)

    def _left(self) -> float:
        """Seconds that are left.

        Raises:
            DeadlinePassed: there are none.
        """
        assert self.deadline is not None
        left = self.deadline.left()
        if left <= 0:
            raise DeadlinePassed
        return left

    def _settings(self, project_id: int, part: float = 1, *, is_patient: bool = False) -> dict[str, str]:
        lock = 0 if self.deadline is None else self.lock_timeout.total_seconds()
        idle = _PATIENCE if is_patient else _IDLE
        return {
            "signature": signature(self.engine, project_id),
            "statement": _milliseconds(_PATIENCE.total_seconds()) if is_patient else self._statement_timeout(part),
            "lock": _milliseconds(lock),
            "idle": _milliseconds(idle.total_seconds()),
        }

    def _statement_timeout(self, part: float) -> str:
        seconds = self.statement_timeout.total_seconds()
        return _milliseconds(seconds if self.deadline is None else min(seconds, self._left() * part))

    @asynccontextmanager
    async def _reader(self) -> AsyncGenerator[ReadSession]:
        with _nothing_changed():
            async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ", USE: self.use})
                yield ReadSession(session)

    @asynccontextmanager
    async def _counted(self) -> AsyncGenerator[None]:
        """Waits, in the time of the request, until it has a connection less than it may."""
        if self.use is None:
            yield
            return
        async with AsyncExitStack() as stack:
            async with self._in_time():
                await stack.enter_async_context(self.use.connection())
            yield


def binding(project_id: int) -> str:
    """The statement that binds a transaction to a project, which a distributed PostgreSQL hands on to its nodes."""
    return f"set local dialboard.project_id = '{project_id:d}'"


async def _bind(
    session: AsyncSession,
    project_id: int,
    settings: dict[str, str],
    how: TextClause = _TO_BIND,
    *,
    first: str = "",
    last: str = "",
) -> Row[Any]:
    """Binds the session's transaction to the project. ``first`` and ``last`` are SQL around that, in one round trip."""
    with _nothing_changed():
        await (await session.connection()).exec_driver_sql(first + binding(project_id) + last)
        return (await session.execute(how, settings)).one()


@contextmanager
def _nothing_changed() -> Generator[None]:
    """For what changes nothing: a connection that is lost there is one that was not to be had.

    Raises:
        models.outages.NothingChanged: it was lost.
    """
    try:
        yield
    except DBAPIError as error:
        if outage_of(error) is Outage.LOST:
            raise NothingChanged.by(error) from error
        raise


def _milliseconds(seconds: float) -> str:
    """A time as PostgreSQL's settings have it; 0 for no bound."""
    return f"{max(1, int(seconds * 1000)) if seconds else 0}ms"
