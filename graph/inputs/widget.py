"""What clients give to write single widgets."""

import strawberry
from strawberry import Maybe

from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.given import given
from graph.inputs.reader import InputReader
from graph.scalars import JSON
from models import Aggregation, ChartType, TimePeriod
from resolvers.absent import Absent
from resolvers.board import MAX_WIDGETS
from resolvers.json_values import MAX_DEPTH, METADATA_BYTES
from resolvers.layout import COLUMNS, DEFAULT_SIZES, MAX_HEIGHT, ROWS, Placement
from resolvers.names import NAME_LENGTH
from resolvers.widget_definitions import WidgetChanges

_TITLE = f"The title: 1 to {NAME_LENGTH} characters; leading and trailing spaces are removed."


@strawberry.input(
    description=f"A position on the dashboard's grid of {COLUMNS} columns. Widgets never overlap: widgets that would "
    "be covered move down in their columns to the first free row; all others keep their positions. Gaps "
    "are not closed."
)
class WidgetLayoutInput:
    x: int = strawberry.field(description=f"Columns from the left edge: 0 to {COLUMNS - 1}.")
    y: int = strawberry.field(description=f"Rows from the top: 0 to {ROWS - 1:,}.")
    width: int = strawberry.field(description=f"Columns wide: 1 to {COLUMNS}; x + width is at most {COLUMNS}.")
    height: int = strawberry.field(description=f"Rows high: 1 to {MAX_HEIGHT}.")

    def placement(self) -> Placement:
        return Placement(self.x, self.y, self.width, self.height)


def _default_sizes() -> str:
    """The sizes of new widgets: ``6 × 4 for LINE, BAR and HISTOGRAM, 4 × 4 for PIE``."""
    charts: dict[Placement, list[str]] = {}
    for chart, size in DEFAULT_SIZES.items():
        charts.setdefault(size, []).append(chart.name)
    return ", ".join(f"{size.width} × {size.height} for {_listed(names)}" for size, names in charts.items())


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


@strawberry.input(description="What a widget plots and where it lies, as far as it can be left out.")
class WidgetSettingsInput:
    field: Maybe[str | None] = strawberry.field(
        default=None, description="The field to plot, as listed by `widgetFields`; null for the overview of a STAT."
    )
    metric_id: Maybe[strawberry.ID | None] = strawberry.field(
        default=None, description="The metric to plot, with the field metric_evaluations.value; null for other fields."
    )
    aggregation: Maybe[Aggregation | None] = strawberry.field(
        default=None, description="The aggregation. Required for a BAR; null for chart types without one."
    )
    time_period: Maybe[TimePeriod | None] = strawberry.field(
        default=None, description="The size of the time buckets. Required for a BAR; null for other chart types."
    )
    group_by: Maybe[JSON | None] = strawberry.field(
        default=None,
        description='How the chart is split into series: `{"type": "field", "field": F}` or `{"type": "bucket", '
        '"buckets": [{"label", "condition"}], "other_label"}`; the ranges of a PIE of a number: the latter, or '
        '`{"type": "bins", "max_bins": 10}`; null if it is not grouped. In a LIST, `"then"` can '
        "hold a second grouping, for rows by pairs.",
    )
    filters: Maybe[JSON | None] = strawberry.field(
        default=None, description="The widget's own filters, combined with the dashboard's by AND; null for none."
    )
    where: CallLogFilter | None = strawberry.field(
        default=None,
        description="The widget's own filters in typed form, stored as JSON. Cannot be combined with `filters`.",
    )
    layout: Maybe[WidgetLayoutInput | None] = strawberry.field(
        default=None,
        description="The position on the grid. If it is omitted for a new widget, or set to null, the widget "
        "gets the first free position, row by row from the top, with its current size or the default "
        f"size of its chart type: {_default_sizes()}.",
    )
    metadata: Maybe[JSON | None] = strawberry.field(
        default=None,
        description=f"Arbitrary data of the client: a JSON object of at most {METADATA_BYTES // 1024} KiB, nested at "
        f"most {MAX_DEPTH} levels deep.",
    )

    def settings(
        self, reader: InputReader, path: str, *, name: str | Absent | None, chart_type: ChartType | Absent | None
    ) -> WidgetChanges:
        metric_id, layout = given(self.metric_id), given(self.layout)
        if isinstance(metric_id, str):
            metric_id = reader.row_id(metric_id, "Metric", f"{path}/metricId")
        return WidgetChanges(
            name=name,
            chart_type=chart_type,
            field=given(self.field),
            metric_id=metric_id,
            aggregation=given(self.aggregation),
            time_period=given(self.time_period),
            group_by=given(self.group_by),
            filters=reader.filters(self.filters, self.where, path, origin="widget"),
            layout=layout.placement() if isinstance(layout, WidgetLayoutInput) else layout,
            metadata=given(self.metadata),
        )


@strawberry.input(description="A new widget for the dashboard that the batch changes.")
class NewWidgetInput(WidgetSettingsInput):
    name: str = strawberry.field(description=_TITLE)
    chart_type: ChartType = strawberry.field(
        description="The chart type. `widgetFields` lists the types that each field supports."
    )

    def changes(self, reader: InputReader, path: str = "") -> WidgetChanges:
        return self.settings(reader, path, name=self.name, chart_type=self.chart_type)


@strawberry.input(description="A new widget.")
class CreateWidgetInput(NewWidgetInput):
    dashboard_id: strawberry.ID = strawberry.field(
        description=f"The dashboard to add the widget to. A dashboard can have at most {MAX_WIDGETS} widgets."
    )


@strawberry.input(
    description="New values for a widget. Omitted fields are left unchanged; null clears a nullable field. The "
    "resulting definition must be valid as a whole: when changing to a chart type without an "
    "aggregation, also set `aggregation: null`."
)
class UpdateWidgetInput(WidgetSettingsInput):
    id: strawberry.ID = strawberry.field(description="The ID of the widget.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that the client last read. If the current version differs, the "
        "result is a VersionConflict.",
    )
    name: Maybe[str | None] = strawberry.field(
        default=None,
        description=f"{_TITLE} Cannot be null.",
    )
    chart_type: Maybe[ChartType | None] = strawberry.field(default=None, description="The chart type. Cannot be null.")

    def changes(self, reader: InputReader, path: str = "") -> WidgetChanges:
        return self.settings(reader, path, name=given(self.name), chart_type=given(self.chart_type))


@strawberry.input(description="A widget to remove.")
class DeleteWidgetInput:
    id: strawberry.ID = strawberry.field(description="The ID of the widget.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that the client last read. If the current version differs, the "
        "result is a VersionConflict.",
    )


@strawberry.input(description="A widget to copy to the first free position on its dashboard.")
class DuplicateWidgetInput:
    id: strawberry.ID = strawberry.field(description="The ID of the widget.")
    name: str | None = strawberry.field(
        default=None,
        description='The title of the copy; the default is "Copy of …", or "Copy of … (2)" if that name is taken.',
    )
