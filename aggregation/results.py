"""What the aggregation service answers: one frozen result a chart type, in Python's own types.

Every item a person can click carries ``filters``: the filter JSON that selects exactly its records.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregation.compare import Change
from aggregation.intervals import Interval
from aggregation.query import ChartQuery, ChartSource
from models import TimePeriod

FilterJSON = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBase:
    """What every chart says. ``start`` and ``end`` bound its window, ``[start, end)``, in UTC.

    ``source`` is where its numbers come from, ``relative_error`` the most that its percentiles are off.
    """

    query: ChartQuery
    start: datetime
    end: datetime
    sample_count: int
    source: ChartSource = ChartSource.RAW
    relative_error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The same number over an earlier stretch of time, ``[start, end)``."""

    start: datetime
    end: datetime
    value: float | None
    date_time_value: datetime | None
    sample_count: int
    change: Change
    filters: FilterJSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One time bucket of one series. ``value`` is None where nothing was measured, 0 for an empty count or sum."""

    start: datetime
    end: datetime
    value: float | None
    date_time_value: datetime | None
    sample_count: int
    is_partial: bool
    is_filled: bool
    group: str | None
    is_other: bool
    filters: FilterJSON
    interval: Interval | None = None
    compared: Compared | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSeries:
    """The buckets of one group; the only series of a chart without grouping has no label."""

    label: str | None
    is_other: bool
    sample_count: int
    buckets: tuple[Bucket, ...]
    filters: FilterJSON


@dataclass(frozen=True, slots=True, kw_only=True)
class BarResult(ChartBase):
    """Bars over time: every bucket of the window is there."""

    time_period: TimePeriod
    series: tuple[BarSeries, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """One record: the call's number, its start and the value."""

    call_log_id: int
    timestamp: datetime
    value: float
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeries:
    """The points of one group, by time. ``total_points`` counts them before thinning."""

    label: str | None
    is_other: bool
    total_points: int
    is_thinned: bool
    points: tuple[LinePoint, ...]
    filters: FilterJSON


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult(ChartBase):
    """A line: for each ``maxPoints`` that was asked, its series."""

    total_points: int
    by_max_points: dict[int, tuple[LineSeries, ...]] = field(default_factory=dict[int, tuple[LineSeries, ...]])
    earlier: "LineResult | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One distinct value and how many records have it; ``percentage`` of the total, one decimal."""

    label: str | None
    value: int
    percentage: float
    is_other: bool
    filters: FilterJSON
    compared: Compared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieResult(ChartBase):
    """The largest ``MAX_TOP`` values, and how many records the others have together (``rest``)."""

    counts: tuple[tuple[str | None, int], ...]
    rest: int
    rest_labels: int
    total: int
    earlier: "PieResult | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One label with its value, ranked."""

    label: str | None
    value: float | None
    sample_count: int
    percentage: float
    filters: FilterJSON
    compared: Compared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult(ChartBase):
    """The first ``MAX_TOP`` rows by value, with the number of all of them."""

    rows: tuple[ListRow, ...]
    total_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A window's calls: how many, share of success (0 to 1), seconds on average, p95 of the latency metric."""

    total_calls: int
    success_rate: float | None
    average_duration: float | None
    p95_latency: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatResult(ChartBase):
    """One number, and the same for the preceding window of equal length."""

    value: float | None
    date_time_value: datetime | None
    previous_value: float | None
    previous_date_time_value: datetime | None
    previous_sample_count: int
    overview: Overview | None
    previous_overview: Overview | None
    filters: FilterJSON
    interval: Interval | None = None
    compared: Compared | None = None
    compared_overview: Overview | None = None


ChartResult = BarResult | LineResult | PieResult | ListResult | StatResult
