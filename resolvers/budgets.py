"""What a key and a project may spend: token buckets in the database, which all processes share.

A bucket holds what may be spent in a minute, and fills up evenly. A process takes points in portions and hands them out
itself, so that most requests run no statement for it. What it took is gone from the bucket, so all processes together
never spend more than was in it.

What turns out to cost more than its price while it runs is taken afterwards, also where there is too little: a bucket
can be below zero, by its size at most, and nothing is spent from it until it is above zero again.

While the database is read-only, each process has whole buckets of its own, in memory.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from models.budget import WHOLE_PROJECT
from models.deadlines import Deadline
from models.lanes import Lane
from models.outages import Outage, outage_of
from models.sessions import Sessions

SECONDS = 60
"""How long an empty bucket takes to fill."""

_PORTIONS = 100
"""A process takes a hundredth of a bucket at a time."""

_STATEMENT_SECONDS = 10.0
"""How long taking a portion may take, waiting for a connection included."""

_KEPT = 10_000
"""Keys whose portions a process keeps. Of further ones the points are lost, which errs on the safe side."""

_READ_ONLY_SECONDS = 10.0
"""How long a process goes on with its own buckets until it tries those of the database again."""

_IS_AHEAD = f"b.refilled_at > {{now}} + interval '{SECONDS} seconds'"
"""Whether a bucket was last filled in the future: the clock was set back. It counts as full then, as nobody knows how
much time has passed; by less than it takes to fill, as empty as it was."""
_AVAILABLE = (
    f"case when {_IS_AHEAD} then {{capacity}} else least({{capacity}}, b.points + {{capacity}} / {SECONDS} * "
    "greatest(0, extract(epoch from {now} - b.refilled_at)::double precision)) end"
)
_CAPACITY = (
    f"case when b.key_id = {WHOLE_PROJECT} then cast(:of_project as double precision) "
    "else cast(:of_key as double precision) end"
)
_UPDATED = _AVAILABLE.format(capacity=f"({_CAPACITY})", now="excluded.refilled_at")
_READ = _AVAILABLE.format(capacity=f"({_CAPACITY})", now="clock_timestamp()")
_REFILLED = (
    f"case when {_IS_AHEAD.format(now='excluded.refilled_at')} then excluded.refilled_at "
    "else greatest(b.refilled_at, excluded.refilled_at) end"
)
"""Who waited for the row comes with an earlier moment than the one that is stored; time is not counted twice."""

_TAKE = text(
    "insert into budgets as b (project_id, key_id, points, refilled_at) "
    f"values (:project, {WHOLE_PROJECT}, cast(:of_project as double precision) - :points, clock_timestamp()), "
    "(:project, :key, cast(:of_key as double precision) - :points, clock_timestamp()) "
    f"on conflict (project_id, key_id) do update set points = {_UPDATED} - :points, "
    f"refilled_at = {_REFILLED} where {_UPDATED} >= :points returning b.key_id, b.points"
)
_SETTLE = text(
    "insert into budgets as b (project_id, key_id, points, refilled_at) "
    f"values (:project, {WHOLE_PROJECT}, greatest(-cast(:of_project as double precision), "
    "cast(:of_project as double precision) - :points), clock_timestamp()), "
    "(:project, :key, greatest(-cast(:of_key as double precision), cast(:of_key as double precision) - :points), "
    "clock_timestamp()) "
    f"on conflict (project_id, key_id) do update set points = greatest(-({_CAPACITY}), {_UPDATED} - :points), "
    f"refilled_at = {_REFILLED} returning b.key_id, b.points"
)
_LOOK = text(
    f"select b.key_id, {_READ} from budgets b where b.project_id = :project and b.key_id in ({WHOLE_PROJECT}, :key)"
)


class BudgetSpentError(Exception):
    """A key or its project has too few points left.

    Attributes:
        of_project: whether it is the project's budget.
        retry_after: whole seconds until the points are there again; None where the budget never holds so many.
    """

    def __init__(self, points: float, capacity: int, left: float, *, of_project: bool, what: str) -> None:
        wait = ceil((points - left) / (capacity / SECONDS)) if points <= capacity else None
        self.of_project, self.retry_after = of_project, None if wait is None else max(1, wait)
        whose = "this project" if of_project else "this API key"
        then = (
            f"Repeat the request in {self.retry_after} seconds."
            if self.retry_after
            else "This exceeds the whole budget."
        )
        super().__init__(
            f"{what} costs {points:,.0f} points; {whose} has {max(0, left):,.0f} left of "
            f"{capacity:,} per minute. {then}"
        )


@dataclass(slots=True)
class _Portion:
    """Points that were taken for a key and not spent yet, and what was left in its bucket then. Below zero they are
    owed."""

    points: float = 0
    left: float = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a key may still spend, as far as this process knows.

    Attributes:
        capacity: points a minute.
        points: those that are left.
        seconds: until all of them are there again.
    """

    capacity: int
    points: int
    seconds: int


