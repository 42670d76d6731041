"""What clients give to change many widgets of one dashboard at once."""

import strawberry

from graph.inputs.reader import InputReader
from graph.inputs.widget import NewWidgetInput, UpdateWidgetInput, WidgetLayoutInput
from resolvers.widget_batches import WidgetBatch, WidgetUpdate


@strawberry.input(description="A widget and the place it is to have.")
class WidgetPlacementInput:
    id: strawberry.ID = strawberry.field(description="Which widget of the dashboard.")
    layout: WidgetLayoutInput = strawberry.field(description="Where it goes.")


@strawberry.input(description="Places for widgets of one dashboard, all or nothing.")
class ArrangeWidgetsInput:
    dashboard_id: strawberry.ID = strawberry.field(description="Whose widgets.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The dashboard version that the client saw; another is a VersionConflict.",
    )
    widgets: list[WidgetPlacementInput] = strawberry.field(
        description="At most 100 widgets, each named once. Of two put upon each other the first stays. Others "
        "stay, or move down where one is put upon them."
    )


@strawberry.input(description="Changes of many widgets of one dashboard, all or nothing.")
class ApplyWidgetChangesInput:
    dashboard_id: strawberry.ID = strawberry.field(description="Whose widgets.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The dashboard version that the client saw; another is a VersionConflict.",
    )
    create: list[NewWidgetInput] | None = strawberry.field(default=None, description="At most 100 new widgets.")
    update: list[UpdateWidgetInput] | None = strawberry.field(
        default=None, description="At most 100 widgets to change. A batch names each widget once, here or in `delete`."
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
