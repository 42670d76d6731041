"""The largest requests of every kind that are accepted, and a project that has much to answer them with."""

from typing import Any

from sqlalchemy import text

from models.sessions import Sessions

CALLS = 20_000
TALKATIVE = 190
"""Calls with a transcript of about 100 kB: as much as one answer may have."""

_FILL = """
    with made as (insert into agents (project_id, agent_name)
                  select :project, 'agent ' || n from generate_series(1, 120) n returning id),
         numbered as (select id, row_number() over () as number from made)
    insert into call_logs (project_id, call_id, agent_id, timestamp, duration, success, topic, metadata)
    select :project, 'c' || n, numbered.id, now() - n * interval '30 seconds', (n * 7919) % 10007 / 10.0,
           n % 3 = 0, 'topic ' || n % 110, jsonb_build_object('region', 'r' || n % 40, 'load', n % 1000)
    from generate_series(1, :calls) n join numbered on numbered.number = n % 120 + 1
"""
_TALK = """
    insert into call_transcripts (project_id, call_log_id, turns)
    select :project, id, (select jsonb_agg(jsonb_build_object('role', 'agent', 'text', repeat('x', 980), 'time', m))
                          from generate_series(1, 100) m)
    from call_logs where project_id = :project order by timestamp desc limit :talkative
"""
_EVALUATE = """
    with made as (insert into metrics (project_id, name, evaluation_type)
                  select :project, 'metric ' || n, 'numeric' from generate_series(1, 5) n returning id)
    insert into metric_evaluations (project_id, call_log_id, metric_id, number_value)
    select :project, call.id, made.id, 1
    from (select id from call_logs where project_id = :project order by timestamp desc limit 500) call, made
"""


async def fill(sessions: Sessions, project_id: int) -> None:
    """Fills a project."""
    async with sessions.write(project_id) as session:
        await session.execute(text(_FILL), {"project": project_id, "calls": CALLS})
        await session.execute(text(_TALK), {"project": project_id, "talkative": TALKATIVE})
        await session.execute(text(_EVALUATE), {"project": project_id})


_PREVIEW = """query ($input: PreviewWidgetInput!) {{
  previewWidget(input: $input) {{ __typename {} ... on Error {{ code message }} }}
}}"""
_BY_TOPIC = {"type": "field", "field": "topic", "top": 100}
_COMPARISON = "comparison { filters start end value sampleCount change changePercent }"
_WEEK = {"from": "today-6d", "to": "today"}


def _preview(selected: str, **input: Any) -> dict[str, Any]:
    return {"query": _PREVIEW.format(selected), "variables": {"input": {"timeRange": _WEEK, **input}}}


def _many(selected: str, times: int, **input: Any) -> dict[str, Any]:
    fields = " ".join(f"a{number}: previewWidget(input: $input) {{ {selected} }}" for number in range(times))
    query = f"query ($input: PreviewWidgetInput!) {{ {fields} }}"
    return {"query": query, "variables": {"input": {"timeRange": _WEEK, **input}}}


