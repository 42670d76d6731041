"""What the aggregation service answers: one frozen result a chart type, in Python's own types.

Every item a person can click carries ``filters``: the filter JSON that selects exactly its records. It is made when it
is asked for, from ``behind``. Buckets and points, of which there can be thousands, are kept as columns.
"""

from dataclasses import dataclass, field
from datetime import datetime

from aggregation.answer.drill_down import Behind, FilterJSON, OneCall
from aggregation.answer.item_columns import Columns
from aggregation.compute.intervals import Interval
from aggregation.question.earlier_window import Change
from aggregation.question.grouping import usual_top
from aggregation.question.query import FIRST_ROWS, ChartQuery, ChartSource, FieldGroup, Spread
from aggregation.question.row_order import RowPage
from models import TimePeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Clickable:
    """An item that a person can click: it says which records are behind it."""

    behind: Behind

    @property
    def filters(self) -> FilterJSON:
        """The filter JSON that selects exactly the item's records."""
        return self.behind.filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartResult:
    """What every chart says. ``start`` and ``end`` bound its window, ``[start, end)``, in UTC.

    ``source`` is where its numbers come from, ``relative_error`` the most that its percentiles are off.
    """

    query: ChartQuery
    start: datetime
    end: datetime
    sample_count: int
    source: ChartSource = ChartSource.RAW
    relative_error: float = 0.0

    @property
    def has_comparison(self) -> bool:
        """Whether a comparison was asked for."""
        return self.query.options.compare is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Clickable):
    """The same number over an earlier window, ``[start, end)``."""

    start: datetime
    end: datetime
    value: float | None
    date_time_value: datetime | None
    sample_count: int
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket(Clickable):
    """One time bucket of one series. ``value`` is None where nothing was measured, but 0 for empty counts and sums."""

    start: datetime
    end: datetime
    value: float | None
    date_time_value: datetime | None
    sample_count: int
    is_partial: bool
    is_filled: bool
    group: str | None
    is_other: bool
    interval: Interval | None = None
    compared: Compared | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSeries(Clickable):
    """The buckets of one group; the only series of a chart without grouping has no label.

    ``compared_outside`` counts the values of its comparison that are in buckets beyond its own.
    """

    label: str | None
    is_other: bool
    sample_count: int
    buckets: Columns[Bucket]
    compared_outside: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarResult(ChartResult):
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

    @property
    def behind(self) -> OneCall:
        """The record's call."""
        return OneCall(self.call_log_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeries(Clickable):
    """The points of one group, by time. ``total_points`` counts them before thinning."""

    label: str | None
    is_other: bool
    total_points: int
    is_thinned: bool
    points: Columns[LinePoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult(ChartResult):
    """A line: for each ``maxPoints`` that was asked, its series."""

    total_points: int
    by_max_points: dict[int, tuple[LineSeries, ...]] = field(default_factory=dict[int, tuple[LineSeries, ...]])
    earlier: "LineResult | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Clickable):
    """One distinct value and how many records have it; ``percentage`` of the total, one decimal."""

    label: str | None
    value: int
    percentage: float
    is_other: bool
    compared: Compared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieResult(ChartResult):
    """The largest ``MAX_TOP`` values, and how many records the others have together (``rest``)."""

    counts: tuple[tuple[str | None, int], ...]
    rest: int
    rest_labels: int
    total: int
    earlier: "PieResult | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow(Clickable):
    """One group with its value, ranked. ``labels`` is a label of each grouping, ``key`` what tells groups apart."""

    key: str | None
    labels: tuple[str | None, ...]
    value: float | None
    sample_count: int
    percentage: float
    compared: Compared | None = None

    @property
    def label(self) -> str | None:
        """The label of the first grouping."""
        return self.labels[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult(ChartResult):
    """Pages of rows, with the number of all rows."""

    pages: dict[RowPage, tuple[ListRow, ...]]
    total_rows: int

    @property
    def rows(self) -> tuple[ListRow, ...]:
        """The first ``MAX_TOP`` rows in the usual order."""
        return self.pages[FIRST_ROWS]

    @property
    def usual_rows(self) -> int:
        """How many rows are shown unless asked otherwise."""
        group, measured = self.query.group, self.query.measured
        return usual_top(group.field if isinstance(group, FieldGroup) else measured.name if measured else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A window's calls: how many, share of success (0 to 1), seconds on average, p95 of the latency metric."""

    total_calls: int
    success_rate: float | None
    average_duration: float | None
    p95_latency: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatResult(ChartResult):
    """One number, and the same for the preceding window of equal length."""

    value: float | None
    date_time_value: datetime | None
    previous_value: float | None
    previous_date_time_value: datetime | None
    previous_sample_count: int
    overview: Overview | None
    previous_overview: Overview | None
    behind: Behind
    interval: Interval | None = None
    compared: Compared | None = None
    compared_overview: Overview | None = None

    @property
    def filters(self) -> FilterJSON:
        """The filter JSON that selects exactly the records of the window."""
        return self.behind.filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin(Clickable):
    """One range of values, ``[start, end)``, of one series; the last one holds its end as well.

    ``value`` is how many of the series' values are in it, ``percentage`` their share in percent, with one decimal.
    """

    start: float
    end: float
    value: int
    percentage: float
    group: str | None
    is_other: bool
    compared: Compared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramSeries(Clickable):
    """The bins of one group. ``compared_outside`` counts the values of its comparison that are in none of them."""

    label: str | None
    is_other: bool
    sample_count: int
    bins: Columns[Bin]
    compared_outside: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramResult(ChartResult):
    """A distribution: for each ``maxBins`` that was asked, its series."""

    spread: Spread
    by_max_bins: dict[int, tuple[HistogramSeries, ...]]
