"""The mutation on metrics."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.inputs.given import given
from graph.inputs.metric import UpdateMetricInput
from graph.payloads.metric import UpdateMetricPayload
from graph.types.metric import Metric
from graph.write import Write
from resolvers import metrics

Update = Annotated[UpdateMetricInput, strawberry.argument(description="The metric and its new values.")]


async def update(info: Info, input: Update) -> UpdateMetricPayload:
    """Changes how a metric is shown: its display name, unit and format."""
    write = Write(info)
    id = write.row_id(input.id, "Metric", "/id")
    name, unit, format = given(input.display_name), given(input.unit), given(input.format)
    row = await write.run(lambda writing, wrong: metrics.update_metric(writing, wrong, id, name, unit, format))
    return UpdateMetricPayload(metric=Metric.of(row) if row else None, errors=write.errors)
