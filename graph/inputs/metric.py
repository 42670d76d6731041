"""What clients give to change how a metric is shown."""

import strawberry
from strawberry import Maybe

from models.types import ValueFormat
from resolvers.metrics import UNIT_LENGTH
from resolvers.names import NAME_LENGTH


@strawberry.input(
    description="How the values of a metric are meant to be shown. Omitted fields are left unchanged. The values "
    "themselves are never converted."
)
class UpdateMetricInput:
    id: strawberry.ID = strawberry.field(description="The ID of the metric.")
    display_name: Maybe[str | None] = strawberry.field(
        default=None,
        description=f"The name to show to people: 1 to {NAME_LENGTH} characters; null for the name of the metric.",
    )
    unit: Maybe[str | None] = strawberry.field(
        default=None,
        description=f"The unit of its values: 1 to {UNIT_LENGTH} characters, for NUMERIC and RATING metrics; null for "
        "none. With CURRENCY, an ISO 4217 code, such as EUR. DURATION is always in seconds and takes none.",
    )
    format: Maybe[ValueFormat | None] = strawberry.field(
        default=None,
        description="How its values are meant to be shown: NUMBER, INTEGER, PERCENT, DURATION or CURRENCY, for NUMERIC "
        "and RATING metrics; null for the usual format of its type.",
    )
