"""The answers of mutations on widgets."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.dashboard import Dashboard
from graph.types.widget import Widget


@strawberry.type(description="The new widget.")
class CreateWidgetPayload(Payload):
    widget: Widget | None = strawberry.field(description="The widget; null if the input is invalid.")
    dashboard: Dashboard | None = strawberry.field(description="Its dashboard; null if the input is invalid.")


@strawberry.type(description="The changed widget.")
class UpdateWidgetPayload(Payload):
    widget: Widget | None = strawberry.field(description="The widget; null if the input is invalid.")
    dashboard: Dashboard | None = strawberry.field(description="Its dashboard; null if the input is invalid.")


@strawberry.type(description="The removed widget.")
class DeleteWidgetPayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(description="Its id; null if the input is invalid.")
    widget: Widget | None = strawberry.field(description="The widget as it was; null if the input is invalid.")
    dashboard: Dashboard | None = strawberry.field(
        description="The dashboard that contained it; null if the input is invalid."
    )


@strawberry.type(description="The copy of a widget.")
class DuplicateWidgetPayload(Payload):
    widget: Widget | None = strawberry.field(description="The copy; null if the input is invalid.")
    dashboard: Dashboard | None = strawberry.field(description="Its dashboard; null if the input is invalid.")


@strawberry.type(description="The rearranged dashboard.")
class ArrangeWidgetsPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")
    widgets: list[Widget] = strawberry.field(
        description="All its widgets in reading order, with their new positions; empty if the input is invalid."
    )


@strawberry.type(description="The dashboard after a batch of changes.")
class ApplyWidgetChangesPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")
    widgets: list[Widget] = strawberry.field(
        description="All its widgets, in their order; empty if the input is invalid."
    )
    created: list[Widget] = strawberry.field(description="The new widgets, in the order of `create`.")
    updated: list[Widget] = strawberry.field(description="The changed widgets, in the order of `update`.")
    deleted_ids: list[strawberry.ID] = strawberry.field(description="The removed widgets, in the order of `delete`.")
