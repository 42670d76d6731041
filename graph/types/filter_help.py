"""Help with writing filters: which fields there are, and what is wrong with a filter."""

from datetime import datetime
from typing import cast

import strawberry

from filters import Field, FieldType
from graph.errors import FilterFault
from graph.scalars import JSON
from graph.types.filter_warning import FilterWarning
from models import DataType
from resolvers.filter_help import FilterReport

_DATA_TYPES: dict[FieldType, DataType | None] = {
    FieldType.STRING: DataType.STRING,
    FieldType.NUMBER: DataType.NUMBER,
    FieldType.INTEGER: DataType.NUMBER,
    FieldType.BOOLEAN: DataType.BOOLEAN,
    FieldType.DATETIME: DataType.DATETIME,
    FieldType.DYNAMIC: None,
}


@strawberry.type(description="A field that filters can name.")
class FilterField:
    name: str = strawberry.field(
        description="The name, as `field` of a condition takes it. `metadata.KEY` stands for any top-level key."
    )
    description: str = strawberry.field(description="What its values are.")
    data_type: DataType | None = strawberry.field(
        description="The type of its values; null where the metric decides: it takes numbers, booleans and strings."
    )
    operators: list[str] = strawberry.field(description="The operators it takes, in `op` of a condition.")

    @classmethod
    def of(cls, field: Field) -> "FilterField":
        return cls(
            name=field.name,
            description=field.description,
            data_type=_DATA_TYPES[field.data_type],
            operators=list(field.operators),
        )


@strawberry.type(description="The time outside of which a filter lets no call through.")
class FilterWindow:
    start: datetime | None = strawberry.field(description="The earliest start of a call; null for no bound.")
    end: datetime | None = strawberry.field(
        description="The instant just after the latest start of a call; null for no bound."
    )


@strawberry.type(description="What there is to say about a filter.")
class FilterValidation:
    is_valid: bool = strawberry.field(description="Whether it can be used.")
    errors: list[FilterFault] = strawberry.field(description="Everything that is wrong with it.")
    warnings: list[FilterWarning] = strawberry.field(description="What was probably not meant, though it is valid.")
    normalized: JSON | None = strawberry.field(
        description="The same filter in its canonical form; null when it is invalid or filters nothing."
    )
    description: str | None = strawberry.field(description="What it lets through, in English; null when it is invalid.")
    window: FilterWindow | None = strawberry.field(
        description="Its time bounds, resolved against this request's moment; null when it is invalid."
    )

    @classmethod
    def of(cls, report: FilterReport) -> "FilterValidation":
        window = report.window
        return cls(
            is_valid=not report.faults,
            errors=[FilterFault.of(fault) for fault in report.faults],
            warnings=[FilterWarning.of(warning, report.checked) for warning in report.warnings],
            normalized=cast("JSON | None", report.normalized),
            description=report.description,
            window=FilterWindow(start=window.start, end=window.end) if window else None,
        )
