"""Statements of several connections in a chosen order, with a look at the data after each.

A statement that waits for another connection is left waiting, and its connection's next ones come after it. One that
fails rolls its transaction back.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import psycopg

from tests.models.mark_database import Writer

WAITS = "select pid from pg_locks where not granted and pid = any(%s)"
LOOK = """
    with slots as (
        select floor(extract(epoch from call.timestamp) / 900)::int as slot, call::text || agent.agent_name as content
        from call_logs call join agents agent on agent.project_id = call.project_id and agent.id = call.agent_id
        where call.project_id = :p
        union all
        select floor(extract(epoch from call.timestamp) / 900)::int, evaluation::text || metric.name
        from metric_evaluations evaluation
        join call_logs call on call.project_id = evaluation.project_id and call.id = evaluation.call_log_id
        join metrics metric on metric.project_id = evaluation.project_id and metric.id = evaluation.metric_id
        where evaluation.project_id = :p
    )
    select slot, string_agg(content, ';' order by content), null from slots group by slot
    union all
    select slot, null, sum(changes)::int from change_marks where project_id = :p group by slot
"""


@dataclass(frozen=True)
class Seen:
    """What one snapshot holds: the data of slots, and the sums of marks."""

    content: dict[int, str]
    sums: dict[int, int]

    def version(self, slot: int) -> int:
        return self.sums.get(slot, 0) + sum(changes for other, changes in self.sums.items() if other < 0)


async def look(observer: Writer) -> Seen:
    rows = await observer.run(LOOK)
    return Seen(
        {slot: content for slot, content, _ in rows if content is not None},
        {slot: changes for slot, _, changes in rows if changes is not None},
    )


def unmarked(seen: Sequence[Seen]) -> list[str]:
    """Changes of data without a change of version, between any two snapshots."""
    return [
        f"slot {slot}: {one.content.get(slot)} -> {other.content.get(slot)} at {one.version(slot)}"
        for one, other in combinations(seen, 2)
        for slot in one.content.keys() | other.content.keys()
        if one.content.get(slot) != other.content.get(slot) and one.version(slot) == other.version(slot)
    ]


@dataclass
class Actor:
    """A connection with its remaining statements."""

    writer: Writer
    script: list[str]
    task: asyncio.Task[None] | None = None
    errors: list[psycopg.Error] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        return self.task is not None and not self.task.done()

    def step(self) -> None:
        self.task = asyncio.create_task(self._run(self.script.pop(0)))

    async def _run(self, statement: str) -> None:
        try:
            await self.writer.run(statement)
        except psycopg.Error as error:
            self.errors.append(error)
            await self.writer.run("rollback")


@dataclass
class Outcome:
    """All snapshots, and how statements failed."""

    seen: list[Seen]
    errors: list[psycopg.Error]


async def interleave(
    writers: Sequence[Writer], observer: Writer, scripts: Sequence[Sequence[str]], order: Iterable[int]
) -> Outcome:
    """Runs a statement of the connection that ``order`` names next, and so on; then whatever is left."""
    actors = [Actor(writer, list(script)) for writer, script in zip(writers, scripts, strict=True)]
    seen = [await look(observer)]
    for number in order:
        actor = actors[number]
        if actor.script and not actor.is_waiting:
            actor.step()
            await _settled(actors, observer)
            seen.append(await look(observer))
    while any(actor.script or actor.is_waiting for actor in actors):
        for actor in actors:
            if actor.script and not actor.is_waiting:
                actor.step()
                await _settled(actors, observer)
                seen.append(await look(observer))
        await _settled(actors, observer)
    for actor in actors:
        if actor.task is not None:
            await actor.task
    seen.append(await look(observer))
    return Outcome(seen, [error for actor in actors for error in actor.errors])


async def _settled(actors: Sequence[Actor], observer: Writer) -> None:
    """Until every statement has ended or waits for another connection."""
    while running := {actor.writer.connection.info.backend_pid for actor in actors if actor.is_waiting}:
        cursor: psycopg.AsyncCursor[Any] = await observer.connection.execute(WAITS, (list(running),))
        if running <= {pid for (pid,) in await cursor.fetchall()} and len(running) < len(actors):
            return
        await asyncio.sleep(0.001)
