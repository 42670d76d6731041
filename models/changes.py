"""The versions of a project's data in a snapshot: sums of the marks that changes leave behind.

Marks are only ever added, so of two snapshots the later one has no smaller sum anywhere, and where the sums are equal
the data is the same.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from models.change_mark import AGENTS, EVERYTHING, METRICS
from models.sessions import ReadSession, WriteSession

_READ = text("""
    select pg_postmaster_start_time() as server, array_agg(slot) as slots, array_agg(changes) as changes from (
        select slot, sum(changes)::bigint as changes from change_marks
        where project_id = :project_id and (slot >= :first and slot < :last or slot <= :special)
        group by slot
    ) marks
""")
# Whoever folds the same marks at the same time finds them gone, and adds nothing for them.
_COMPACT = text("""
    with many as (
        select slot from change_marks where project_id = :project_id group by slot having count(*) > 1
    ), gone as (
        delete from change_marks where project_id = :project_id and slot in (select slot from many)
        returning slot, changes
    ), kept as (
        insert into change_marks (project_id, slot, changes)
        select :project_id, slot, sum(changes) from gone group by slot
        returning slot
    )
    select (select count(*) from gone) - (select count(*) from kept)
""")


@dataclass(frozen=True, slots=True)
class Versions:
    """What a snapshot says of changes.

    Attributes:
        server: when the database server was started: after a crash it may have lost changes that were seen before.
        everything, agents, metrics: changes that hold for the whole project.
        first: the number of the first grain of ``slots``, counted from 1970.
        slots: the changes of each grain of 15 minutes.
    """

    server: datetime
    everything: int
    agents: int
    metrics: int
    first: int
    slots: NDArray[np.int64]


async def read_versions(session: ReadSession, project_id: int, first: int, last: int) -> Versions:
    """The versions of the grains ``[first, last)``, in one statement."""
    given = {"project_id": project_id, "first": first, "last": last, "special": EVERYTHING}
    row = (await session.execute(_READ, given)).one()
    numbers = np.array(row.slots or (), dtype=np.int64)
    changes = np.array(row.changes or (), dtype=np.int64)
    slots = np.zeros(last - first, dtype=np.int64)
    is_grain = numbers > EVERYTHING
    slots[numbers[is_grain] - first] = changes[is_grain]
    special = dict(zip(numbers[~is_grain].tolist(), changes[~is_grain].tolist(), strict=True))
    return Versions(
        server=row.server,
        everything=special.get(EVERYTHING, 0),
        agents=special.get(AGENTS, 0),
        metrics=special.get(METRICS, 0),
        first=first,
        slots=slots,
    )


async def compact_changes(session: WriteSession, project_id: int) -> int:
    """Folds the marks of each grain into one of the same sum; returns how many rows fewer there are."""
    return int(await session.scalar(_COMPACT, {"project_id": project_id}) or 0)