class _OwnBuckets:
    """The buckets of this process alone, in memory: as in the database, by a clock that nobody sets."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int], tuple[float, float]] = {}

    def take(self, project: int, key: int, of_key: int, of_project: int, points: float) -> dict[int, float]:
        """Takes points from the buckets of a key and its project; what is left there, nothing if that is too little."""
        left = {key_id: has - points for key_id, has in self.look(project, key, of_key, of_project).items()}
        if min(left.values()) < 0:
            return {}
        self._keep(project, left)
        return left

    def settle(self, project: int, key: int, of_key: int, of_project: int, points: float) -> dict[int, float]:
        """Takes points also where there are too few; what is left, which can be below zero."""
        capacities = {WHOLE_PROJECT: of_project, key: of_key}
        found = self.look(project, key, of_key, of_project).items()
        left = {key_id: max(-capacities[key_id], has - points) for key_id, has in found}
        self._keep(project, left)
        return left

    def _keep(self, project: int, left: dict[int, float]) -> None:
        if len(self._buckets) >= 2 * _KEPT:
            self._buckets.clear()
        now = time.monotonic()
        self._buckets.update({(project, key_id): (has, now) for key_id, has in left.items()})

    def look(self, project: int, key: int, of_key: int, of_project: int) -> dict[int, float]:
        """What is in the buckets of a key and its project."""
        now, capacities = time.monotonic(), {WHOLE_PROJECT: of_project, key: of_key}
        found: dict[int, float] = {}
        for key_id, capacity in capacities.items():
            points, at = self._buckets.get((project, key_id), (capacity, now))
            found[key_id] = min(capacity, points + capacity / SECONDS * (now - at))
        return found


class Budgets:
    """The budgets of all keys, for one process.

    Args:
        of_key: points that a key may spend in a minute; 0 for no limit.
        of_project: points that all keys of a project may spend together.
        exempt: projects without a limit.
    """

    def __init__(self, sessions: Sessions, of_key: int, of_project: int, exempt: Collection[int] = ()) -> None:
        self._sessions = sessions
        self.of_key = of_key or 10**15
        self.of_project = of_project or 10**15
        self._is_off = not of_key and not of_project
        self._exempt = frozenset(exempt)
        self._portions: dict[tuple[int, int], _Portion] = {}
        self._own = _OwnBuckets()
        self._own_until = 0.0

    def limits(self, project_id: int) -> bool:
        """Whether there is a limit for a project."""
        return not self._is_off and project_id not in self._exempt

    def spend_at_once(self, project_id: int, key_id: int, points: float) -> bool:
        """Spends points that the process has already; False where it has too few."""
        portion = self._portions.get((project_id, key_id))
        if portion is None or portion.points < points:
            return False
        portion.points -= points
        return True

    async def spend(self, project_id: int, key_id: int, points: float, what: str = "The request") -> None:
        """Spends points, before what they are for runs.

        Args:
            what: what they are for, as the refusal has it.

        Raises:
            BudgetSpentError: the key or the project has too few.
        """
        if not self.limits(project_id) or self.spend_at_once(project_id, key_id, points):
            return
        portion = self._portion(project_id, key_id)
        async with portion.lock:
            await self._repay(project_id, key_id, portion)
            if portion.points < points:
                await self._take(project_id, key_id, portion, points, what)
            portion.points -= points

    async def settle(self, project_id: int, key_id: int, points: float) -> None:
        """Takes points for what has run already, whether they are there or not. What the database cannot take at once
        is owed, and taken before the key spends again."""
        if not self.limits(project_id) or self.spend_at_once(project_id, key_id, points):
            return
        portion = self._portion(project_id, key_id)
        portion.points -= points
        try:
            async with portion.lock:
                await self._repay(project_id, key_id, portion)
        except Exception as error:
            if outage_of(error) is None:
                raise

    def _portion(self, project_id: int, key_id: int) -> _Portion:
        if len(self._portions) >= _KEPT:
            self._portions = {key: portion for key, portion in self._portions.items() if portion.points < 0}
        return self._portions.setdefault((project_id, key_id), _Portion())

    async def _repay(self, project_id: int, key_id: int, portion: _Portion) -> None:
        """Takes what is owed out of the buckets."""
        owed = -portion.points
        if owed > 0:
            given = self._given(project_id, key_id)
            left = await self._from_buckets(project_id, {**given, "points": owed}, _SETTLE, self._own.settle)
            portion.points, portion.left = portion.points + owed, min(left.values())

    def remaining(self, project_id: int, key_id: int) -> Remaining | None:
        """What a key may still spend; None where it has no limit."""
        if not self.limits(project_id):
            return None
        capacity = min(self.of_key, self.of_project)
        portion = self._portions.get((project_id, key_id))
        points = max(0, min(capacity, int(portion.points + portion.left))) if portion else capacity
        return Remaining(capacity, points, ceil((capacity - points) / (capacity / SECONDS)))

    async def _take(self, project_id: int, key_id: int, portion: _Portion, points: float, what: str) -> None:
        """Takes a portion out of the buckets; where that is not there, only what is needed."""
        needed = points - portion.points
        usual = max(needed, min(self.of_key, self.of_project) / _PORTIONS)
        given = self._given(project_id, key_id)
        if needed <= min(self.of_key, self.of_project):
            for requested in dict.fromkeys((usual, needed)):
                rows = await self._from_buckets(project_id, {**given, "points": requested}, _TAKE, self._own.take)
                if len(rows) == 2:
                    portion.left = min(rows.values())
                    portion.points += requested
                    return
        found = await self._look(project_id, given)
        of_project = found.get(WHOLE_PROJECT, self.of_project) < found.get(key_id, self.of_key)
        capacity = self.of_project if of_project else self.of_key
        left = found.get(WHOLE_PROJECT if of_project else key_id, capacity) + portion.points
        raise BudgetSpentError(points, capacity, left, of_project=of_project, what=what)

    def _given(self, project_id: int, key_id: int) -> dict[str, Any]:
        return {"project": project_id, "key": key_id, "of_key": self.of_key, "of_project": self.of_project}

    def _in_time(self) -> Sessions:
        return self._sessions.within(Deadline.after(_STATEMENT_SECONDS))

    async def _from_buckets(
        self, project_id: int, given: dict[str, Any], statement: TextClause, own: Callable[..., dict[int, float]]
    ) -> dict[int, float]:
        """Takes points by a statement, or by what does the same in memory; what is left in the two buckets, or less
        than two where there were too few."""
        if not self._has_own():
            try:
                return await self._from_shared(project_id, given, statement)
            except DBAPIError as error:
                if outage_of(error) is not Outage.READ_ONLY:
                    raise
                self._own_until = time.monotonic() + _READ_ONLY_SECONDS
        return own(**given)

    async def _from_shared(self, project_id: int, given: dict[str, Any], statement: TextClause) -> dict[int, float]:
        async with self._in_time().write(project_id, lane=Lane.SIGN_IN) as session:
            rows = dict((await session.execute(statement, given)).tuples().all())
            if len(rows) < 2:
                await session.rollback()
            return rows

    async def _look(self, project_id: int, given: dict[str, Any]) -> dict[int, float]:
        if self._has_own():
            return self._own.look(**given)
        async with self._in_time().read(project_id, lane=Lane.SIGN_IN) as session:
            return dict((await session.execute(_LOOK, given)).tuples().all())

    def _has_own(self) -> bool:
        """Whether the database was read-only a moment ago."""
        return time.monotonic() < self._own_until
