"""The intake of one body: batches read in a thread and stored, each in a transaction of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from models.deadlines import Deadline
from models.sessions import Sessions
from server.importing import keep_house
from server.importing.jsonl_rows import JsonLineRows
from server.importing.reading import LineFault, Reading
from server.importing.storing import store
from server.ingesting.arriving_lines import ArrivingLines

MAX_ERRORS = 200
"""What is told of rejected lines; further errors are only counted."""

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

    def reject(self, reading: Reading, faults: Sequence[LineFault]) -> None:
        """Notes a line that is not taken."""
        self.rejected += 1
        for fault in faults:
            if len(self.errors) < MAX_ERRORS:
                self.errors.append({"line": reading.line, "column": fault.column, "message": fault.reason})
            else:
                self.further_errors += 1

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


async def take_in(
    sessions: Sessions, project_id: int, lines: ArrivingLines, taken: Taken, batch_seconds: float
) -> None:
    """Stores the calls of a body. What was stored before an exception stays, and is in ``taken``.

    Args:
        batch_seconds: how long the storing of a batch may take, waiting for a connection included.
    """
    async for batch in lines.batches():
        rows = JsonLineRows(batch)
        readings = await asyncio.to_thread(list[Reading], rows.readings())
        in_time = sessions.within(Deadline.after(batch_seconds))
        stored, refused = await store(in_time, project_id, rows, readings)
        taken.created += stored.created
        taken.updated += stored.updated
        taken.batches += 1
        for reading, faults in refused:
            taken.reject(reading, faults)
        taken.last_line = batch[-1].number
    if taken.created + taken.updated >= _LARGE:
        await keep_house(sessions, project_id, is_done=True)
