"""What clients give to change many widgets of one dashboard at once."""

import strawberry

from graph.inputs.reader import InputReader
from graph.inputs.widget import NewWidgetInput, UpdateWidgetInput, WidgetLayoutInput
from resolvers.widget_batches import WidgetBatch, WidgetUpdate


@strawberry.input(description="A widget and its new position.")
class WidgetPlacementInput:
    id: strawberry.ID = strawberry.field(description="The ID of a widget of the dashboard.")
    layout: WidgetLayoutInput = strawberry.field(description="The new position.")


@strawberry.input(description="New positions for widgets of one dashboard, applied all or nothing.")
class ArrangeWidgetsInput:
    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard of the widgets.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The dashboard version that the client last read. If the current version differs, the result "
        "is a VersionConflict.",
    )
    widgets: list[WidgetPlacementInput] = strawberry.field(
        description="At most 100 widgets, each listed once. If two of them overlap, the first keeps its "
        "position. Other widgets keep theirs unless a moved widget overlaps them; then they move "
        "down."
    )


@strawberry.input(description="Changes to many widgets of one dashboard, applied all or nothing.")
class ApplyWidgetChangesInput:
    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard of the widgets.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The dashboard version that the client last read. If the current version differs, the result "
        "is a VersionConflict.",
    )
    create: list[NewWidgetInput] | None = strawberry.field(default=None, description="At most 100 new widgets.")
    update: list[UpdateWidgetInput] | None = strawberry.field(
        default=None,
        description="At most 100 widgets to change. Each widget can appear only once in a batch, here or in `delete`.",
    )
    delete: list[strawberry.ID] | None = strawberry.field(default=None, description="At most 100 widgets to remove.")

    def batch(self, reader: InputReader) -> WidgetBatch:
        return WidgetBatch(
            create=[new.changes(reader, f"/create/{index}") for index, new in enumerate(self.create or ())],
            update=[
                WidgetUpdate(
                    reader.row_id(update.id, "Widget", f"/update/{index}/id"),
                    update.expected_version,
                    update.changes(reader, f"/update/{index}"),
                )
                for index, update in enumerate(self.update or ())
            ],
            delete=[reader.row_id(id, "Widget", f"/delete/{index}") for index, id in enumerate(self.delete or ())],
        )
