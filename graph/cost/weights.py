"""What each field costs, in points: one is about a millisecond of the server and the database over a million calls.

Every field that runs SQL, returns a list or takes an argument that changes its work has a row; a test walks the schema.
All others cost ``VALUE`` or ``OBJECT``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregation.calls.vocabulary import MAX_WORDS
from aggregation.compute.lines import POINTS_A_COLUMN
from aggregation.question.query import DEFAULT_MAX_POINTS, DEFAULT_TOP, MAX_POINTS, MAX_TOP
from aggregation.question.value_bins import DEFAULT_BINS, MAX_BINS, MIN_BINS
from graph.pagination import MAX_CALLS_PAGE, MAX_PAGE
from resolvers.call_log_writes import MAX_CALLS

VALUE = 0.001
"""A scalar or enum in the answer."""

OBJECT = 0.01
"""An object in the answer."""

CONDITION = 0.2
"""A condition of a filter on the call itself."""

EVALUATION_CONDITION = 20
"""A condition on the evaluations of a call: each is a subquery of its own."""

REGEX_CONDITION = 5
"""A regular expression."""


@dataclass(frozen=True, slots=True)
class Usually:
    """A length that no argument bounds: what is usual. A chart's is known when it is planned, and priced again."""

    count: int


@dataclass(frozen=True, slots=True)
class Argument:
    """The length that an argument sets: a number, or the length of a list.

    Outside of ``least`` to ``most`` the field is refused, and has no items.
    """

    name: str
    most: int
    default: int = 1
    least: int = 1


