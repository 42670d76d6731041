"""The mutations on single widgets."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.inputs.widget import CreateWidgetInput, DeleteWidgetInput, DuplicateWidgetInput, UpdateWidgetInput
from graph.payloads.widget import (
    CreateWidgetPayload,
    DeleteWidgetPayload,
    DuplicateWidgetPayload,
    UpdateWidgetPayload,
)
from graph.types.dashboard import Dashboard
from graph.types.widget import Widget
from graph.write import Write
from resolvers import widget_writes

Create = Annotated[CreateWidgetInput, strawberry.argument(description="The new widget.")]
Update = Annotated[UpdateWidgetInput, strawberry.argument(description="The widget and its new values.")]
Delete = Annotated[DeleteWidgetInput, strawberry.argument(description="The widget to remove.")]
Duplicate = Annotated[DuplicateWidgetInput, strawberry.argument(description="The widget to copy.")]


def _dashboard(written: widget_writes.WrittenWidget | None) -> Dashboard | None:
    return Dashboard.of(written.dashboard) if written else None


def _widget(written: widget_writes.WrittenWidget | None) -> Widget | None:
    return Widget.of(written.widget) if written else None


async def create(info: Info, input: Create) -> CreateWidgetPayload:
    """Adds a widget to a dashboard. The dashboard's version does not change."""
    write = Write(info)
    id, changes = write.row_id(input.dashboard_id, "Dashboard", "/dashboardId"), input.changes(write)
    written = await write.run(lambda writing, wrong: widget_writes.create_widget(writing, wrong, id, changes))
    return CreateWidgetPayload(widget=_widget(written), dashboard=_dashboard(written), errors=write.errors)


async def update(info: Info, input: Update) -> UpdateWidgetPayload:
    """Changes a widget. Its version increases by one, unless nothing changes; that of the dashboard does not change."""
    write = Write(info)
    id, changes = write.row_id(input.id, "Widget", "/id"), input.changes(write)
    written = await write.run(
        lambda writing, wrong: widget_writes.update_widget(writing, wrong, id, input.expected_version, changes)
    )
    return UpdateWidgetPayload(widget=_widget(written), dashboard=_dashboard(written), errors=write.errors)


async def delete(info: Info, input: Delete) -> DeleteWidgetPayload:
    """Removes a widget. The dashboard's version does not change. `undoDashboard` restores the widget with its ID."""
    write = Write(info)
    id = write.row_id(input.id, "Widget", "/id")
    written = await write.run(
        lambda writing, wrong: widget_writes.delete_widget(writing, wrong, id, input.expected_version)
    )
    deleted = _widget(written)
    return DeleteWidgetPayload(
        deleted_id=deleted and deleted.id, widget=deleted, dashboard=_dashboard(written), errors=write.errors
    )


async def duplicate(info: Info, input: Duplicate) -> DuplicateWidgetPayload:
    """Copies a widget to the first free position on its dashboard. The dashboard's version does not change."""
    write = Write(info)
    id = write.row_id(input.id, "Widget", "/id")
    written = await write.run(lambda writing, wrong: widget_writes.duplicate_widget(writing, wrong, id, input.name))
    return DuplicateWidgetPayload(widget=_widget(written), dashboard=_dashboard(written), errors=write.errors)
