"""What each field costs, in points: one is about a millisecond of the server and the database over a million calls.

Every field that runs SQL, returns a list or takes an argument that changes its work has a row here, or its weight with
it, as the fields of charts have; a test walks the schema. All others cost ``VALUE`` or ``OBJECT``.
"""

from collections.abc import Mapping

from aggregation.calls.vocabulary import MAX_WORDS
from graph.cost.weight import Argument, Usually, Weight
from graph.pagination import DEFAULT_PAGE, MAX_CALLS_PAGE, MAX_PAGE, PAGE_LISTS
from resolvers.call_log_writes import MAX_CALLS, MAX_JSON_CALLS, STORED_CALL

VALUE = 0.001
"""A scalar or enum in the answer."""

OBJECT = 0.01
"""An object in the answer."""

CONDITION = 0.2
"""A condition of a filter on the call itself."""

AGENT_CONDITION = 1
"""A condition on the agent of a call, which is looked up for it."""

EVALUATION_CONDITION = 20
"""A condition on the evaluations of a call: each is a subquery of its own."""

REGEX_CONDITION = 5
"""A regular expression."""


FILTER_ARGUMENTS = frozenset({"filters", "where", "scope", "scopeWhere", "dashboardFilters", "dashboardWhere"})
"""Arguments, and members of inputs, that hold filters."""

_FIRST_CALLS = Argument("first", MAX_CALLS_PAGE, DEFAULT_PAGE, instead="last")
_FIRST_WORDS = Argument("first", MAX_WORDS, 50)
_ONE_OFF = {"filters": 10, "where": 10, "scope": 10, "scopeWhere": 10, "timeRange": 5, "compareTo": 10}
_CALLS = Weight(4, _FIRST_CALLS, 0.15, PAGE_LISTS, filters=1, note="a statement, and each call")
_COUNT = Weight(1, note="a count")
_WRITE = Weight(10, note="a transaction")


def _list(count: int, points: float = 0, note: str = "") -> Weight:
    return Weight(points, Usually(count), note=note)


def _page(points: float, default: int, note: str) -> Weight:
    return Weight(points, Argument("first", MAX_PAGE, default, instead="last"), through=PAGE_LISTS, note=note)


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
    "Query.metadataKeys": Weight(30, _FIRST_WORDS, through=("keys",), note="reads the newest 10,000 calls"),
    "Query.fieldValues": Weight(30, _FIRST_WORDS, through=("values",), note="reads the newest 10,000 calls"),
    "Query.filterWaterfall": Weight(50, filters=1, note="one pass over the calls"),
    "Query.whyNot": Weight(5, note="a statement"),
    "Viewer.maskedFields": _list(1),
    "Viewer.project": Weight(1, note="a statement"),
    "Viewer.quotas": _list(6, 3, "counts of metrics, agents, dashboards, API keys, widgets and metadata keys"),
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
    # items of charts
    "*.calls": _CALLS,
    "*.exportUrl": Weight(0.05),
    "*.filters": Weight(0.02, note="the filter behind an item"),
    "StatChart.figures": _list(4, 0.02, "a statement for all"),
    # calls
    "CallLogConnection.totalCount": Weight(5, filters=1, note="a count over the calls"),
    "*.agent": Weight(0.02, note="a statement for all"),
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
    # events
    "Subscription.dashboardChanged": Weight(2, note="a statement, at each event"),
    "Subscription.chartUpdated": Weight(10, arguments=_ONE_OFF, filters=1, note="a chart, at each event"),
    "Subscription.previewUpdated": Weight(
        20, arguments={"compareTo": 10}, filters=1, note="a chart from the calls, at each event"
    ),
    "Subscription.callLogArrived": Weight(
        4,
        Argument("first", MAX_PAGE, 20),
        0.15,
        ("callLogs",),
        filters=1,
        note="statements, and each call, at each event",
    ),
    "FilterGroup.conditions": _list(3),
    "CallLogEvent.callLogs": Weight(2, note="a statement"),
    "DashboardEvent.dashboard": Weight(2, note="a statement"),
    # changes
    "Mutation.*": _WRITE,
    "Mutation.importDashboard": Weight(50, note="a dashboard with its widgets"),
    "Mutation.duplicateDashboard": Weight(50, note="a dashboard with its widgets"),
    "Mutation.ingestCalls": Weight(
        10, Argument("input.calls", MAX_JSON_CALLS), STORED_CALL, note="each call that is stored"
    ),
    "Mutation.ingestCallLogs": Weight(10, Argument("input.calls", MAX_CALLS), 1, note="each call that is stored"),
}
"""Rows by ``Type.field``, else ``*.field``, else ``Type.*``."""

SHORT_LIST = 5
"""The usual length of lists without a row: faults, choices, operators, enum values."""
