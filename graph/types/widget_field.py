"""What widgets can plot."""

import strawberry

from aggregation.functions.table import aggregations_of
from aggregation.question.catalog import PlotField
from aggregation.question.chart_types import Groups, forms_where
from aggregation.question.grouping import GROUPABLE
from aggregation.question.presentation import of_plotted
from graph.types.presentation import DISPLAY_NAME, FORMAT, UNIT
from models import Aggregation, ChartType, DataType
from models.types import ValueFormat

_GROUPED = frozenset(forms_where(lambda form: form.groups is Groups.ANYTHING))


@strawberry.type(description="A field that widgets can plot, with the options that it supports.")
class WidgetField:
    name: str = strawberry.field(
        description="The name, for use as `field` of a widget. `metadata.KEY` is a pattern, not a valid name: "
        "replace KEY with a metadata key."
    )
    description: str = strawberry.field(description="A description of its values.")
    display_name: str = strawberry.field(description=DISPLAY_NAME)
    unit: str | None = strawberry.field(description=UNIT)
    format: ValueFormat | None = strawberry.field(description=f"{FORMAT} Null if it depends on the metric.")
    data_type: DataType | None = strawberry.field(
        description="The type of its values; null if it depends on the metric: NUMERIC and RATING metrics have "
        "numbers, BINARY booleans, and ENUM strings."
    )
    chart_types: list[ChartType] = strawberry.field(
        description="The chart types that it supports; for a metric, those of all types of metrics."
    )
    aggregations: list[Aggregation] = strawberry.field(
        description="The aggregations that it supports; for a metric, those of all types of metrics."
    )
    groupable: bool = strawberry.field(description="Whether charts can be grouped by it.")
    can_group_by: list[str] = strawberry.field(
        description="The fields that its charts can be grouped by, for use in `groupBy.field`. `metadata.KEY` is "
        "a pattern for any key, `metric:ID` stands for a BINARY or ENUM metric by its number."
    )

    @classmethod
    def of(cls, field: PlotField) -> "WidgetField":
        aggregations = {found for data_type in field.data_types for found in aggregations_of(data_type)}
        shown = of_plotted(field.name, field.data_type)
        return cls(
            name=field.name,
            display_name=shown.display_name,
            unit=shown.unit,
            format=shown.format,
            description=field.description,
            data_type=field.data_type,
            chart_types=list(field.chart_types),
            aggregations=[found for found in Aggregation if found in aggregations],
            groupable=field.groupable,
            can_group_by=list(GROUPABLE) if _GROUPED.intersection(field.chart_types) else [],
        )
