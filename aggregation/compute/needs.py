"""What the numbers of a chart are computed from: the measures that each chart type needs, and of which shapes."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, assert_never

from aggregation.compute.axes import TimeAxis, ValueAxis
from aggregation.compute.labels import Labelled
from aggregation.compute.lines import POINTS_A_COLUMN, LineRead
from aggregation.compute.measures import INTERVAL_PARTS, Access, Measure, Part
from aggregation.compute.shapes import AnyShape, Buckets, Envelope, FixedBuckets, GroupedBuckets, Ranking
from aggregation.compute.source import Source
from aggregation.functions.table import FUNCTIONS, IntervalMethod
from aggregation.question.calendars import calendars_of, usual_order
from aggregation.question.query import FIRST_ROWS, MAX_TOP, ChartQuery, FieldGroup, Group, MetricRef, Spread
from aggregation.question.row_order import LARGEST_FIRST, RowOrder
from models import Aggregation, ChartType, DataType

FIRST_INSTANT = datetime(1, 1, 2, tzinfo=UTC)
"""Before every call, and still a time in every zone."""

COUNT_RECORDS = Measure(None, DataType.NUMBER, Aggregation.COUNT)


@dataclass(frozen=True, slots=True)
class Need:
    """One measure at one shape."""

    shape: AnyShape
    measure: Measure

    @property
    def access(self) -> Access:
        """What it may be read from: ranges of the plotted number tell every value apart."""
        match self.shape:
            case Buckets(axis=ValueAxis()) | GroupedBuckets(axis=ValueAxis()) | FixedBuckets(axis=ValueAxis()):
                return Access.EVERY_VALUE
            case Buckets() | GroupedBuckets() | FixedBuckets() | Ranking() | Envelope():
                return self.measure.access


def source_of(query: ChartQuery, *, preceding: bool = False) -> Source:
    """The chart's records; with ``preceding``, those of the window of equal length before it as well."""
    start, end = bounds(query)
    if preceding:
        start = preceding_start(query)
    metric = query.measured.metric if query.measured else None
    return Source(query.project_id, query.filters, start, end, metric)


def bounds(query: ChartQuery) -> tuple[datetime, datetime]:
    """The window's start and end, once its start is known."""
    assert query.window.start is not None
    return query.window.start, query.window.end


def preceding_start(query: ChartQuery) -> datetime:
    """The start of the window of equal length before the chart's; at most as early as times can be."""
    start, end = bounds(query)
    return start - min(end - start, start - FIRST_INSTANT)


def is_empty(query: ChartQuery) -> bool:
    """Whether the window holds no time at all."""
    start, end = bounds(query)
    return start >= end


def needs_of(query: ChartQuery) -> tuple[Need, ...]:
    """What must be computed for a chart, in the order in which ``aggregation.answer.charts`` reads it."""
    if is_empty(query):
        return ()
    if query.shown is not None:
        return _earlier(query, query.shown)
    total = total_need(query)
    return _own_needs(query) if total is None else (*_own_needs(query), total)


def total_need(query: ChartQuery) -> Need | None:
    """How many values went in, each counted once; None where the sum over the groups says so as well.

    A record that carries several labels is in several groups. Charts that need this have it as their last need; the
    spread of a histogram says it too.
    """
    if query.chart_type is ChartType.HISTOGRAM or query.group is None or not _labelled(query, query.group).is_many:
        return None
    assert query.measured is not None
    count = Measure(query.measured.name, query.measured.data_type, Aggregation.COUNT)
    return Need(Buckets(source_of(query), TimeAxis(query.edges or bounds(query))), count)


def _own_needs(query: ChartQuery) -> tuple[Need, ...]:
    chart_type = query.chart_type
    match chart_type:
        case ChartType.BAR:
            return _over_time(query, query.edges, interval_parts(query))
        case ChartType.LINE if query.group is None and query.options.line_points:
            return tuple(
                Need(Envelope(line_read(query, max_points)), COUNT_RECORDS) for max_points in query.options.line_points
            )
        case ChartType.LINE:
            return _over_time(query, bounds(query))
        case ChartType.PIE if query.bins is not None and query.spread is None:
            return _spread(query)
        case ChartType.PIE if query.group is not None or query.bins is not None:
            return (*([] if query.group is None else [_slices(query)]), _records(query))
        case ChartType.PIE:
            return (_slices(query),)
        case ChartType.LIST:
            return tuple(_ranking(query, order, spans) for order, spans in row_spans(query).items())
        case ChartType.STAT:
            return _stat(query)
        case ChartType.HISTOGRAM:
            return _spread(query) if query.spread is None else _bins(query, query.spread)
        case _:
            assert_never(chart_type)


