"""The trail of who did what: writing an event in the transaction of the change, and reading events.

Events are only appended: the role that serves can neither change nor delete them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Table, func, insert, select

from models import AuditEvent
from models.sessions import ReadSession
from models.types import AuditAction
from resolvers.loaders.slices import Page, Slice
from resolvers.writing import Writing

_APPEND = insert(cast("Table", AuditEvent.__table__))
"""Into the table and not the mapped class: every write runs it, and this takes less time."""


@dataclass(frozen=True, slots=True)
class Event:
    """What was done.

    Attributes:
        subject_type: the type of what it was done to, as the schema names it; None for the project or its calls.
        subject_id: its number.
        subject_name: its name.
        counts: numbers of what was changed, or None.
    """

    action: AuditAction
    subject_type: str | None = None
    subject_id: int | None = None
    subject_name: str | None = None
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are listed; what is None does not matter. Of times, ``since`` is included and ``until`` is not."""

    action: AuditAction | None = None
    key_id: int | None = None
    actor: str | None = None
    subject_type: str | None = None
    subject_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self, project_id: int) -> list[ColumnElement[bool]]:
        """The conditions on events."""
        equal = {
            AuditEvent.action: self.action,
            AuditEvent.key_id: self.key_id,
            AuditEvent.actor: self.actor,
            AuditEvent.subject_type: self.subject_type,
            AuditEvent.subject_id: self.subject_id,
        }
        found = [AuditEvent.project_id == project_id]
        found += [column == value for column, value in equal.items() if value is not None]
        if self.since is not None:
            found.append(AuditEvent.at >= self.since)
        if self.until is not None:
            found.append(AuditEvent.at < self.until)
        return found


async def record_event(writing: Writing, event: Event) -> None:
    """Appends an event to the transaction."""
    author, origin = writing.author, writing.origin
    await writing.session.execute(
        _APPEND,
        {
            "project_id": writing.project_id,
            "action": event.action,
            "key_id": author.key_id if author else None,
            "actor": author.name if author else None,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "subject_name": event.subject_name,
            "counts": None if event.counts is None else dict(event.counts),
            "address": origin.address,
            "request_id": origin.request_id,
        },
    )


async def page_of_events(
    session: ReadSession, project_id: int, selected: EventFilter, asked: Slice
) -> Page[AuditEvent]:
    """Events, the newest first."""
    statement = select(AuditEvent).where(*selected.conditions(project_id))
    return asked.page((await session.scalars(asked.of(statement, AuditEvent.id, is_falling=True))).all())


async def count_events(session: ReadSession, project_id: int, selected: EventFilter) -> int:
    """How many events there are."""
    statement = select(func.count()).select_from(AuditEvent).where(*selected.conditions(project_id))
    return (await session.scalars(statement)).one()
