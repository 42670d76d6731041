"""The history of dashboards."""

from datetime import datetime
from typing import cast

import strawberry

import models
from filters import MaskedFields
from graph.context import Info
from graph.enums import register
from graph.errors import ErrorCode, RequestError
from graph.node_ids import encode
from graph.scalars import JSON, BigInt
from graph.types.node import Node
from resolvers.dashboard_changes import Change, ChangeAction, told_without_values
from resolvers.documents import export

MAX_DOCUMENTS = 100
"""The most documents of revisions that a request gets: each is a whole dashboard."""

register(
    ChangeAction,
    "The kind of change to a part of a dashboard.",
    {
        ChangeAction.ADDED: "A widget was added, or a deleted dashboard was restored.",
        ChangeAction.CHANGED: "A value of the dashboard or of a widget was changed.",
        ChangeAction.REMOVED: "A widget was removed, or the dashboard was deleted.",
    },
)


@strawberry.type(description="One part of a change to a dashboard.")
class DashboardChange:
    action: ChangeAction = strawberry.field(description="What happened.")
    text: str = strawberry.field(description="The change as an English sentence, with long values shortened.")
    key: str | None = strawberry.field(
        description="The name of the changed value in the schema; null if a widget was added or removed."
    )
    widget_id: strawberry.ID | None = strawberry.field(
        description="The widget's ID; null for values of the dashboard itself. The widget may have been deleted since."
    )
    widget_name: str | None = strawberry.field(description="The widget's title after the change.")

    @classmethod
    def of(cls, change: Change) -> "DashboardChange":
        return cls(
            action=change.action,
            text=change.text,
            key=change.key,
            widget_id=None if change.widget_id is None else encode("Widget", change.widget_id),
            widget_name=change.widget_name,
        )


@strawberry.type(description="One change to a dashboard or its widgets: who, when and what.")
class DashboardRevision(Node):
    row: strawberry.Private[models.DashboardRevision]
    number: int = strawberry.field(description="The number of the revision, counted from 1 for each dashboard.")
    created_at: datetime = strawberry.field(description="When the change was made.")
    author: str | None = strawberry.field(
        description="The name of the API key or command that made the change; null if it was made outside the "
        "API or before history was recorded."
    )
    author_key_id: int | None = strawberry.field(
        graphql_type=BigInt | None,
        description="The number of that API key in `dialboard keys list`; null if the change was not made with a key.",
    )
    summary: str = strawberry.field(description="The change in English.")
    changes: list[DashboardChange] = strawberry.field(
        description="The parts of the change; empty when the dashboard was created, because `document` has its "
        "initial state."
    )
    restored_revision: int | None = strawberry.field(
        description="For an undo, the revision whose state was restored; null otherwise."
    )

    @strawberry.field(
        description="The dashboard with its widgets as it was after the change, in the format of "
        "`Dashboard.document`. Metrics and agents have their current names. A request can read at "
        f"most {MAX_DOCUMENTS} of these documents."
    )
    async def document(self, info: Info) -> JSON:
        context = info.context
        context.revision_documents += 1
        if context.revision_documents > MAX_DOCUMENTS:
            message = f"A request gets the documents of {MAX_DOCUMENTS} revisions at most; ask for fewer revisions."
            raise RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit=MAX_DOCUMENTS)
        return cast("JSON", await export.document_after(info.context.scope, self.row))

    @classmethod
    def of(cls, row: models.DashboardRevision, masked: MaskedFields) -> "DashboardRevision":
        changes = tuple(Change.from_json(change) for change in row.changes)
        summary = row.summary
        if masked:
            summary, changes = told_without_values(summary, changes, is_undo=row.state_of is not None)
        return cls(
            row=row,
            id=encode("DashboardRevision", row.dashboard_id, row.number),
            number=row.number,
            created_at=row.created_at,
            author=row.author,
            author_key_id=row.key_id,
            summary=summary,
            changes=[DashboardChange.of(change) for change in changes],
            restored_revision=row.state_of,
        )
