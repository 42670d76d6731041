"""Builds pre-aggregates in one pass over a range of days.

The pass is repeated while a distribution turns out to be too large, or a definition unsuited.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aggregation.stored.day import Day
from aggregation.stored.day_building import NeedsSketchError, UnsuitedError, days_of
from aggregation.stored.definition import Definition, Records
from aggregation.stored.scan import Scan
from aggregation.stored.slot_versions import SlotVersions
from models.large_results import all_rows
from models.sessions import ReadSession


@dataclass(slots=True)
class BuiltDays:
    """What a pass built for a project: days, and for unsuited definitions the reason why they have none."""

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
    """Computes pre-aggregates for definitions of the same records.

    Args:
        slot_versions: the versions of the session's snapshot; they cover the days.
        days: the first day, and how many.
        is_sketched: whether a distribution was already found to be too large to store every value.
    """
    first, number = days
    remaining = list(definitions)
    sketched = {one for one in remaining if is_sketched(one)}
    built = BuiltDays(records.project_id)
    while remaining:
        scan = Scan(records, tuple(remaining), first, number, frozenset(sketched))
        rows = await all_rows(await session.execute(scan.statement()))
        versions = {one: slot_versions.of(one, first, number) for one in remaining}
        try:
            built.days = await asyncio.to_thread(days_of, scan, rows, versions)
            return built
        except NeedsSketchError as needs:
            sketched.add(needs.definition)
        except UnsuitedError as error:
            built.unsuited[error.definition] = error.reason
            remaining.remove(error.definition)
    return built
