"""The list of audit events."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.arguments import After, Before, First, Last, plain_text
from graph.context import Info
from graph.node_ids import decode
from graph.numbered_pages import numbered_page
from graph.pagination import Connection, paging
from graph.scalars import BigInt
from graph.types.audit_event import AuditEvent
from models import AuditEvent as AuditEventRow
from models.types import AuditAction
from resolvers.loaders.slices import Page, Slice
from resolvers.trail import EventFilter, count_events, page_of_events

_MAX_NAME = 200
_SUBJECTS = ("Dashboard", "Widget", "CallLog", "ApiKey")

Action = Annotated[AuditAction | None, strawberry.argument(description="Only events of this kind.")]
KeyId = Annotated[
    BigInt | None, strawberry.argument(description="Only events of the API key with this number (`databaseId`).")
]
Actor = Annotated[
    str | None,
    strawberry.argument(description="Only events of API keys with exactly this name, or of this command."),
]
Subject = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Only events that affected this dashboard, widget, call or API key, which can be deleted."
    ),
]
Since = Annotated[datetime | None, strawberry.argument(description="Only events at this time or later.")]
Until = Annotated[datetime | None, strawberry.argument(description="Only events before this time.")]


async def audit_events(
    info: Info,
    first: First = None,
    after: After = None,
    action: Action = None,
    key_id: KeyId = None,
    actor: Actor = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    before: Before = None,
) -> Connection[AuditEvent]:
    """Audit events, newest first: changes to dashboards, widgets, API keys and calls, imports and exports. For
    admins."""
    scope = info.context.scope
    asked = paging(first, after, last, before)
    node = decode(subject, _SUBJECTS) if subject is not None else None
    selected = EventFilter(
        action,
        key_id,
        plain_text("actor", actor, _MAX_NAME) if actor is not None else None,
        node.type_name if node else None,
        node.row_id if node else None,
        since,
        until,
    )

    async def page(part: Slice) -> Page[AuditEventRow]:
        async with scope.sessions.read(scope.project_id) as session:
            return await page_of_events(session, scope.project_id, selected, part)

    async def count() -> int:
        async with scope.sessions.read(scope.project_id) as session:
            return await count_events(session, scope.project_id, selected)

    return await numbered_page(
        "AuditEvent", asked, page=page, node=AuditEvent.of, number=lambda row: row.id, count=count
    )
