"""The answers of mutations on metrics."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.metric import Metric


@strawberry.type(description="The changed metric.")
class UpdateMetricPayload(Payload):
    metric: Metric | None = strawberry.field(description="The metric; null if the input is invalid.")
