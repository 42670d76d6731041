"""What is asked: a widget's definition, the scope it is asked in, and the frozen query that both make.

``WidgetDefinition`` is what a person chose. ``ChartScope`` is where, when and how it is asked: the dashboard's filters
and zone, the request's overrides and options, the present moment. ``prepare`` in ``aggregation.question.prepare`` turns
both into a ``ChartQuery``, which is complete: nothing relative is left in it. It is hashable, and the key of the chart
loader.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aggregation.question.row_order import RowPage
from aggregation.question.value_bins import DEFAULT_BINS, bin_edges
from filters import NOTHING_MASKED, Checked, MaskedFields
from models import Aggregation, ChartType, DataType, EvaluationType, TimePeriod, Weekday

DEFAULT_TOP = 20
"""Slices of a pie and series of a grouped chart, unless asked otherwise."""

MAX_TOP = 100
"""The most slices, rows or series that can be asked for."""

FIRST_ROWS = RowPage(None, MAX_TOP)
"""The rows that every LIST has."""

DEFAULT_MAX_POINTS = 1_000
MAX_POINTS = 20_000
"""Bounds of the points of a line."""


class Precision(StrEnum):
    """How near a chart's percentiles are to the true ones."""

    EXACT = "exact"
    SKETCH = "sketch"


class ChartSource(StrEnum):
    """Where a chart's numbers come from."""

    RAW = "raw"
    STORED = "stored"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class MetricRef:
    """The metric that a widget plots or groups by."""

    id: int
    name: str
    evaluation_type: EvaluationType


@dataclass(frozen=True, slots=True)
class WidgetDefinition:
    """What a widget plots, as saved or previewed; not yet validated. JSON values are as given."""

    chart_type: ChartType
    field: str | None = None
    metric_id: int | None = None
    aggregation: Aggregation | None = None
    time_period: TimePeriod | None = None
    group_by: Any = None
    filters: Any = None


@dataclass(frozen=True, slots=True)
class ResolvedWindow:
    """The time that a chart covers, ``[start, end)``. ``start`` is None only until the first call is known."""

    start: datetime | None
    end: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """How far back a comparison lies: months and days of the chart's calendar, then exact time.

    ``is_preceding`` stands for the length of the window itself, whatever it turns out to be.
    """

    months: int = 0
    days: int = 0
    exact: timedelta = timedelta()
    is_preceding: bool = False


@dataclass(frozen=True, slots=True)
class WrittenRange:
    """The ends of a window as a request writes them: RFC 3339, a date, or relative."""

    time_from: str
    time_to: str


ComparedTo = Shift | WrittenRange | ResolvedWindow
"""What a chart is compared with. A complete query has no ``WrittenRange``: it is the window that it stands for."""


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """How a request wants a chart, whatever it plots: one value from the request to the plan.

    Attributes:
        line_points: the values of ``maxPoints`` that the request asks of a line; empty when it asks for no points.
        bins: the values of ``maxBins`` that the request asks of a histogram; empty when it asks for no bins.
        row_pages: the pages of rows that the request asks of a list, beside the first rows in the usual order.
        compare: the other window to compare with; None for none.
        intervals: whether confidence intervals are asked for.
        is_exact: whether percentiles must be exact.
        is_one_off: whether the definition is not a saved one: it may never be asked again.
    """

    line_points: tuple[int, ...] = ()
    bins: tuple[int, ...] = ()
    row_pages: tuple[RowPage, ...] = ()
    compare: ComparedTo | None = None
    intervals: bool = False
    is_exact: bool = False
    is_one_off: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a dashboard lends to its charts: its filter JSON, its zone (an IANA name), and the day that weeks begin."""

    filters: Any = None
    time_zone: str = "UTC"
    week_start: Weekday = Weekday.MONDAY


@dataclass(frozen=True, slots=True)
class Overrides:
    """Where and when a request asks a chart, in place of what the widget and its dashboard say.

    Attributes:
        filters: replaces the widget's own filters when ``has_filters`` is set; None for none at all.
        scope: narrows whatever else holds, for this request; its timestamp conditions stay beside a time range.
        time_from: replaces the timestamp conditions at the top of the filters, with ``time_to``: RFC 3339 or relative.
        time_zone: replaces the dashboard's.
        week_start: replaces the dashboard's.
    """

    filters: Any = None
    has_filters: bool = False
    scope: Any = None
    time_from: str | None = None
    time_to: str | None = None
    time_zone: str | None = None
    week_start: Weekday | None = None

    @property
    def has_time_range(self) -> bool:
        """Whether a time range is given."""
        return self.time_from is not None or self.time_to is not None

    @property
    def has_one_off_filters(self) -> bool:
        """Whether filters that are not saved are given: they may never be asked again."""
        return self.has_filters or self.scope not in (None, {})


@dataclass(frozen=True, slots=True)
class ChartScope:
    """Where, when and how a definition is asked.

    Attributes:
        project_id: the tenant.
        now: the request's present moment; everything relative is resolved against it.
        max_window: how far back a chart may begin; None for no limit.
        metrics: by id, those that the definition names, with the project's latency metric for the overview.
        is_saved: whether the definition and its surroundings are saved, so that their filters are not the reader's.
        masked: the fields whose values the reader must not find out.
    """

    project_id: int
    now: datetime
    max_window: timedelta | None
    surroundings: Surroundings = Surroundings()
    overrides: Overrides = Overrides()
    options: ChartOptions = ChartOptions()
    metrics: dict[int, MetricRef] = field(default_factory=dict[int, MetricRef])
    is_saved: bool = False
    masked: MaskedFields = NOTHING_MASKED

    @property
    def time_zone(self) -> str:
        """The IANA name of the chart's zone."""
        return self.overrides.time_zone or self.surroundings.time_zone

    @property
    def week_start(self) -> Weekday:
        """The day on which the chart's weeks begin."""
        return self.overrides.week_start or self.surroundings.week_start


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured: a call's field, or a metric's value."""

    name: str
    data_type: DataType
    metric: MetricRef | None = None


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Groups by a field's value: a string or boolean field, ``agent_id``, ``metadata.KEY``, or a metric's value."""

    field: str
    top: int = DEFAULT_TOP
    metric: MetricRef | None = None


