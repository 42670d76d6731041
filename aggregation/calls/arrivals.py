"""Calls that came or changed between two snapshots. Change marks say in which slots to look for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, text, true

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import Checked, compile_filter
from models import CallLog
from models.change_mark import EVERYTHING, UNBOUNDED
from models.sessions import ReadSession
from models.snapshots import Snapshot, is_new, number_of

_MOST_RANGES = 50
"""Ranges of slots that a statement looks into; of more, the one from the first to the last."""

_SLOT = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SLOTS = text(
    f"select distinct slot from change_marks where project_id = :project and {is_new('change_marks')} order by slot"
)
_BETWEEN = (
    f"{is_new('call_logs')} and pg_visible_in_snapshot({number_of('call_logs')}, "
    "cast(cast(:until as text) as pg_snapshot))"
)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Calls that came or changed.

    Attributes:
        ids: the numbers of those that begin last, newest first.
        count: how many there are.
    """

    ids: tuple[int, ...] = ()
    count: int = 0


async def arrivals(
    session: ReadSession, project_id: int, filters: Checked, since: Snapshot, until: Snapshot, first: int
) -> Arrivals:
    """The calls that pass the filters, and are new to ``since`` and not to ``until``."""
    slots = list(await session.scalars(_SLOTS, {"project": project_id, **since.bounds}))
    where = _within(slots)
    if where is None:
        return Arrivals()
    fresh = text(_BETWEEN).bindparams(**since.bounds, until=until.sql)
    passing = compile_filter(filters, CALL_LOG_FIELDS, project_id)
    statement = (
        select(CallLog.id, func.count().over())
        .where(CallLog.project_id == project_id, where, fresh, passing)
        .order_by(CallLog.timestamp.desc(), CallLog.id.desc())
        .limit(first)
    )
    rows = (await session.execute(statement)).tuples().all()
    return Arrivals(tuple(id for id, _ in rows), rows[0][1] if rows else 0)


def _within(slots: list[int]) -> ColumnElement[bool] | None:
    """The times of the slots; None where no calls changed."""
    if UNBOUNDED in slots:
        return true()
    found = [slot for slot in slots if slot > EVERYTHING]
    if not found:
        return None
    ranges = list(_ranges(found))
    if len(ranges) > _MOST_RANGES:
        ranges = [(found[0], found[-1])]
    return or_(*(_between(first, last) for first, last in ranges))


def _ranges(slots: list[int]) -> Iterable[tuple[int, int]]:
    """Slots in order as ranges of neighbours."""
    first = last = slots[0]
    for slot in slots[1:]:
        if slot != last + 1:
            yield first, last
            first = slot
        last = slot
    yield first, last


def _between(first: int, last: int) -> ColumnElement[bool]:
    try:
        return and_(CallLog.timestamp >= _EPOCH + first * _SLOT, CallLog.timestamp < _EPOCH + (last + 1) * _SLOT)
    except OverflowError:  # beyond the years that Python has
        return true()