Length = Usually | Argument
ONE = Usually(1)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a field costs.

    Attributes:
        points: each time that it is answered.
        length: of a list, how many items it has.
        each: further points for every item.
        through: the field of the result that has the items, such as ``edges`` of a connection; None where the field
            itself is the list.
        arguments: further points for arguments that are given.
        filters: how often the conditions of filters are evaluated, of the field's own arguments or, where it has none,
            of those of the field above.
        note: what the points are for, as the documentation has it.
    """

    points: float = 0
    length: Length = ONE
    each: float = 0
    through: str | None = None
    arguments: Mapping[str, float] = field(default_factory=dict[str, float])
    filters: float = 0
    note: str = ""


FILTER_ARGUMENTS = frozenset({"filters", "where", "scope", "scopeWhere", "dashboardFilters", "dashboardWhere"})
"""Arguments, and members of inputs, that hold filters."""

_FIRST_CALLS = Argument("first", MAX_CALLS_PAGE, 50)
_FIRST_WORDS = Argument("first", MAX_WORDS, 50)
_ONE_OFF = {"filters": 10, "where": 10, "scope": 10, "scopeWhere": 10, "timeRange": 5, "compareTo": 10}
_CALLS = Weight(4, _FIRST_CALLS, 0.15, "edges", filters=1, note="a statement, and each call")
_COUNT = Weight(1, note="a count")
_WRITE = Weight(10, note="a transaction")


def _list(count: int, points: float = 0, note: str = "") -> Weight:
    return Weight(points, Usually(count), note=note)


def _page(points: float, default: int, note: str) -> Weight:
    return Weight(points, Argument("first", MAX_PAGE, default), through="edges", note=note)


WEIGHTS: Mapping[str, Weight] = {
    # reading
    "Query.node": Weight(2, note="a statement"),
    "Query.nodes": Weight(2, Argument("ids", MAX_PAGE), note="a statement per type"),
    "Query.dashboard": Weight(2, note="a statement"),
    "Query.dashboards": _page(2, 20, "a statement"),
    "Query.widget": Weight(2, note="a statement"),
    "Query.previewWidget": Weight(20, arguments={"compareTo": 10}, filters=1, note="a chart from the calls"),
    "Query.callLogs": _CALLS,
    "Query.callLog": Weight(2, note="a statement"),
    "Query.agents": _page(2, 50, "a statement"),
    "Query.metrics": _page(2, 50, "a statement"),
    "Query.apiKeys": _page(2, 50, "a statement"),
    "Query.auditEvents": _page(5, 50, "a statement"),
    "Query.predefinedWidgets": _list(30, 5, "a statement"),
    "Query.widgetFields": _list(30),
    "Query.filterFields": _list(30),
    "Query.validateFilters": Weight(5, note="look-ups of keys and patterns"),
    "Query.metadataKeys": Weight(30, _FIRST_WORDS, through="keys", note="reads the newest 10,000 calls"),
    "Query.fieldValues": Weight(30, _FIRST_WORDS, through="values", note="reads the newest 10,000 calls"),
    "Query.filterWaterfall": Weight(50, filters=1, note="one pass over the calls"),
    "Query.whyNot": Weight(5, note="a statement"),
    "Viewer.maskedFields": _list(1),
    "Viewer.project": Weight(1, note="a statement"),
    "Viewer.quotas": _list(4, 3, "counts of metrics, agents, dashboards and API keys"),
    # dashboards
    "Dashboard.widgets": _list(12, 1, "a statement"),
    "Dashboard.widgetCount": Weight(0.5, note="a count"),
    "Dashboard.document": Weight(2, note="a whole dashboard"),
    "Dashboard.revisions": _page(2, 20, "a statement"),
    "DashboardRevision.changes": _list(5, 0.1),
    "DashboardRevision.document": Weight(1, note="a whole dashboard"),
    "Widget.dashboard": Weight(0.1, note="a statement for all"),
    "Widget.metric": Weight(0.1, note="a statement for all"),
    "Widget.dataType": Weight(0.1, note="a statement for all"),
    "Widget.effectiveFilters": Weight(0.2, note="combining filters"),
    "Widget.exportUrl": Weight(0.1),
    "Widget.data": Weight(10, arguments=_ONE_OFF, filters=1, note="a chart"),
    # charts
    "BarChart.buckets": _list(31),
    "BarChart.series": _list(5),
    "BarSeries.buckets": _list(31),
    "HistogramChart.bins": Weight(length=Argument("maxBins", MAX_BINS, DEFAULT_BINS, MIN_BINS)),
    "HistogramChart.series": Weight(length=Usually(5)),
    "HistogramSeries.bins": _list(20),
    "LineChart.points": Weight(length=Argument("maxPoints", MAX_POINTS, DEFAULT_MAX_POINTS, POINTS_A_COLUMN)),
    "LineChart.series": Weight(length=Usually(5)),
    "LineChart.isThinned": Weight(),
    "LineSeries.points": _list(200),
    "LinePoint.call": Weight(0.05, note="a statement for all"),
    "ListChart.rows": Weight(length=Argument("first", MAX_TOP, DEFAULT_TOP)),
    "PieChart.slices": Weight(length=Argument("top", MAX_TOP, DEFAULT_TOP)),
    "*.calls": _CALLS,
    "*.exportUrl": Weight(0.05),
    "*.filters": Weight(0.02, note="the filter behind an item"),
    # calls
    "CallLogConnection.totalCount": Weight(5, filters=1, note="a count over the calls"),
    "CallLog.agent": Weight(0.02, note="a statement for all"),
    "CallLog.metadata": Weight(0.02, note="up to 64 KiB"),
    "CallLog.metricEvaluations": _list(5, 0.1, "a statement for all"),
    "CallLog.transcript": _list(20, 0.5, "up to 256 KiB"),
    "CallLog.feedback": Weight(0.05, note="a statement for all"),
    "MetricEvaluation.metric": Weight(0.01, note="a statement for all"),
    "*.totalCount": _COUNT,
    # help
    "*.warnings": _list(3),
    "FilterWarning.counts": Weight(20, filters=2, note="two counts over the calls"),
    "FilterWaterfall.steps": _list(10),
    "WhyNot.exclusions": _list(10),
    # changes
    "Mutation.*": _WRITE,
    "Mutation.importDashboard": Weight(50, note="a dashboard with its widgets"),
    "Mutation.duplicateDashboard": Weight(50, note="a dashboard with its widgets"),
    "Mutation.ingestCallLogs": Weight(10, Argument("input.calls", MAX_CALLS), 1, note="each call that is stored"),
}
"""Rows by ``Type.field``, else ``*.field``, else ``Type.*``."""

SHORT_LIST = 5
"""The usual length of lists without a row: faults, choices, operators, enum values."""