@dataclass(frozen=True, slots=True)
class NumberBucket:
    """One range of a grouping by number: its label and its condition (``condition`` is the JSON, as text)."""

    label: str
    condition: str
    checked: Checked


@dataclass(frozen=True, slots=True)
class BucketGroup:
    """Groups the plotted number by ranges; the first that matches takes the record, ``other_label`` the rest.

    ``are_bins`` says that they were made from the values: no value is in two of them, and other values make others.
    """

    buckets: tuple[NumberBucket, ...]
    other_label: str
    top: int = DEFAULT_TOP
    are_bins: bool = False


@dataclass(frozen=True, slots=True)
class BinGroup:
    """Groups the plotted number by at most so many ranges of equal width, which cover the values."""

    max_bins: int


@dataclass(frozen=True, slots=True)
class PairGroup:
    """Groups by two groupings at once: a group is a pair of labels, written as a JSON array of them.

    Only lists are grouped so, whose rows are bounded by pages.
    """

    first: FieldGroup | BucketGroup
    second: FieldGroup | BucketGroup

    @property
    def top(self) -> int:
        """Nothing is left out."""
        return MAX_TOP


Group = FieldGroup | BucketGroup | PairGroup


def groups_of(group: Group | None) -> tuple[FieldGroup | BucketGroup, ...]:
    """The groupings that a grouping is of: none, one or two."""
    match group:
        case None:
            return ()
        case PairGroup(first=first, second=second):
            return first, second
        case FieldGroup() | BucketGroup():
            return (group,)


def labels_of(group: Group | None, label: str | None) -> tuple[str | None, ...]:
    """The labels of a group, one for each of the groupings: two of a pair."""
    return tuple(json.loads(label)) if isinstance(group, PairGroup) and label is not None else (label,)


@dataclass(frozen=True, slots=True)
class Spread:
    """What the values of a chart lie between. ``least`` and ``greatest`` are finite; None where there are no values.

    Attributes:
        values: how many there are.
        nulls: how many records have none.
    """

    values: int = 0
    nulls: int = 0
    least: float | None = None
    greatest: float | None = None

    def edges(self, most: int) -> tuple[float, ...]:
        """The edges of at most so many bins that cover the values; none where there are no values."""
        if self.least is None or self.greatest is None:
            return ()
        return bin_edges(self.least, self.greatest, most)


@dataclass(frozen=True, slots=True)
class ChartQuery:
    """A complete question for the aggregation service.

    Attributes:
        filters: the effective filters without the time bounds at their top, which are in ``window``.
        filter_json: the same as canonical JSON text ("null" for none), with absolute times: the base of drill-down.
        measured: what is plotted; None for a stat without a field (the overview).
        overview_latency: for the overview, the project's latency metric, where it has one.
        edges: the bucket edges of a bar chart, once its window's start is known; empty for other charts.
        bins: of a pie of equal ranges, how many it has at most; ``group`` has them once the spread is known.
        spread: what the values of a chart of bins lie between, once it is known; None for other charts.
        masked: the fields whose values the filters of its items must not show.
        shown: the labels that have a series, slice or row of their own, of a comparison; None to find the largest.
    """

    project_id: int
    chart_type: ChartType
    measured: Measured | None
    aggregation: Aggregation | None
    time_period: TimePeriod | None
    group: Group | None
    filters: Checked
    filter_json: str
    window: ResolvedWindow
    time_zone: str
    week_start: Weekday
    as_of: datetime
    options: ChartOptions = ChartOptions()
    overview_latency: MetricRef | None = None
    edges: tuple[datetime, ...] = ()
    shown: tuple[str | None, ...] | None = None
    bins: int | None = None
    spread: Spread | None = None
    masked: MaskedFields = NOTHING_MASKED

    @property
    def has_bins(self) -> bool:
        """Whether it is a chart of bins, which are known only when the spread of its values is."""
        return self.chart_type is ChartType.HISTOGRAM or self.bins is not None

    @property
    def max_bins(self) -> tuple[int, ...]:
        """For which bounds a histogram has bins."""
        return self.options.bins or (DEFAULT_BINS,)
