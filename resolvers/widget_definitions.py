"""What a client gives for a widget, checked: the columns to set."""

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.question.faults import InvalidWidgetError
from aggregation.question.prepare import validate
from aggregation.question.query import MetricRef, WidgetDefinition
from models import Aggregation, ChartType, TimePeriod, Widget
from resolvers.absent import ABSENT, Absent
from resolvers.dashboard_settings import LONGEST, PLOTTED
from resolvers.json_values import METADATA_BYTES, check_object
from resolvers.layout import Placement, check_placement
from resolvers.names import clean_name
from resolvers.rejections import Rejections
from resolvers.saved_filters import check_filters
from resolvers.writing import Writing, metrics_of

_FIELD_LENGTH = LONGEST["field"]


@dataclass(frozen=True, slots=True)
class WidgetChanges:
    """What to set. What is absent stays, or is null in a new widget. Only ``name`` and ``chart_type`` cannot be null.

    A ``layout`` of null asks for the next free place of the grid.
    """

    name: str | Absent | None = ABSENT
    chart_type: ChartType | Absent | None = ABSENT
    field: str | Absent | None = ABSENT
    metric_id: int | Absent | None = ABSENT
    aggregation: Aggregation | Absent | None = ABSENT
    time_period: TimePeriod | Absent | None = ABSENT
    group_by: Any = ABSENT
    filters: Any = ABSENT
    layout: Placement | Absent | None = ABSENT
    metadata: Any = ABSENT


async def checked_columns(
    writing: Writing,
    rejections: Rejections,
    changes: WidgetChanges,
    path: str,
    *,
    zone: ZoneInfo,
    before: Widget | None = None,
) -> dict[str, Any]:
    """The columns to set, but for the layout's; everything that is wrong is noted.

    The definition is checked as a whole, with what is stored (``before``) for what is absent. An update that leaves
    the definition alone is not held up by a definition that has become invalid, say because its metric is gone.
    """
    columns = {name: value for name in PLOTTED if (value := getattr(changes, name)) is not ABSENT}
    if changes.chart_type is None:
        rejections.invalid("chartType cannot be null.", f"{path}/chartType", [kind.name for kind in ChartType])
    elif columns:
        await _check_definition(writing, rejections, _merged(before, columns), path, zone)
    if changes.name is not ABSENT:
        columns["name"] = clean_name(rejections, changes.name, f"{path}/name")
    if changes.filters is not ABSENT:
        await check_filters(writing, rejections, changes.filters, f"{path}/filters", origin="widget", zone=zone)
        columns["filters"] = changes.filters
    if changes.metadata is not ABSENT:
        check_object(rejections, changes.metadata, f"{path}/metadata", most_bytes=METADATA_BYTES)
        columns["widget_metadata"] = changes.metadata
    if isinstance(changes.layout, Placement):
        check_placement(rejections, changes.layout, f"{path}/layout")
    return columns


def _merged(before: Widget | None, columns: dict[str, Any]) -> WidgetDefinition:
    stored = {} if before is None else {name: getattr(before, name) for name in PLOTTED}
    return WidgetDefinition(**{**stored, **columns})


async def _check_definition(
    writing: Writing, rejections: Rejections, definition: WidgetDefinition, path: str, zone: ZoneInfo
) -> None:
    """Notes what cannot be plotted. Filters are left out here: they are checked beside it, so that all faults show."""
    if definition.field is not None and len(definition.field) > _FIELD_LENGTH:
        rejections.exceeded(f"The name of a field can have at most {_FIELD_LENGTH} characters.", f"{path}/field")
        return
    before = rejections.count
    check_object(rejections, definition.group_by, f"{path}/groupBy", most_bytes=METADATA_BYTES)
    if rejections.count > before:
        return
    metrics = await _metrics(writing, definition)
    try:
        validate(replace(definition, filters=None), metrics, now=writing.now, zone=zone)
    except InvalidWidgetError as error:
        for fault in error.faults:
            if not rejections.has(path + fault.path):
                rejections.wrong_widget(fault, path + fault.path)


async def _metrics(writing: Writing, definition: WidgetDefinition) -> dict[int, MetricRef]:
    """The project's metrics, read once a write; none where the definition can refer to none."""
    if definition.metric_id is None and definition.group_by is None:
        return {}
    return await metrics_of(writing)
