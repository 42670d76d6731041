"""Pre-aggregates in the database, shared by all of its servers and commands."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from aggregation.stored.day import Day, pack, unpack
from aggregation.stored.definition import Definition, Kind
from models.large_results import all_rows
from models.preaggregate import Preaggregate, PreaggregateDay
from models.sessions import ReadSession, WriteSession

_LITTLE = np.dtype("<i8")

_MARK_USED = text("""
    update preaggregate_days set used_at = now()
    where project_id = :project_id and key = any(:keys) and day >= :first and day < :last
      and used_at < now() - interval '1 hour'
""")
# Deletes the rows whose size, together with that of all rows used more recently, exceeds the limit.
_EVICT = text("""
    delete from preaggregate_days where project_id = :project_id and ctid = any (array (
        select place from (
            select ctid as place, sum(octet_length(state) + octet_length(versions)) over (
                order by used_at desc, day desc, key rows unbounded preceding
            ) as bytes
            from preaggregate_days where project_id = :project_id
        ) used where bytes > :most
    ))
""")
_DROP_EMPTY = text("""
    delete from preaggregates one where project_id = :project_id and unsuited is null and not exists (
        select from preaggregate_days day where day.project_id = :project_id and day.key = one.key
    )
""")
_SHOW = text("""
    select one.key, one.definition, one.unsuited, count(day.day) as days, min(day.day) as first,
        max(day.day) as last,
        coalesce(sum(octet_length(day.state) + octet_length(day.versions)), 0)::bigint as bytes,
        max(day.computed_at) as computed_at, max(day.used_at) as used_at
    from preaggregates one left join preaggregate_days day on day.project_id = :project_id and day.key = one.key
    where one.project_id = :project_id group by one.key, one.definition, one.unsuited
    order by bytes desc, one.key
""")


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """What is stored for one definition. Days are numbered from 1970."""

    key: bytes
    definition: Mapping[str, Any]
    unsuited: str | None
    days: int
    first: int | None
    last: int | None
    bytes: int
    computed_at: datetime | None
    used_at: datetime | None


async def load_days(
    session: ReadSession, project_id: int, requested: Mapping[Definition, Collection[int]]
) -> tuple[list[tuple[Definition, Day]], dict[Definition, str]]:
    """The stored ones of the ``requested`` days, and for unsuited definitions the reason."""
    if not requested:
        return [], {}
    by_key = {definition.key: definition for definition in requested}
    refused = await session.execute(
        select(Preaggregate.key, Preaggregate.unsuited).where(
            Preaggregate.project_id == project_id, Preaggregate.key.in_(by_key), Preaggregate.unsuited.is_not(None)
        )
    )
    unsuited = {by_key[key]: reason for key, reason in refused.tuples() if reason is not None}
    days = sorted({day for numbers in requested.values() for day in numbers})
    rows = await session.execute(
        select(PreaggregateDay.key, PreaggregateDay.day, PreaggregateDay.versions, PreaggregateDay.state).where(
            PreaggregateDay.project_id == project_id,
            PreaggregateDay.key.in_(by_key),
            PreaggregateDay.day.between(days[0], days[-1]),
        )
    )
    stored = await all_rows(rows)
    return await asyncio.to_thread(_days, stored, by_key, requested), unsuited


def _days(
    rows: Iterable[Any], by_key: Mapping[bytes, Definition], requested: Mapping[Definition, Collection[int]]
) -> list[tuple[Definition, Day]]:
    found: list[tuple[Definition, Day]] = []
    for key, number, versions, state in rows:
        definition = by_key[bytes(key)]
        if number in requested[definition]:
            found.append((definition, _day(definition.kind, number, bytes(versions), bytes(state))))
    return found


def _day(kind: Kind, number: int, versions: bytes, state: bytes) -> Day:
    return unpack(kind, number, np.frombuffer(versions, _LITTLE).astype(np.int64), state)


async def save_days(session: WriteSession, project_id: int, days: Iterable[tuple[Definition, Day]]) -> None:
    """Stores days. A stored day of a later version is not replaced."""
    given = list(days)
    packed = await asyncio.to_thread(lambda: [pack(day) for _, day in given])
    await _save_definitions(session, project_id, {definition: None for definition, _ in given})
    for (definition, day), state in zip(given, packed, strict=True):
        values = {
            "project_id": project_id,
            "key": definition.key,
            "day": day.number,
            "versions": day.versions.astype(_LITTLE).tobytes(),
            "total_version": int(day.versions.sum()),
            "state": state,
            "computed_at": func.now(),
            "used_at": func.now(),
        }
        statement = insert(PreaggregateDay).values(values)
        new = statement.excluded
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["project_id", "key", "day"],
                set_={
                    "versions": new.versions,
                    "total_version": new.total_version,
                    "state": new.state,
                    "computed_at": new.computed_at,
                    "used_at": new.used_at,
                },
                where=PreaggregateDay.total_version <= new.total_version,
            )
        )


async def save_unsuited(session: WriteSession, project_id: int, definition: Definition, reason: str) -> None:
    """Records that a definition is not stored, and deletes its stored days."""
    await _save_definitions(session, project_id, {definition: reason})
    await session.execute(
        text("delete from preaggregate_days where project_id = :project_id and key = :key"),
        {"project_id": project_id, "key": definition.key},
    )


async def _save_definitions(
    session: WriteSession, project_id: int, definitions: Mapping[Definition, str | None]
) -> None:
    rows = [
        {"project_id": project_id, "key": one.key, "definition": one.description, "unsuited": reason}
        for one, reason in sorted(definitions.items(), key=lambda item: item[0].key)
    ]
    if rows:
        statement = insert(Preaggregate).values(rows)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["project_id", "key"],
                set_={"unsuited": statement.excluded.unsuited},
                where=Preaggregate.unsuited.is_distinct_from(statement.excluded.unsuited),
            )
        )


async def mark_used(
    session: WriteSession, project_id: int, definitions: Iterable[Definition], first: int, last: int
) -> None:
    """Records that the days ``[first, last)`` of definitions were used."""
    keys = sorted(definition.key for definition in definitions)
    await session.execute(_MARK_USED, {"project_id": project_id, "keys": keys, "first": first, "last": last})


async def evict(session: WriteSession, project_id: int, most: int) -> int:
    """Deletes the least recently used days beyond ``most`` bytes; returns how many."""
    gone = await session.execute(_EVICT, {"project_id": project_id, "most": most})
    await session.execute(_DROP_EMPTY, {"project_id": project_id})
    return int(getattr(gone, "rowcount", 0))


async def stored_definitions(session: ReadSession, project_id: int) -> list[StoredDefinition]:
    """The stored definitions of a project, largest first."""
    rows = await session.execute(_SHOW, {"project_id": project_id})
    return [StoredDefinition(bytes(key), *rest) for key, *rest in rows.tuples()]


async def drop_all(session: WriteSession, project_id: int) -> int:
    """Drops all pre-aggregates of a project; returns how many definitions there were."""
    gone = await session.execute(
        text("delete from preaggregates where project_id = :project_id"), {"project_id": project_id}
    )
    return int(getattr(gone, "rowcount", 0))
