"""The versions of a project's data in a snapshot: sums of the marks that changes leave behind.

Marks are only ever added, so of two snapshots the later one has no smaller sum anywhere, and where the sums are equal
the data is the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from models.change_mark import AGENTS, EVERYTHING, METRICS
from models.sessions import ReadSession, WriteSession

# Numbers come as bytes, which take less than arrays to write and read. No slot sees two billion statements, so its
# marks can be added up as the small numbers that they are.
_READ = text("""
    select (
        select string_agg(int4send(slot) || int8send(changes), ''::bytea) from (
            select slot, sum(changes::int) as changes from change_marks
            where project_id = :project_id and slot >= :first and slot < :last
            group by slot
        ) marks
    ) as slots, (
        select string_agg(int4send(slot) || int8send(changes), ''::bytea) from (
            select slot, sum(changes)::bigint as changes from change_marks
            where project_id = :project_id and slot <= :special
            group by slot
        ) marks
    ) as special
""")
_TOTAL = text("""
    select pg_postmaster_start_time() || ' ' || 'change_marks'::regclass::oid as server, (
        select coalesce(sum(changes::int), 0) from change_marks
        where project_id = :project_id and slot >= :first and slot < :last
    ) as slots, (
        select coalesce(sum(changes::int), 0) from change_marks where project_id = :project_id and slot <= :special
    ) as special
""")
_MARKS = np.dtype([("slot", ">i4"), ("changes", ">i8")])
# Whoever folds the same marks at the same time finds them gone, and adds nothing for them. An array has one plan, by
# index, where a join with a project that the planner knows nothing of yet can be a nested loop over all of its marks.
_COMPACT = text("""
    with gone as (
        delete from change_marks where project_id = :project_id and slot = any (array (
            select slot from change_marks where project_id = :project_id group by slot having count(*) > 3
        ))
        returning slot, changes
    ), folded as (
        insert into change_marks (project_id, slot, changes)
        select :project_id, slot, sum(changes) from gone group by slot
        returning slot
    )
    select (select count(*) from gone) - (select count(*) from folded)
""")


@dataclass(frozen=True, slots=True)
class Versions:
    """What a snapshot says of changes.

    Attributes:
        everything, agents, metrics: changes that hold for the whole project.
        first: the number of the first slot of ``slots``, counted from 1970.
        slots: the changes of each slot.
    """

    everything: int
    agents: int
    metrics: int
    first: int
    slots: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Total:
    """What tells two snapshots apart for some slots: how many changes there were, and who counted them.

    ``server`` is when the database server was started, and which table has the marks: after a crash, or from a backup,
    changes may be missing that had been seen before.
    """

    server: str
    changes: int


async def read_total(session: ReadSession, project_id: int, first: int, last: int) -> Total:
    """The changes of the slots ``[first, last)`` and of the whole project: where it is the same, all versions are."""
    given = {"project_id": project_id, "first": first, "last": last, "special": EVERYTHING}
    row = (await session.execute(_TOTAL, given)).one()
    return Total(row.server, row.slots + row.special)


async def read_versions(session: ReadSession, project_id: int, first: int, last: int) -> Versions:
    """The versions of the slots ``[first, last)``, in one statement."""
    given = {"project_id": project_id, "first": first, "last": last, "special": EVERYTHING}
    row = (await session.execute(_READ, given)).one()
    marked = np.frombuffer(row.slots or b"", dtype=_MARKS)
    slots = np.zeros(last - first, dtype=np.int64)
    slots[marked["slot"] - first] = marked["changes"]
    marks = np.frombuffer(row.special or b"", dtype=_MARKS)
    special = dict(zip(marks["slot"].tolist(), marks["changes"].tolist(), strict=True))
    return Versions(
        everything=special.get(EVERYTHING, 0),
        agents=special.get(AGENTS, 0),
        metrics=special.get(METRICS, 0),
        first=first,
        slots=slots,
    )


async def compact_changes(session: WriteSession, project_id: int) -> int:
    """Folds the marks of each slot that has more than a few into one of the same sum.

    Nobody but others who fold waits for it. Returns how many rows fewer there are.
    """
    return int(await session.scalar(_COMPACT, {"project_id": project_id}) or 0)
