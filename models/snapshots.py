"""Snapshots of the database as texts: which transactions a state of it has seen, and which rows came after it.

PostgreSQL notes in each row the transaction that made its present state (``xmin``). A row is new to a snapshot if that
transaction is not visible in it, in whatever order transactions began and committed: no clock is asked.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import text

from models.sessions import ReadSession

_FORM = re.compile(r"([0-9]{1,10})/([0-9]{1,19}):([0-9]{1,19}):((?:[0-9]{1,19}(?:,[0-9]{1,19})*)?)", re.ASCII)

_REACH = 2**31 - 10_000_000
"""How many transactions old a snapshot may be: PostgreSQL's numbers of 32 bits compare no further."""

_NOW = text("select 'change_marks'::regclass::oid || '/' || pg_current_snapshot()")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What transactions a state of the database has seen.

    Attributes:
        place: tells databases apart.
        first: all transactions before this one had ended.
        end: none from this one on had begun.
        running: those in between that were under way.
    """

    place: int
    first: int
    end: int
    running: tuple[int, ...]

    @property
    def sql(self) -> str:
        """The snapshot as PostgreSQL writes it."""
        return f"{self.first}:{self.end}:{','.join(map(str, self.running))}"

    @property
    def text(self) -> str:
        """The snapshot with its place, for ``read_snapshot``."""
        return f"{self.place}/{self.sql}"

    def is_before(self, now: "Snapshot") -> bool:
        """Whether it is an earlier state of the database that is now in another one, and near enough to compare."""
        return self.place == now.place and self.end <= now.end and now.end - self.first < _REACH

    @property
    def bounds(self) -> dict[str, str]:
        """The parameters of ``NEW``: the snapshot, and the oldest transaction that can be new to it."""
        return {"since": self.sql, "oldest": str(self.first % 2**32)}


def parse_snapshot(given: str) -> Snapshot | None:
    """The snapshot of a text; None where it is of another form."""
    found = _FORM.fullmatch(given)
    if found is None:
        return None
    place, first, end = (int(part) for part in found.groups()[:3])
    running = tuple(int(part) for part in found[4].split(",") if part)
    within = all(first <= one < end for one in running) and all(one < two for one, two in pairwise(running))
    return Snapshot(place, first, end, running) if 0 < first <= end < 2**63 and within else None


async def current_snapshot(session: ReadSession) -> Snapshot:
    """The snapshot of a session."""
    found = parse_snapshot(str(await session.scalar(_NOW)))
    assert found is not None
    return found


def number_of(table: str) -> str:
    """SQL for the whole number of the transaction that made a row: the nearest one, not after the present snapshot,
    that ends in the 32 bits which the row has."""
    end = "(select pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"
    return f"({end} - (({end} - {table}.xmin::text::bigint) & 4294967295))::text::xid8"


def is_new(table: str) -> str:
    """SQL for whether a row is new to the snapshot of ``Snapshot.bounds``; the cheap comparison comes first."""
    return (
        f"age({table}.xmin) <= age(cast(cast(:oldest as text) as xid)) "
        f"and not pg_visible_in_snapshot({number_of(table)}, cast(cast(:since as text) as pg_snapshot))"
    )
