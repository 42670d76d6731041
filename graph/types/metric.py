"""Metrics, and their values on calls."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

import models
from aggregation.question.presentation import of_metric
from graph.context import Context, Info
from graph.node_ids import encode
from graph.read_together import together
from graph.scalars import BigInt
from graph.types.node import Node
from graph.types.presentation import DISPLAY_NAME, FORMAT, UNIT
from models import EvaluationType
from models.types import ValueFormat
from resolvers import metrics


@strawberry.type(description="A named measure of calls.")
class Metric(Node):
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The metric's number, as used in filters in `metric_evaluations.metric.id`."
    )
    name: str = strawberry.field(description="The name of the metric, unique in the project.")
    display_name: str = strawberry.field(description=f"{DISPLAY_NAME} Its `name` unless another one was set.")
    unit: str | None = strawberry.field(description=UNIT)
    format: ValueFormat = strawberry.field(
        description=f"{FORMAT} Unless one was set, NUMBER for NUMERIC and RATING metrics, BOOLEAN for BINARY and TEXT "
        "for ENUM ones."
    )
    evaluation_type: EvaluationType = strawberry.field(description="The type of its values.")
    enum_values: list[str] = strawberry.field(
        description="The allowed values of an ENUM metric; empty for other types."
    )

    @classmethod
    def of(cls, row: models.Metric) -> "Metric":
        shown = of_metric(row)
        return cls(
            id=encode("Metric", row.id),
            database_id=row.id,
            name=row.name,
            display_name=shown.display_name,
            unit=shown.unit,
            format=shown.format or ValueFormat.NUMBER,
            evaluation_type=row.evaluation_type,
            enum_values=list(row.enum_values),
        )


async def _metrics_of(context: Context, evaluations: "Sequence[MetricEvaluation]") -> list[Metric]:
    found = await metrics.metrics(context.scope, {one.metric_id for one in evaluations})
    made = {row.id: Metric.of(row) for row in found}
    # An evaluation's metric is kept by a foreign key.
    return [made[one.metric_id] for one in evaluations]


@strawberry.type(
    description="One metric's value for one call. All three values are null if the evaluation was skipped."
)
class MetricEvaluation(Node):
    metric_id: strawberry.Private[int]
    number_value: float | None = strawberry.field(description="The value of a NUMERIC or RATING metric.")
    boolean_value: bool | None = strawberry.field(description="The value of a BINARY metric.")
    text_value: str | None = strawberry.field(description="The value of an ENUM metric.")
    created_at: datetime = strawberry.field(description="When the value was recorded.")

    @strawberry.field(description="The metric.", metadata=together(_metrics_of))
    async def metric(self, info: Info) -> Metric | None:
        (found,) = await _metrics_of(info.context, [self])
        return found

    @classmethod
    def of(cls, row: models.MetricEvaluation) -> "MetricEvaluation":
        return cls(
            id=encode("MetricEvaluation", row.id),
            metric_id=row.metric_id,
            number_value=row.number_value,
            boolean_value=row.boolean_value,
            text_value=row.text_value,
            created_at=row.created_at,
        )
