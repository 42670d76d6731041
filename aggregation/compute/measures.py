"""Measures: an aggregation of what is measured, as SQL, always beside the number of values that went in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, cast, func
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from aggregation.compute.intervals import Z
from models import Aggregation, DataType

PERCENTILES = {Aggregation.P50: 0.5, Aggregation.P95: 0.95, Aggregation.P99: 0.99}

ZERO_WHEN_EMPTY = frozenset({Aggregation.COUNT, Aggregation.SUM})
"""Aggregations whose value over no records is 0; the others have none."""


class Part(StrEnum):
    """Which number of a measure: its value (empty, hence false), or what its confidence interval needs."""

    VALUE = ""
    DEVIATION = "deviation"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number to compute. ``field`` is None to count the records themselves; ``is_exact``: not from a sketch."""

    field: str | None
    data_type: DataType
    aggregation: Aggregation
    part: Part = Part.VALUE
    is_exact: bool = False


def count_of(value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    """How many records have a value; without one, how many records there are."""
    return func.count() if value is None else func.count(value)


def aggregate(measure: Measure, value: ColumnElement[Any] | None) -> ColumnElement[Any]:
    """The measure over ``value``, as double precision. Datetimes become POSIX seconds, booleans 0 and 1."""
    if value is None or measure.aggregation is Aggregation.COUNT:
        return cast(count_of(value), Double)
    if measure.part is not Part.VALUE:
        return _bound(measure, cast(value, Double))
    if measure.data_type is DataType.BOOLEAN:
        value = cast(value, Integer)
    match measure.aggregation:
        case Aggregation.SUM:
            return cast(func.sum(value), Double)
        case Aggregation.AVG:
            return cast(func.avg(value), Double)
        case Aggregation.MIN:
            return _extreme(func.min(value), measure.data_type)
        case Aggregation.MAX:
            return _extreme(func.max(value), measure.data_type)
        case Aggregation.P50 | Aggregation.P95 | Aggregation.P99:
            percentile = func.percentile_cont(PERCENTILES[measure.aggregation])
            return percentile.within_group(cast(value, Double).asc())


def _bound(measure: Measure, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sample's deviation, or the order statistic that bounds a percentile from below or above.

    Ranks beyond the sample give NULL, as arrays do.
    """
    if measure.part is Part.DEVIATION:
        return func.stddev_samp(value)
    share = PERCENTILES[measure.aggregation]
    count = cast(func.count(value), Double)
    spread = Z * func.sqrt(count * share * (1 - share))
    rank = func.ceil(count * share - spread if measure.part is Part.LOW else count * share + spread)
    values = func.array_agg(aggregate_order_by(value, value.asc()), type_=ARRAY(Double)).filter(value.is_not(None))
    return values[cast(rank, Integer)]


def _extreme(value: ColumnElement[Any], data_type: DataType) -> ColumnElement[Any]:
    return func.date_part("epoch", value) if data_type is DataType.DATETIME else cast(value, Double)


def value_or_zero(aggregation: Aggregation, value: float | None) -> float | None:
    """What an empty set of records measures."""
    return 0.0 if value is None and aggregation in ZERO_WHEN_EMPTY else value
