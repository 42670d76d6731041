"""The versions of a project's data in a snapshot: sums of change marks.

Marks are only added, so the sums of a later snapshot are never smaller, and where two snapshots have equal sums they
have the same data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from models.change_mark import AGENTS, EVERYTHING, METRICS
from models.sessions import ReadSession, WriteSession

# Numbers are returned as bytes, which are faster to write and read than arrays. No slot sees two billion statements, so
# its marks can be summed as 32-bit integers.
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
# A concurrent call finds the same marks deleted, and adds nothing for them. An array is always looked up by index,
# while a join for a project without statistics yet can become a nested loop over all of its marks.
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
    """The sums of change marks in a snapshot.

    Attributes:
        everything, agents, metrics: sums of the marks that hold for the whole project.
        first: the number of the first slot of ``slots``, counted from 1970.
        slots: the sum of each slot's marks.
    """

    everything: int
    agents: int
    metrics: int
    first: int
    slots: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Total:
    """The total of a snapshot's marks for a range of slots. Snapshots with equal totals have equal versions there.

    ``server`` identifies the start of the database server and the table of marks: after a crash or a restore, changes
    that were seen before may be missing.
    """

    server: str
    changes: int


async def read_total(session: ReadSession, project_id: int, first: int, last: int) -> Total:
    """The total of the slots ``[first, last)`` and of the marks that hold for the whole project."""
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
    """Replaces the marks of each slot that has more than three by one mark of the same sum.

    Only concurrent calls of this function wait for it. Returns by how many rows the table shrank.
    """
    return int(await session.scalar(_COMPACT, {"project_id": project_id}) or 0)
