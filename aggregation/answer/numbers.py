"""What a number of a chart also is: a time, where the first or last one was asked for, and how sure it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aggregation.compute import intervals
from aggregation.compute.intervals import Interval
from aggregation.compute.needs import interval_method
from aggregation.compute.plan import Cell
from aggregation.functions.table import FUNCTIONS, IntervalMethod, Result
from aggregation.question.query import ChartQuery
from filters.instants import EPOCH
from models import DataType


def instant(seconds: float) -> datetime:
    """POSIX seconds as a time, to the microsecond."""
    return EPOCH + timedelta(microseconds=round(seconds * 1_000_000))


def is_time(query: ChartQuery) -> bool:
    """Whether the chart's numbers stand for times."""
    if query.measured is None or query.aggregation is None or query.measured.data_type is not DataType.DATETIME:
        return False
    return FUNCTIONS[query.aggregation].result is Result.VALUE


def as_time(query: ChartQuery, value: float | None) -> datetime | None:
    """The value as a time, where it is the first or last one."""
    return None if value is None or not is_time(query) else instant(value)


def interval_of(query: ChartQuery, parts: Sequence[Cell | None]) -> Interval | None:
    """The confidence interval of a number, from its value and what ``needs.interval_parts`` asked for beside it."""
    cell = parts[0] if parts else None
    method = interval_method(query)
    if method is None or cell is None or cell.value is None:
        return None
    beside = [part.value if part else None for part in parts[1:]]
    match method:
        case IntervalMethod.WILSON:
            return intervals.wilson(cell.value, cell.samples)
        case IntervalMethod.NORMAL:
            (deviation,) = beside
            return intervals.normal(cell.value, deviation, cell.samples)
        case IntervalMethod.ORDER_STATISTICS:
            low, high = beside
            return intervals.ordered(low, high)
