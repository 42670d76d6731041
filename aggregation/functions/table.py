"""The aggregations: one table, a row each, with everything that the product knows of one.

Valid combinations, SQL, the folding of grouped bars, pre-aggregates, confidence intervals, the schema and the tests
read these rows, and docs/charts.md is compared with them. A new aggregation is a member of ``models.Aggregation`` and a
row here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Double, cast, func

from aggregation.functions.merging import FromMoments, FromValues, Merging
from aggregation.functions.moments import MomentPart, deviation_of
from models import Aggregation, DataType
from models.enum_rows import one_row_each

SqlFunction = Callable[[ColumnElement[Any]], ColumnElement[Any]]


class Result(StrEnum):
    """What the number is."""

    COUNT = "count"
    """A number of records or values: whole."""

    NUMBER = "number"
    """A number made of the values."""

    VALUE = "value"
    """One of the values: of datetimes, a time."""


class IntervalMethod(StrEnum):
    """How a confidence interval is computed. ``aggregation.compute.intervals`` says from which sources."""

    WILSON = "wilson"
    NORMAL = "normal"
    ORDER_STATISTICS = "order statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationFunction:
    """What there is to know of an aggregation. No entry has a default: one that is left out is an error.

    Attributes:
        meaning: one line for people.
        data_types: the values that it takes.
        result: what its number is.
        empty: its value over no values at all; None for none.
        sql: its value over those of records. Booleans come as 0 and 1.
        merging: how its value over many records follows from what is known of some of them each.
        percentile: for percentiles, the share of values below.
        intervals: how its confidence interval is computed, by data type; none where there is no entry.
    """

    aggregation: Aggregation
    meaning: str
    data_types: tuple[DataType, ...]
    result: Result
    empty: float | None
    sql: SqlFunction
    merging: Merging
    percentile: float | None
    intervals: Mapping[DataType, IntervalMethod]

    @property
    def description(self) -> str:
        """The meaning, and the data types."""
        is_all = len(self.data_types) == len(DataType)
        of = "all data types" if is_all else " and ".join(f"{data_type}s" for data_type in self.data_types)
        return f"{self.meaning} For {of}."

    def or_empty(self, value: float | None) -> float | None:
        """A value, or what an empty set of records has in its place."""
        return self.empty if value is None else value


_NUMBERS = (DataType.NUMBER,)


def _percentile(aggregation: Aggregation, share: float, name: str) -> AggregationFunction:
    def sql(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.percentile_cont(share).within_group(cast(value, Double).asc())

    return AggregationFunction(
        aggregation=aggregation,
        meaning=f"The {name}, interpolated linearly.",
        data_types=_NUMBERS,
        result=Result.NUMBER,
        empty=None,
        sql=sql,
        merging=FromValues(_NUMBERS, lambda values: values.percentile(share), is_exact=False),
        percentile=share,
        intervals={DataType.NUMBER: IntervalMethod.ORDER_STATISTICS},
    )


_ROWS = (
    AggregationFunction(
        aggregation=Aggregation.COUNT,
        meaning="The number of records with a value.",
        data_types=tuple(DataType),
        result=Result.COUNT,
        empty=0.0,
        sql=func.count,
        merging=FromMoments((), lambda moments: moments.samples()),
        percentile=None,
        intervals={},
    ),
    AggregationFunction(
        aggregation=Aggregation.SUM,
        meaning="The sum of the values.",
        data_types=_NUMBERS,
        result=Result.NUMBER,
        empty=0.0,
        sql=func.sum,
        merging=FromMoments((MomentPart.TOTAL,), lambda moments: moments.total()),
        percentile=None,
        intervals={},
    ),
    AggregationFunction(
        aggregation=Aggregation.AVG,
        meaning="The mean; for booleans, the share of true values, 0 to 1.",
        data_types=(DataType.NUMBER, DataType.BOOLEAN),
        result=Result.NUMBER,
        empty=None,
        sql=func.avg,
        merging=FromMoments((MomentPart.TOTAL,), lambda moments: moments.mean()),
        percentile=None,
        intervals={DataType.NUMBER: IntervalMethod.NORMAL, DataType.BOOLEAN: IntervalMethod.WILSON},
    ),
    AggregationFunction(
        aggregation=Aggregation.MIN,
        meaning="The lowest value.",
        data_types=(DataType.NUMBER, DataType.DATETIME),
        result=Result.VALUE,
        empty=None,
        sql=func.min,
        merging=FromMoments((MomentPart.LOW,), lambda moments: moments.least()),
        percentile=None,
        intervals={},
    ),
    AggregationFunction(
        aggregation=Aggregation.MAX,
        meaning="The highest value.",
        data_types=(DataType.NUMBER, DataType.DATETIME),
        result=Result.VALUE,
        empty=None,
        sql=func.max,
        merging=FromMoments((MomentPart.HIGH,), lambda moments: moments.greatest()),
        percentile=None,
        intervals={},
    ),
    _percentile(Aggregation.P50, 0.5, "median"),
    _percentile(Aggregation.P75, 0.75, "75th percentile"),
    _percentile(Aggregation.P90, 0.9, "90th percentile"),
    _percentile(Aggregation.P95, 0.95, "95th percentile"),
    _percentile(Aggregation.P99, 0.99, "99th percentile"),
    AggregationFunction(
        aggregation=Aggregation.STDDEV,
        meaning="The sample standard deviation, of at least two values.",
        data_types=_NUMBERS,
        result=Result.NUMBER,
        empty=None,
        sql=deviation_of,
        merging=FromMoments(tuple(MomentPart), lambda moments: moments.deviation()),
        percentile=None,
        intervals={},
    ),
    AggregationFunction(
        aggregation=Aggregation.COUNT_DISTINCT,
        meaning="The number of distinct values.",
        data_types=tuple(DataType),
        result=Result.COUNT,
        empty=0.0,
        sql=lambda value: func.count(value.distinct()),
        merging=FromValues((DataType.NUMBER, DataType.BOOLEAN), lambda values: values.distinct(), is_exact=True),
        percentile=None,
        intervals={},
    ),
)


def by_aggregation(rows: Iterable[AggregationFunction]) -> dict[Aggregation, AggregationFunction]:
    """The rows by aggregation, in the order of the enum.

    Raises:
        LookupError: an aggregation has no row, or two.
    """
    return one_row_each(Aggregation, rows, lambda row: row.aggregation, "aggregation.functions.table")


FUNCTIONS: Mapping[Aggregation, AggregationFunction] = by_aggregation(_ROWS)
"""Every aggregation's row."""


def names_where(holds: Callable[[AggregationFunction], bool]) -> str:
    """The aggregations of whose rows something holds, for a sentence."""
    *names, last = (aggregation.name for aggregation, row in FUNCTIONS.items() if holds(row))
    return f"{', '.join(names)} and {last}" if names else last


def aggregations_of(data_type: DataType) -> tuple[Aggregation, ...]:
    """The aggregations that values of a data type take."""
    return tuple(aggregation for aggregation, row in FUNCTIONS.items() if data_type in row.data_types)
