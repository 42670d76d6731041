"""The intake of one body: batches read in a thread and stored, each in a transaction of its own."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from models.deadlines import Deadline
from models.sessions import Sessions
from models.types import AuditAction
from resolvers.author import Author, Origin
from resolvers.budgets import Budgets
from resolvers.call_log_writes import STORED_CALL, STORED_EVALUATION
from resolvers.repeatable import KeyReusedError, Repeatable, earlier_result, keep_result
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.http.budget import settle, spend
from server.importing import keep_house
from server.importing.jsonl_rows import JsonLineRows
from server.importing.lines import Line
from server.importing.reading import LineFault
from server.importing.storing import Batch, store_within
from server.ingesting.arriving_lines import ArrivingLines

MAX_ERRORS = 200
"""What is told of rejected lines; further errors are only counted."""

BATCH_POINTS = 10
"""Points of a batch: a transaction."""

_LARGE = 10_000
"""Calls after which the planner is told what the tables hold."""


@dataclass(slots=True)
class Taken:
    """What became of a body so far.

    Attributes:
        created: calls that were new.
        updated: calls that were there already.
        rejected: lines that were not taken.
        batches: transactions that were committed.
        last_line: the last line of the last of them; everything up to it has been dealt with.
        errors: what is wrong with rejected lines, at most ``MAX_ERRORS``.
        further_errors: how many more there are.
    """

    created: int = 0
    updated: int = 0
    rejected: int = 0
    batches: int = 0
    last_line: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    further_errors: int = 0

    def reject(self, line: int, faults: Sequence[LineFault]) -> None:
        """Notes a line that is not taken."""
        self.rejected += 1
        self._tell([{"line": line, "column": fault.column, "message": fault.reason} for fault in faults])

    def add(self, batch: "Taken") -> None:
        """Notes what became of the next batch."""
        self.created += batch.created
        self.updated += batch.updated
        self.rejected += batch.rejected
        self.batches += batch.batches
        self.last_line = batch.last_line
        self._tell(batch.errors)
        self.further_errors += batch.further_errors

    def _tell(self, errors: Sequence[dict[str, Any]]) -> None:
        room = MAX_ERRORS - len(self.errors)
        self.errors += errors[:room]
        self.further_errors += max(0, len(errors) - room)

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Taken":
        """What ``to_json`` told."""
        return cls(
            told["created"],
            told["updated"],
            told["rejected"],
            told["batches"],
            told["lastLine"],
            [*told["errors"]],
            told["furtherErrors"],
        )

    def to_json(self) -> dict[str, Any]:
        """The answer."""
        return {
            "created": self.created,
            "updated": self.updated,
            "rejected": self.rejected,
            "batches": self.batches,
            "lastLine": self.last_line,
            "errors": self.errors,
            "furtherErrors": self.further_errors,
        }


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose calls they are.

    Attributes:
        request: the idempotency key that they came with, if any.
    """

    project_id: int
    author: Author
    origin: Origin
    request: Repeatable | None = None


async def take_in(
    sessions: Sessions,
    sender: Sender,
    lines: ArrivingLines,
    taken: Taken,
    batch_seconds: float,
    budgets: Budgets | None = None,
) -> None:
    """Stores the calls of a body. What was stored before an exception stays, and is in ``taken``.

    Args:
        batch_seconds: how long the storing of a batch may take, waiting for a connection included.
        budgets: what pays: ``BATCH_POINTS`` before a batch is stored, its calls and evaluations after that, as they
            cost nothing where the batch was stored before.

    Raises:
        BudgetSpentError: the key of the sender has too few points for the next batch.
        KeyReusedError: a batch differs from that of the earlier body with the same idempotency key.
        KeyInUseError: a batch of it is still being stored.
    """
    async for taken_lines in lines.batches():
        await spend(budgets, sender, BATCH_POINTS, "The next batch")
        rows = JsonLineRows(taken_lines)
        batch = await asyncio.to_thread(_read, rows)
        in_time = sessions.within(Deadline.after(batch_seconds))
        async with in_time.write(sender.project_id) as session:
            writing = Writing(session, sender.project_id, datetime.now(UTC), sender.author, sender.origin)
            store = partial(_store, writing, rows, batch, taken_lines[-1].number)
            done = await (
                _once(writing, sender.request, taken.batches + 1, taken_lines, store) if sender.request else store()
            )
        taken.add(done)
        await settle(budgets, sender, writing.points)
    if taken.created + taken.updated >= _LARGE:
        await keep_house(sessions, sender.project_id)


def _read(rows: JsonLineRows) -> Batch:
    return Batch.of([*rows.readings()])


async def _store(writing: Writing, rows: JsonLineRows, batch: Batch, last_line: int) -> Taken:
    evaluations = sum(len(record.metrics) for record in batch.prepared.records)
    writing.points += STORED_CALL * len(batch.readings) + STORED_EVALUATION * evaluations
    stored, refused = await store_within(writing.session, writing.project_id, rows, batch)
    done = Taken(stored.created, stored.updated, batches=1, last_line=last_line)
    for reading, faults in refused:
        done.reject(reading.line, faults)
    counts = {"created": done.created, "updated": done.updated, "rejected": done.rejected}
    await record_event(writing, Event(AuditAction.CALLS_INGEST, counts=counts))
    return done


async def _once(
    writing: Writing,
    request: Repeatable,
    number: int,
    batch: Sequence[Line],
    store: Callable[[], Awaitable[Taken]],
) -> Taken:
    """What became of a batch now, or of the same one when the body was sent before."""
    digest = hashlib.sha256(b"\n".join(b"%d %s" % (line.number, line.content) for line in batch)).hexdigest()
    earlier = await earlier_result(writing, request, str(number))
    if earlier is None:
        done = await store()
        await keep_result(writing, request, str(number), orjson.dumps([digest, done.to_json()]).decode())
        return done
    was, told = orjson.loads(earlier)
    if was != digest:
        raise KeyReusedError
    return Taken.of_json(told)