def _large_filter(conditions: int, values: int) -> dict[str, Any]:
    """A filter with so many conditions and values in lists, which every call of the project passes."""
    of_list = {"field": "duration", "op": "in", "value": [-9 - at for at in range(1_000)]}
    lists = [{"operator": "not", "conditions": [of_list]} for _ in range(values // 1_000)]
    others = [{"field": "duration", "op": "neq", "value": -9 - at} for at in range(conditions - len(lists))]
    return {"operator": "and", "conditions": [*lists, *others]}


_CHART_FILTER = _large_filter(410, 4_000)
_CALL_FILTER = _large_filter(440, 5_000)


def _combined(op: str) -> dict[str, Any]:
    """A filter as large as those that items of charts hand out."""
    conditions = [{"field": "topic", "op": op, "value": f"no {number}"} for number in range(1_090)]
    return {"operator": "and", "conditions": conditions}


def _combined_of(field: str) -> dict[str, Any]:
    """The same, of another field in each condition or of one that stands in another table."""
    conditions = [{"field": field.format(at), "op": "neq", "value": f"no {at}"} for at in range(1_090)]
    return {"operator": "and", "conditions": conditions}


_FILTERED = {"variables": {"f": _CALL_FILTER}}

_BINS = f"from to value sampleCount percentage group isOther filters {_COMPARISON}"
_POINTS = "key databaseId callLogId timestamp value group filters"


def _waterfall(filters: Any) -> dict[str, Any]:
    query = "query ($f: JSON!) { filterWaterfall(filters: $f) { remaining steps { remaining } } }"
    return {"query": query, "variables": {"f": filters}}


QUERIES: dict[str, dict[str, Any]] = {
    "small": {"query": "{ dashboards { totalCount } }"},
    "histogram-bins": _preview(
        f"... on HistogramChart {{ bins(maxBins: 100) {{ {_BINS} }} }}",
        chartType="HISTOGRAM",
        field="duration",
        groupBy=_BY_TOPIC,
        compareTo={"shift": "1d"},
    ),
    "histogram-series": _preview(
        f"... on HistogramChart {{ series(maxBins: 100) {{ label sampleCount filters bins {{ {_BINS} }} }} }}",
        chartType="HISTOGRAM",
        field="duration",
        groupBy=_BY_TOPIC,
        compareTo={"shift": "1d"},
    ),
    "bars": _preview(
        "... on BarChart { series { label filters buckets { timeInterval start end value sampleCount group isOther "
        f"share filters {_COMPARISON} }} }} }}",
        chartType="BAR",
        field="timestamp",
        aggregation="COUNT",
        timePeriod="HOUR",
        groupBy={**_BY_TOPIC, "top": 50},
        compareTo={"shift": "1d"},
    ),
    "bars-of-five-minutes": _preview(
        "... on BarChart { series { label buckets { start value sampleCount } } }",
        chartType="BAR",
        field="timestamp",
        aggregation="COUNT",
        timePeriod="FIVE_MINUTES",
        groupBy={**_BY_TOPIC, "top": 36},
    ),
    "line": _preview(
        f"... on LineChart {{ points(maxPoints: 20000) {{ {_POINTS} }} }}", chartType="LINE", field="duration"
    ),
    "line-series": _preview(
        f"... on LineChart {{ series {{ label points {{ {_POINTS} }} }} }}",
        chartType="LINE",
        field="duration",
        groupBy=_BY_TOPIC,
    ),
    "many-lines": _many(
        "... on LineChart { points(maxPoints: 20000) { key timestamp value } }", 5, chartType="LINE", field="duration"
    ),
    "pie": _preview(
        f"... on PieChart {{ slices {{ label value percentage isOther filters {_COMPARISON} }} }}",
        chartType="PIE",
        field="topic",
        compareTo={"shift": "1d"},
    ),
    "list": _preview(
        f"... on ListChart {{ rows(first: 100) {{ label value sampleCount percentage filters {_COMPARISON} }} }}",
        chartType="LIST",
        field="topic",
        compareTo={"shift": "1d"},
    ),
    "transcripts": {
        "query": "{ callLogs(first: 190) { edges { cursor node { id callId metadata transcript { role text time } "
        "metricEvaluations { metric { name } } agent { id agentName } } } } }"
    },
    "calls": {
        "query": "{ callLogs(first: 500) { edges { cursor node { id databaseId callId timestamp duration success topic "
        "metadata metricEvaluations { metric { name } } agent { id agentName } } } } }"
    },
    "pages-of-calls": {
        "query": "{ "
        + " ".join(
            f"a{number}: callLogs(first: 500) {{ edges {{ node {{ id callId timestamp duration success topic metadata "
            "agent { id agentName } metricEvaluations { numberValue metric { id name } } } } }"
            for number in range(9)
        )
        + " }"
    },
    "introspection": {
        "query": "{ __schema { types { name description fields(includeDeprecated: true) { name description"
        " args { name description type { name kind ofType { name kind ofType { name kind ofType { name } } } } } "
        "type { name kind ofType { name kind ofType { name kind } } } } inputFields { name description type { name } } "
        "enumValues { name description } possibleTypes { name } } } }"
    },
    "filter-of-a-chart": _preview(
        "... on PieChart { slices { label value } }", chartType="PIE", field="topic", filters=_CHART_FILTER
    ),
    "filter-behind-items": _preview(
        "... on BarChart { buckets { value filters } }",
        chartType="BAR",
        field="timestamp",
        aggregation="COUNT",
        timePeriod="DAY",
        filters=_CHART_FILTER,
    ),
    "filter-of-calls": {"query": "query ($f: JSON) { callLogs(filters: $f) { totalCount } }", **_FILTERED},
    **{
        f"combined-filter-by-{op}": {
            "query": "query ($f: JSON) { callLogs(filters: $f) { totalCount edges { node { id } } } }",
            "variables": {"f": _combined(op)},
        }
        for op in ("neq", "contains")
    },
    **{
        f"combined-filter-of-{name}": {
            "query": "query ($f: JSON) { callLogs(filters: $f, first: 1) { edges { node { id } } } }",
            "variables": {"f": _combined_of(field)},
        }
        for name, field in (("metadata", "metadata.k{0}"), ("agents", "agent.agent_name"))
    },
    "filter-validated": {
        "query": "query ($f: JSON!) { validateFilters(filters: $f) { isValid normalized description } }",
        **_FILTERED,
    },
    "filter-with-faults": {
        "query": "query ($f: JSON!) { validateFilters(filters: $f) { isValid errors { path message } } }",
        "variables": {
            "f": {
                "operator": "and",
                "conditions": [{"field": "duratoin", "op": "in", "value": ["x"] * 7} for _ in range(440)],
            }
        },
    },
    "filter-in-steps": _waterfall(_large_filter(90, 4_000)),
}
