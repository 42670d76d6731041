"""Measures: an aggregation of what is measured, as SQL, always beside the number of values that went in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, cast, func
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from aggregation.compute.intervals import Z
from aggregation.functions.merging import FromMoments, FromRecords, FromValues
from aggregation.functions.moments import deviation_of
from aggregation.functions.table import FUNCTIONS, AggregationFunction, IntervalMethod, Result
from models import Aggregation, DataType


class Part(StrEnum):
    """Which number of a measure: its value (empty, hence false), or what its confidence interval needs."""

    VALUE = ""
    DEVIATION = "deviation"
    LOW = "low"
    HIGH = "high"


class Access(StrEnum):
    """What a measure may be read from."""

    RECORDS = "records"
    EVERY_VALUE = "every value"
    """The records, or pre-aggregates that keep every value: no sketch."""

    ANY = "any"
    """The records or any pre-aggregates."""


INTERVAL_PARTS: dict[IntervalMethod, tuple[Part, ...]] = {
    IntervalMethod.WILSON: (),
    IntervalMethod.NORMAL: (Part.DEVIATION,),
    IntervalMethod.ORDER_STATISTICS: (Part.LOW, Part.HIGH),
}
"""What a confidence interval is computed from, beside the value and how many values there are."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number to compute. ``field`` is None to count the records themselves; ``is_exact``: not from a sketch."""

    field: str | None
    data_type: DataType
    aggregation: Aggregation
    part: Part = Part.VALUE
    is_exact: bool = False

    @property
    def function(self) -> AggregationFunction:
        """The row of its aggregation."""
        return FUNCTIONS[self.aggregation]

    @property
    def access(self) -> Access:
        """What it may be read from."""
        match self.function.merging:
            case FromMoments():
                return Access.ANY
            case FromValues(data_types=data_types, is_exact=is_exact):
                if self.data_type not in data_types:
                    return Access.RECORDS
                return Access.EVERY_VALUE if is_exact or self.is_exact else Access.ANY
            case FromRecords():
                return Access.RECORDS


def count_of(value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    """How many records have a value; without one, how many records there are."""
    return func.count() if value is None else func.count(value)


def aggregate(measure: Measure, value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    """The measure over ``value``, as double precision. Datetimes become POSIX seconds, booleans 0 and 1."""
    if value is None:
        return cast(count_of(value), Double)
    match measure.part:
        case Part.VALUE:
            return as_double(measure, measure.function.sql(as_argument(measure, value)))
        case Part.DEVIATION:
            return deviation_of(value)
        case Part.LOW | Part.HIGH:
            return _order_statistic(measure, cast(value, Double))


def as_argument(measure: Measure, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value as aggregations take it."""
    match measure.data_type:
        case DataType.BOOLEAN:
            return cast(value, Integer)
        case DataType.NUMBER | DataType.STRING | DataType.DATETIME:
            return value


def as_double(measure: Measure, number: ColumnElement[Any]) -> ColumnElement[Any]:
    """What an aggregation makes of values, as double precision."""
    match measure.function.result:
        case Result.VALUE:
            return value_as_double(measure.data_type, number)
        case Result.COUNT | Result.NUMBER:
            return cast(number, Double)


def value_as_double(data_type: DataType, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value of a data type as double precision: POSIX seconds of datetimes."""
    match data_type:
        case DataType.DATETIME:
            return func.date_part("epoch", value)
        case DataType.NUMBER | DataType.BOOLEAN | DataType.STRING:
            return cast(value, Double)


def _order_statistic(measure: Measure, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The order statistic that bounds a percentile from below or above.

    Ranks beyond the sample give NULL, as arrays do.
    """
    share = measure.function.percentile
    assert share is not None, "only percentiles are bounded by order statistics"
    count = cast(func.count(value), Double)
    spread = Z * func.sqrt(count * share * (1 - share))
    rank = func.ceil(count * share - spread if measure.part is Part.LOW else count * share + spread)
    values = func.array_agg(aggregate_order_by(value, value.asc()), type_=ARRAY(Double)).filter(value.is_not(None))
    return values[cast(rank, Integer)]
