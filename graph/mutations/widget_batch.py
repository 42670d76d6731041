"""The mutations on many widgets of one dashboard."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.inputs.widget_batch import ApplyWidgetChangesInput, ArrangeWidgetsInput
from graph.node_ids import encode
from graph.payloads.widget import ApplyWidgetChangesPayload, ArrangeWidgetsPayload
from graph.types.dashboard import Dashboard
from graph.types.widget import Widget
from graph.write import Write
from resolvers import widget_batches

Arrange = Annotated[ArrangeWidgetsInput, strawberry.argument(description="The widgets and their positions.")]
Apply = Annotated[ApplyWidgetChangesInput, strawberry.argument(description="What to create, update and delete.")]


async def arrange(info: Info, input: Arrange) -> ArrangeWidgetsPayload:
    """Moves widgets of a dashboard, all or nothing. The dashboard's version increases by one unless nothing changes."""
    write, expected = Write(info), input.expected_version
    id = write.row_id(input.dashboard_id, "Dashboard", "/dashboardId")
    placements = [
        (write.row_id(placed.id, "Widget", f"/widgets/{index}/id"), placed.layout.placement())
        for index, placed in enumerate(input.widgets)
    ]
    done = await write.run(
        lambda writing, wrong: widget_batches.arrange_widgets(writing, wrong, id, expected, placements)
    )
    return ArrangeWidgetsPayload(
        dashboard=Dashboard.of(done.dashboard) if done else None,
        widgets=[Widget.of(row) for row in done.widgets] if done else [],
        errors=write.errors,
    )


async def apply(info: Info, input: Apply) -> ApplyWidgetChangesPayload:
    """Deletes, updates and creates many widgets of one dashboard, all or nothing, as when saving an edited dashboard.
    The dashboard's version increases by one, unless nothing changes. Errors have paths such as
    /update/2/chartType.
    """
    write, expected = Write(info), input.expected_version
    id, batch = write.row_id(input.dashboard_id, "Dashboard", "/dashboardId"), input.batch(write)
    done = await write.run(
        lambda writing, wrong: widget_batches.apply_widget_changes(writing, wrong, id, expected, batch)
    )
    return ApplyWidgetChangesPayload(
        dashboard=Dashboard.of(done.dashboard) if done else None,
        widgets=[Widget.of(row) for row in done.widgets] if done else [],
        created=[Widget.of(row) for row in done.created] if done else [],
        updated=[Widget.of(row) for row in done.updated] if done else [],
        deleted_ids=[encode("Widget", row_id) for row_id in done.deleted] if done else [],
        errors=write.errors,
    )
