"""The history of dashboards."""

from datetime import datetime
from typing import cast

import strawberry

import models
from graph.context import Info
from graph.enums import register
from graph.errors import ErrorCode, RequestError
from graph.node_ids import encode
from graph.scalars import JSON
from resolvers.dashboard_changes import Change, ChangeAction
from resolvers.documents import export

MAX_DOCUMENTS = 100
"""The most documents of revisions that a request gets: each is a whole dashboard."""

register(
    ChangeAction,
    "What happened to a part of a dashboard.",
    {
        ChangeAction.ADDED: "A widget was added, or a deleted dashboard brought back.",
        ChangeAction.CHANGED: "A value of the dashboard or of a widget was changed.",
        ChangeAction.REMOVED: "A widget was removed, or the dashboard deleted.",
    },
)


@strawberry.type(description="One part of a change of a dashboard.")
class DashboardChange:
    action: ChangeAction = strawberry.field(description="What happened.")
    text: str = strawberry.field(description="The same as an English sentence, long values cut.")
    key: str | None = strawberry.field(
        description="The value that changed, as the schema names it; null for a widget that was added or removed."
    )
    widget_id: strawberry.ID | None = strawberry.field(
        description="The widget's id; null for values of the dashboard itself. The widget may be gone meanwhile."
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


@strawberry.type(description="One change of a dashboard or its widgets: who, when and what.")
class DashboardRevision:
    row: strawberry.Private[models.DashboardRevision]
    number: int = strawberry.field(description="Counts the dashboard's revisions from 1.")
    created_at: datetime = strawberry.field(description="When the change was made.")
    author: str | None = strawberry.field(
        description="The name of the API key, or the command, that made the change; null when it was made outside of "
        "the API, or before there was a history."
    )
    author_key_id: int | None = strawberry.field(
        description="The number of that API key in `dialboard keys list`; null when no key made the change."
    )
    summary: str = strawberry.field(description="The change in English.")
    changes: list[DashboardChange] = strawberry.field(
        description="Its parts; none for the making of a dashboard, whose beginning is the document."
    )
    restored_revision: int | None = strawberry.field(
        description="For an undo, the revision whose state it went back to; null for others."
    )

    @strawberry.field(
        description="The dashboard with its widgets as it was after the change, in the format of "
        f"`Dashboard.document`. Metrics and agents have the names that they have now. A request gets {MAX_DOCUMENTS} "
        "of these at most; more are an error."
    )
    async def document(self, info: Info) -> JSON:
        context = info.context
        context.revision_documents += 1
        if context.revision_documents > MAX_DOCUMENTS:
            message = f"A request gets the documents of {MAX_DOCUMENTS} revisions at most; ask for fewer revisions."
            raise RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit=MAX_DOCUMENTS)
        return cast("JSON", await export.document_after(info.context.scope, self.row))

    @classmethod
    def of(cls, row: models.DashboardRevision) -> "DashboardRevision":
        return cls(
            row=row,
            number=row.number,
            created_at=row.created_at,
            author=row.author,
            author_key_id=row.key_id,
            summary=row.summary,
            changes=[DashboardChange.of(Change.from_json(change)) for change in row.changes],
            restored_revision=row.state_of,
        )
