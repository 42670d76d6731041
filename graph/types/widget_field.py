"""What widgets can plot."""

import strawberry

from aggregation.functions.table import aggregations_of
from aggregation.question.catalog import PlotField
from aggregation.question.chart_types import forms_where
from aggregation.question.grouping import GROUPABLE
from models import Aggregation, ChartType, DataType

_GROUPED = frozenset(forms_where(lambda form: form.takes_grouping))


@strawberry.type(description="A field that widgets can plot, with all that can be chosen for it.")
class WidgetField:
    name: str = strawberry.field(
        description="The name, as `field` of a widget takes it. `metadata.KEY` is a pattern and refused as a name: a "
        "metadata key stands in place of KEY."
    )
    description: str = strawberry.field(description="What its values are.")
    data_type: DataType | None = strawberry.field(
        description="The type of its values; null where the metric decides: NUMERIC and RATING are numbers, BINARY "
        "booleans, ENUM strings."
    )
    chart_types: list[ChartType] = strawberry.field(
        description="The charts it can be shown as; for a metric those of any type of metric."
    )
    aggregations: list[Aggregation] = strawberry.field(
        description="The aggregations it takes; for a metric those of any type of metric."
    )
    groupable: bool = strawberry.field(description="Whether charts can be grouped by it.")
    can_group_by: list[str] = strawberry.field(
        description="What its charts can be grouped by, in `groupBy.field`. `metadata.KEY` is a pattern for any key, "
        "`metric:ID` for a BINARY or ENUM metric by its number."
    )

    @classmethod
    def of(cls, field: PlotField) -> "WidgetField":
        aggregations = {found for data_type in field.data_types for found in aggregations_of(data_type)}
        return cls(
            name=field.name,
            description=field.description,
            data_type=field.data_type,
            chart_types=list(field.chart_types),
            aggregations=[found for found in Aggregation if found in aggregations],
            groupable=field.groupable,
            can_group_by=list(GROUPABLE) if _GROUPED.intersection(field.chart_types) else [],
        )
