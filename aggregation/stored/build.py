"""Builds pre-aggregates: a pass over some days, repeated while a distribution is too large or a definition unsuited."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aggregation.stored.day import Day
from aggregation.stored.day_building import NeedsSketchError, UnsuitedError, days_of
from aggregation.stored.definition import Definition, Records
from aggregation.stored.scan import Scan
from aggregation.stored.slot_versions import SlotVersions
from models.sessions import ReadSession


@dataclass(slots=True)
class BuiltDays:
    """What a pass made for a project: days, and why definitions have none."""

    project_id: int
    days: list[tuple[Definition, Day]] = field(default_factory=list[tuple[Definition, Day]])
    unsuited: dict[Definition, str] = field(default_factory=dict[Definition, str])


async def build(
    session: ReadSession,
    slot_versions: SlotVersions,
    records: Records,
    definitions: Iterable[Definition],
    days: tuple[int, int],
    is_sketched: Callable[[Definition], bool],
) -> BuiltDays:
    """Computes the pre-aggregates of ``days`` days from a first one, for definitions of the same records.

    Args:
        view: the versions of the session's snapshot, which cover the days.
        is_sketched: whether a distribution has been too large before.
    """
    first, number = days
    wanted = list(definitions)
    sketched = {one for one in wanted if is_sketched(one)}
    made = BuiltDays(records.project_id)
    while wanted:
        scan = Scan(records, tuple(wanted), first, number, frozenset(sketched))
        rows: Sequence[Any] = (await session.execute(scan.statement())).all()
        try:
            made.days = days_of(scan, rows, {one: slot_versions.of(one, first, number) for one in wanted})
            return made
        except NeedsSketchError as needs:
            sketched.add(needs.definition)
        except UnsuitedError as error:
            made.unsuited[error.definition] = error.reason
            wanted.remove(error.definition)
    return made