def line_read(query: ChartQuery, max_points: int, shown: tuple[str | None, ...] = (), series: int = 1) -> LineRead:
    """How to read a line so that its series have at most ``max_points`` points together."""
    measured, source = query.measured, source_of(query)
    assert measured is not None
    labelled = None if query.group is None else _labelled(query, query.group)
    columns = max(1, max_points // (POINTS_A_COLUMN * max(1, series)))
    return LineRead(source, labelled, measured.name, measured.data_type, shown, columns)


def _measure(query: ChartQuery) -> Measure:
    assert query.measured is not None
    is_line = query.chart_type is ChartType.LINE  # its points are counted, whatever aggregation it is saved with
    aggregation = Aggregation.COUNT if is_line or query.aggregation is None else query.aggregation
    return Measure(query.measured.name, query.measured.data_type, aggregation, is_exact=query.options.is_exact)


def interval_parts(query: ChartQuery) -> tuple[Part, ...]:
    """What the confidence intervals of a chart need beside its values."""
    method = interval_method(query)
    return () if method is None else INTERVAL_PARTS[method]


def interval_method(query: ChartQuery) -> IntervalMethod | None:
    """How the chart's confidence intervals are computed; None where none are asked for or there is no way."""
    if not query.options.intervals or query.measured is None or query.aggregation is None:
        return None
    return FUNCTIONS[query.aggregation].intervals.get(query.measured.data_type)


def _with_parts(shape: AnyShape, measure: Measure, parts: tuple[Part, ...]) -> tuple[Need, ...]:
    return tuple(Need(shape, replace(measure, part=part)) for part in (Part.VALUE, *parts))


def _over_time(query: ChartQuery, edges: tuple[datetime, ...], parts: tuple[Part, ...] = ()) -> tuple[Need, ...]:
    source, measure = source_of(query), _measure(query)
    if query.group is None:
        return _with_parts(Buckets(source, TimeAxis(edges)), measure, parts)
    assert query.measured is not None
    shape = GroupedBuckets(
        _labelled(query, query.group), TimeAxis(edges), query.measured.name, query.measured.data_type, query.group.top
    )
    return _with_parts(shape, measure, parts)


def _earlier(query: ChartQuery, shown: tuple[str | None, ...]) -> tuple[Need, ...]:
    """The needs of a comparison: the labels are given, and the edges of a bar chart too."""
    source, chart_type = source_of(query), query.chart_type
    match chart_type:
        case ChartType.BAR:
            measure = _measure(query)
            if query.group is None:
                return (Need(Buckets(source, TimeAxis(query.edges)), measure),)
            return (Need(FixedBuckets(_labelled(query, query.group), TimeAxis(query.edges), shown), measure),)
        case ChartType.PIE if query.bins is not None and query.group is None:
            return (_records(query),)
        case ChartType.PIE | ChartType.LIST:
            measure = COUNT_RECORDS if query.group is None else _measure(query)
            fixed = Need(FixedBuckets(_labelled(query, query.group), TimeAxis(bounds(query)), shown), measure)
            has_records = chart_type is ChartType.PIE and query.group is not None
            return (fixed, _records(query)) if has_records else (fixed,)
        case ChartType.STAT:
            return _stat_needs(query, source, bounds(query))
        case ChartType.HISTOGRAM:
            return _earlier_bins(query, shown)
        case ChartType.LINE:
            raise AssertionError("The comparison of a line is a line, whose series are its own.")
        case _:
            assert_never(chart_type)


def needs_ahead(query: ChartQuery) -> tuple[Need, ...]:
    """What a chart will need in all: of a histogram whose spread is not known yet, its bins too, wherever they lie."""
    if query.chart_type is not ChartType.HISTOGRAM or is_empty(query):
        return needs_of(query)  # the ranges of a pie are others as its values change: they are not needed again
    return (*_spread(query), *_bins(query, Spread(1, 0, 0.0, 1.0)))


def _spread(query: ChartQuery) -> tuple[Need, ...]:
    """How many records and values there are, and what the values lie between: in the order that ``spread_of`` reads."""
    shape = Buckets(source_of(query), TimeAxis(bounds(query)))
    assert query.measured is not None
    name, data_type = query.measured.name, query.measured.data_type
    functions = (Aggregation.COUNT, Aggregation.MIN, Aggregation.MAX)
    measures = (COUNT_RECORDS, *(Measure(name, data_type, function) for function in functions))
    return tuple(Need(shape, measure) for measure in measures)


def value_axes(query: ChartQuery, spread: Spread) -> tuple[ValueAxis, ...]:
    """The bins of a histogram for each of ``max_bins``; none where there are no values."""
    assert query.measured is not None
    every = [spread.edges(most) for most in query.max_bins]
    return tuple(ValueAxis(query.measured.name, edges) for edges in every if edges)


def _bins(query: ChartQuery, spread: Spread) -> tuple[Need, ...]:
    source, measure, measured = source_of(query), _measure(query), query.measured
    assert measured is not None
    axes = value_axes(query, spread)
    if query.group is None:
        return tuple(Need(Buckets(source, axis), measure) for axis in axes)
    labelled, top = _labelled(query, query.group), query.group.top
    return tuple(Need(GroupedBuckets(labelled, axis, measured.name, measured.data_type, top), measure) for axis in axes)


def _earlier_bins(query: ChartQuery, shown: tuple[str | None, ...]) -> tuple[Need, ...]:
    """The same bins over the records of the comparison."""
    source, measure = source_of(query), _measure(query)
    axes = value_axes(query, query.spread or Spread())
    if query.group is None:
        return tuple(Need(Buckets(source, axis), measure) for axis in axes)
    labelled = _labelled(query, query.group)
    return tuple(Need(FixedBuckets(labelled, axis, shown), measure) for axis in axes)


def _labelled(query: ChartQuery, group: Group | None) -> Labelled:
    """The records with their group's label; where there is none, with their value as the label."""
    assert query.measured is not None
    name = query.measured.name
    return Labelled(source_of(query), group or FieldGroup(name), name)


def _records(query: ChartQuery) -> Need:
    """How many records there are, with a value or without: the labels of ranges are only those of values."""
    return Need(Buckets(source_of(query), TimeAxis(bounds(query))), COUNT_RECORDS)


def _slices(query: ChartQuery) -> Need:
    """The largest labels of a pie."""
    return _ranking(query, LARGEST_FIRST, ((1, MAX_TOP),))


def row_spans(query: ChartQuery) -> dict[RowOrder, tuple[tuple[int, int], ...]]:
    """The places of the rows that are asked of a list, by the order that they are asked in; its needs come as these."""
    found: dict[RowOrder, list[tuple[int, int]]] = {}
    for page in (FIRST_ROWS, *query.options.row_pages):
        found.setdefault(page.order or usual_order(query), []).append(page.span)
    return {order: _joined(spans) for order, spans in found.items()}


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same places without repetition."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def _ranking(query: ChartQuery, order: RowOrder, spans: tuple[tuple[int, int], ...]) -> Need:
    labelled, calendars = _labelled(query, query.group), calendars_of(query)
    measure = None if query.group is None else _measure(query)
    return Need(Ranking(labelled, measure, spans, order, calendars), measure or COUNT_RECORDS)


def _stat(query: ChartQuery) -> tuple[Need, ...]:
    start, end = bounds(query)
    return _stat_needs(query, source_of(query, preceding=True), (preceding_start(query), start, end))


def _stat_needs(query: ChartQuery, source: Source, edges: tuple[datetime, ...]) -> tuple[Need, ...]:
    calls = Buckets(source, TimeAxis(edges))
    if query.measured is not None:
        return _with_parts(calls, _measure(query), interval_parts(query))
    needs = [
        Need(calls, COUNT_RECORDS),
        Need(calls, Measure("success", DataType.BOOLEAN, Aggregation.AVG)),
        Need(calls, Measure("duration", DataType.NUMBER, Aggregation.AVG)),
    ]
    if query.overview_latency is not None:
        needs.append(_latency(query, query.overview_latency, edges))
    return tuple(needs)


def _latency(query: ChartQuery, metric: MetricRef, edges: tuple[Any, ...]) -> Need:
    source = Source(query.project_id, query.filters, edges[0], edges[-1], metric)
    measure = Measure("metric_evaluations.value", DataType.NUMBER, Aggregation.P95, is_exact=query.options.is_exact)
    return Need(Buckets(source, TimeAxis(edges)), measure)
