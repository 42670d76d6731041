"""Help with writing filters: which fields there are, and what is wrong with a filter."""

from datetime import datetime
from typing import cast

import strawberry

from aggregation.question.presentation import of_filtered
from filters import Field, FieldType, MaskedFields, Op
from graph.errors import FilterFault
from graph.scalars import JSON
from graph.types.filter_warning import FilterWarning
from graph.types.presentation import DISPLAY_NAME, FORMAT, UNIT
from models import DataType
from models.types import ValueFormat
from resolvers.filter_help import FilterReport

_DATA_TYPES: dict[FieldType, DataType | None] = {
    FieldType.STRING: DataType.STRING,
    FieldType.NUMBER: DataType.NUMBER,
    FieldType.INTEGER: DataType.NUMBER,
    FieldType.BOOLEAN: DataType.BOOLEAN,
    FieldType.DATETIME: DataType.DATETIME,
    FieldType.DYNAMIC: None,
}


@strawberry.type(description="A field that can be used in filters.")
class FilterField:
    name: str = strawberry.field(
        description="The name, for use in `field` of a condition. `metadata.KEY` stands for any top-level key."
    )
    description: str = strawberry.field(description="A description of its values.")
    data_type: DataType | None = strawberry.field(
        description="The type of its values; null if it depends on the metric: numbers, booleans or strings."
    )
    display_name: str = strawberry.field(description=DISPLAY_NAME)
    unit: str | None = strawberry.field(description=UNIT)
    format: ValueFormat | None = strawberry.field(description=f"{FORMAT} Null if it depends on the metric.")
    operators: list[str] = strawberry.field(
        description="The operators that it supports, for use in `op` of a condition."
    )

    @classmethod
    def of(cls, field: Field, masked: MaskedFields) -> "FilterField":
        shown = of_filtered(field.name, field.data_type)
        return cls(
            name=field.name,
            display_name=shown.display_name,
            unit=shown.unit,
            format=shown.format,
            description=field.description,
            data_type=_DATA_TYPES[field.data_type],
            operators=[name for name in field.operators if not masked.refuses(field.name, Op(name))],
        )


@strawberry.type(description="The time bounds of a filter: calls outside them never match.")
class FilterWindow:
    start: datetime | None = strawberry.field(
        description="The earliest start time of a call; null if there is no bound."
    )
    end: datetime | None = strawberry.field(
        description="The end of the allowed start times (exclusive); null if there is no bound."
    )


@strawberry.type(description="The result of validating a filter.")
class FilterValidation:
    is_valid: bool = strawberry.field(description="Whether the filter is valid.")
    errors: list[FilterFault] = strawberry.field(description="All its errors.")
    warnings: list[FilterWarning] = strawberry.field(description="Parts that are valid but probably not intended.")
    normalized: JSON | None = strawberry.field(
        description="The same filter in its canonical form; null if it is invalid or matches everything."
    )
    description: str | None = strawberry.field(
        description="A description of what it matches, in English; null if it is invalid."
    )
    window: FilterWindow | None = strawberry.field(
        description="Its time bounds, resolved against the time of the request; null if it is invalid."
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
