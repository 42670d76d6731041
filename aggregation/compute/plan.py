"""The plan of a request: which grains its charts need, each once, and which measures each grain computes."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Select, union_all

from aggregation.compute.labels import Labelled
from aggregation.compute.lines import POINTS_A_COLUMN, LineRead
from aggregation.compute.measures import INTERVAL_PARTS, Access, Measure, Part
from aggregation.compute.provenance import RAW, Provenance
from aggregation.compute.shapes import AnyShape, Envelope, FixedTimeline, GroupedTimeline, Ranking, Timeline
from aggregation.compute.source import Source
from aggregation.functions.merging import FromMoments
from aggregation.functions.table import FUNCTIONS, IntervalMethod
from aggregation.question.query import MAX_TOP, ChartQuery, FieldGroup, MetricRef
from models import Aggregation, ChartType, DataType

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

FIRST_INSTANT = datetime(1, 1, 2, tzinfo=UTC)
"""Before every call, and still a time in every zone."""

COUNT_RECORDS = Measure(None, DataType.NUMBER, Aggregation.COUNT)


class Cell(NamedTuple):
    """A row of a grain, reduced to one measure: bucket or rank, label, samples, value, and what ``Ranking`` adds."""

    position: int
    label: str | None
    is_other: bool
    samples: int
    value: float | None
    labels: int = 1
    records: int = 0


NOTHING = Cell(0, None, False, 0, None)
"""What stands where no record was."""


@dataclass(frozen=True, slots=True)
class Need:
    """One measure at one grain."""

    shape: AnyShape
    measure: Measure


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
    """What must be computed for a chart, in the order in which ``aggregation.answer.assemble`` reads it."""
    if is_empty(query):
        return ()
    if query.shown is not None:
        return _earlier(query, query.shown)
    match query.chart_type:
        case ChartType.BAR:
            return _over_time(query, query.edges, interval_parts(query))
        case ChartType.LINE if query.group is None and query.options.line_points:
            return tuple(
                Need(Envelope(line_read(query, max_points)), COUNT_RECORDS) for max_points in query.options.line_points
            )
        case ChartType.LINE:
            return _over_time(query, bounds(query))
        case ChartType.PIE | ChartType.LIST:
            return (_ranking(query),)
        case ChartType.STAT:
            return _stat(query)


def line_read(query: ChartQuery, max_points: int, shown: tuple[str | None, ...] = (), series: int = 1) -> LineRead:
    """How to read a line so that its series have at most ``max_points`` points together."""
    measured, source = query.measured, source_of(query)
    assert measured is not None
    labelled = None if query.group is None else Labelled(source, query.group, measured.name)
    columns = max(1, max_points // (POINTS_A_COLUMN * max(1, series)))
    return LineRead(source, labelled, measured.name, measured.data_type, shown, columns)


def _measure(query: ChartQuery) -> Measure:
    assert query.measured is not None
    aggregation = query.aggregation or Aggregation.COUNT
    if query.chart_type is ChartType.LINE:
        aggregation = Aggregation.COUNT
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
        return _with_parts(Timeline(source, edges), measure, parts)
    assert query.measured is not None
    labelled = Labelled(source, query.group, query.measured.name)
    shape = GroupedTimeline(labelled, edges, query.measured.name, query.measured.data_type, query.group.top)
    return _with_parts(shape, measure, parts)


def _earlier(query: ChartQuery, shown: tuple[str | None, ...]) -> tuple[Need, ...]:
    """The needs of a comparison: the labels are given, and the edges of a bar chart too."""
    source, edges = source_of(query), query.edges or bounds(query)
    if query.chart_type is ChartType.STAT:
        return _stat_needs(query, source, edges)
    assert query.measured is not None
    if query.chart_type is ChartType.BAR and query.group is None:
        return (Need(Timeline(source, edges), _measure(query)),)
    own = query.group or FieldGroup(query.measured.name)
    measure = COUNT_RECORDS if query.group is None else _measure(query)
    return (Need(FixedTimeline(Labelled(source, own, query.measured.name), edges, shown), measure),)


def _ranking(query: ChartQuery) -> Need:
    assert query.measured is not None
    source, name = source_of(query), query.measured.name
    if query.group is None:
        own = Labelled(source, FieldGroup(name), name)
        return Need(Ranking(own, None, MAX_TOP), COUNT_RECORDS)
    return Need(Ranking(Labelled(source, query.group, name), _measure(query), MAX_TOP), _measure(query))


def _stat(query: ChartQuery) -> tuple[Need, ...]:
    start, end = bounds(query)
    return _stat_needs(query, source_of(query, preceding=True), (preceding_start(query), start, end))


def _stat_needs(query: ChartQuery, source: Source, edges: tuple[datetime, ...]) -> tuple[Need, ...]:
    calls = Timeline(source, edges)
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
    return Need(Timeline(source, edges), measure)


def cost(shape: AnyShape, measures: Sequence[Measure]) -> float:
    """Roughly how long a grain takes, in passes over the calls: a join costs two, sorting and thinning one or two."""
    match shape:
        case Timeline(source=source):
            base = 1.0
        case Ranking(labelled=labelled):
            base, source = 1.0, labelled.source
        case GroupedTimeline(labelled=labelled) | FixedTimeline(labelled=labelled):
            base, source = 1.5, labelled.source
        case Envelope(read=read):
            base, source = 3.0, read.source
    sorts = sum(not isinstance(measure.function.merging, FromMoments) for measure in measures)
    return base + (2.0 if source.metric else 0.0) + 1.0 * sorts + 0.2 * len(measures)


class Grain(NamedTuple):
    """What is computed together: the measures of one shape that may be read from the same."""

    shape: AnyShape
    access: Access


@dataclass(slots=True)
class Plan:
    """All that one request needs. Grains are numbered in the order in which they were first needed.

    Attributes:
        is_split: whether pre-aggregates may answer, so that measures which they cannot answer are computed apart.
        lasting: the grains of saved charts, which will be needed again.
    """

    is_split: bool
    measures: dict[Grain, list[Measure]] = field(default_factory=lambda: defaultdict[Grain, list[Measure]](list))
    lasting: set[Grain] = field(default_factory=set[Grain])

    @classmethod
    def of(cls, queries: Iterable[ChartQuery], *, is_split: bool) -> "Plan":
        """The plan for these charts."""
        plan = cls(is_split)
        for query in queries:
            for need in needs_of(query):
                grain = plan.grain(need)
                measures = plan.measures[grain]
                if not query.options.is_one_off:
                    plan.lasting.add(grain)
                if need.measure not in measures:
                    measures.append(need.measure)
        return plan

    def grain(self, need: Need) -> Grain:
        """What computes a need."""
        return Grain(need.shape, need.measure.access if self.is_split else Access.RECORDS)

    def statements(self, most: int, answered: Container[Grain] = ()) -> list[Statement]:
        """At most ``most`` statements of about equal cost, which together compute every grain not ``answered`` yet."""
        shares: list[list[Select[*tuple[Any, ...]]]] = [[] for _ in range(most)]
        costs = [0.0] * most
        numbered = [
            (cost(grain.shape, measures), number, grain)
            for number, (grain, measures) in enumerate(self.measures.items())
            if grain not in answered
        ]
        for weight, number, grain in sorted(numbered, key=lambda item: (-item[0], item[1])):
            lightest = costs.index(min(costs))
            costs[lightest] += weight
            shares[lightest].append(grain.shape.statement(number, tuple(self.measures[grain])))
        return [share[0] if len(share) == 1 else union_all(*share) for share in shares if share]


_position = itemgetter(1)


class Answers:
    """The rows that came back, by need."""

    def __init__(self, plan: Plan, rows: Sequence[Any], provenances: Mapping[Grain, Provenance] | None = None) -> None:
        self._plan = plan
        self._provenances = provenances or {}
        by_number: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            by_number[row[0]].append(row)
        self._rows = {grain: by_number[number] for number, grain in enumerate(plan.measures)}

    def provenance(self, query: ChartQuery) -> Provenance:
        """How the numbers of a chart were got."""
        provenances = [self._provenances.get(self._plan.grain(need), RAW) for need in needs_of(query)]
        return reduce(Provenance.beside, provenances) if provenances else RAW

    def envelope(self, need: Need) -> list[Any]:
        """The numbers that a thinned line keeps of each column, as ``Envelope`` has them."""
        return [row[4] for row in self._rows[self._plan.grain(need)]]

    def cells(self, need: Need) -> list[Cell]:
        """The need's cells, by position; within one position in no order. An envelope has one, for all its points."""
        if isinstance(need.shape, Envelope):
            counts = [int(numbers[0]) for numbers in self.envelope(need)]
            return [Cell(0, None, False, sum(counts), None)] if counts else []
        grain = self._plan.grain(need)
        first = 2 * self._plan.measures[grain].index(need.measure)
        rows = sorted(self._rows[grain], key=_position)
        if isinstance(need.shape, Ranking):
            return [
                Cell(position, label, is_other, int(numbers[0]), numbers[1], int(numbers[2]), int(numbers[3]))
                for _, position, label, is_other, numbers in rows
            ]
        return [
            Cell(position, label, is_other, int(numbers[first]), numbers[first + 1])
            for _, position, label, is_other, numbers in rows
        ]
