"""Drill-down: the filters behind what is shown, and that they are filters a client could write."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer import drill_down
from aggregation.answer.results import BarResult, ListResult, PieResult
from aggregation.answer.slices import slices
from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.grouping import MAX_RANGES
from aggregation.question.prepare import prepare
from aggregation.question.query import MAX_TOP, FieldGroup, MetricRef, WidgetDefinition
from aggregation.service import run_charts
from filters import COMBINED, check_json
from filters.instants import rfc3339
from models import Aggregation, ChartType, DataType, EvaluationType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BINARY, NUMERIC, ENUM = (
    MetricRef(1, "ok", EvaluationType.BINARY),
    MetricRef(2, "speed", EvaluationType.NUMERIC),
    MetricRef(3, "mood", EvaluationType.ENUM),
)
TOPIC, SUCCESS, AGENT = FieldGroup("topic"), FieldGroup("success"), FieldGroup("agent_id")
STRING, BOOLEAN, NUMBER = DataType.STRING, DataType.BOOLEAN, DataType.NUMBER


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def row(metric: int, *conditions: Any) -> dict[str, Any]:
    of_metric = condition("metric_evaluations.metric.id", "eq", metric)
    return {"operator": "same_row", "conditions": [of_metric, *conditions]}


VALUE = "metric_evaluations.value"

LABELS: dict[str, tuple[FieldGroup, DataType, str | None, list[Any]]] = {
    "text": (TOPIC, STRING, "a", [condition("topic", "eq", "a")]),
    "text that reads as null": (TOPIC, STRING, "null", [condition("topic", "eq", "null")]),
    "empty text": (TOPIC, STRING, "", [condition("topic", "eq", "")]),
    "no value": (TOPIC, STRING, None, [condition("topic", "isnull", True)]),
    "true": (SUCCESS, BOOLEAN, "true", [condition("success", "eq", True)]),
    "false": (SUCCESS, BOOLEAN, "false", [condition("success", "eq", False)]),
    "agent": (AGENT, NUMBER, "12", [condition("agent_id", "eq", 12)]),
    "binary": (FieldGroup("metric:1", 20, BINARY), BOOLEAN, "true", [row(1, condition(VALUE, "eq", True))]),
    "numeric": (FieldGroup("metric:2", 20, NUMERIC), NUMBER, "1e+22", [row(2, condition(VALUE, "eq", 1e22))]),
    "enum": (FieldGroup("metric:3", 20, ENUM), STRING, "5", [row(3, condition(VALUE, "eq", "5"))]),
    "no evaluation": (
        FieldGroup("metric:3", 20, ENUM),
        STRING,
        None,
        [{"operator": "not", "conditions": [row(3, condition(VALUE, "isnull", False))]}],
    ),
}


@pytest.mark.parametrize(("group", "data_type", "label", "expected"), LABELS.values(), ids=LABELS)
def test_the_condition_of_a_label(
    group: FieldGroup, data_type: DataType, label: str | None, expected: list[Any]
) -> None:
    assert drill_down.of_label(group, data_type, label) == expected


OTHERS: dict[str, tuple[FieldGroup, DataType, list[str | None], list[Any]]] = {
    "of texts": (
        TOPIC,
        STRING,
        ["a", "b"],
        [{"operator": "not", "conditions": [condition("topic", "in", ["a", "b"])]}],
    ),
    "of texts and none": (
        TOPIC,
        STRING,
        ["a", None],
        [{"operator": "not", "conditions": [condition("topic", "in", ["a"])]}, condition("topic", "isnull", False)],
    ),
    "of none": (TOPIC, STRING, [None], [condition("topic", "isnull", False)]),
    "of true": (SUCCESS, BOOLEAN, ["true"], [{"operator": "not", "conditions": [condition("success", "eq", True)]}]),
    "of agents": (AGENT, NUMBER, ["3"], [{"operator": "not", "conditions": [condition("agent_id", "in", [3])]}]),
}


@pytest.mark.parametrize(("group", "data_type", "shown", "expected"), OTHERS.values(), ids=OTHERS)
def test_the_condition_of_the_others(
    group: FieldGroup, data_type: DataType, shown: list[str | None], expected: list[Any]
) -> None:
    assert drill_down.of_other(group, data_type, shown) == expected


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (NOW, "2026-06-01T00:00:00Z"),
        (NOW + timedelta(microseconds=1), "2026-06-01T00:00:00.000001Z"),
        (datetime(2026, 6, 1, 2, tzinfo=ZoneInfo("Europe/Berlin")), "2026-06-01T00:00:00Z"),
    ],
)
def test_times_are_written_in_utc(instant: datetime, text: str) -> None:
    assert rfc3339(instant) == text


def test_nothing_relative_is_left_in_drill_down() -> None:
    definition = WidgetDefinition(
        ChartType.PIE,
        "topic",
        filters={
            "operator": "and",
            "conditions": [
                condition("timestamp", "gte", "today-3d"),
                {"operator": "or", "conditions": [condition("timestamp", "lt", "now-1h"), condition("id", "gt", 5)]},
                {"operator": "not", "conditions": [condition("created_at", "eq", "today")]},
            ],
        },
    )
    query = prepare(definition, chart_scope(1, NOW, timedelta(days=30), time_zone="Asia/Kathmandu"))
    assert query.window.start is not None
    written = json.dumps(drill_down.records(query, query.window.start, query.window.end))
    assert "today" not in written
    assert "now" not in written
    assert '"2026-05-28T18:15:00Z"' in written


async def selects(sessions: Sessions, data: Dataset, items: list[tuple[dict[str, Any], int]]) -> None:
    """Each filter is valid, and selects as many calls as are shown."""
    checked = [
        check_json(filters, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"), limits=COMBINED)[1] for filters, _ in items
    ]
    async with sessions.read(data.project_id) as session:
        counts = await count_calls(session, [(data.project_id, one) for one in checked])
    assert counts == [expected for _, expected in items]


async def run(sessions: Sessions, data: Dataset, *definitions: WidgetDefinition) -> list[Any]:
    scope = chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id)
    return [*await run_charts(sessions, [prepare(definition, scope) for definition in definitions])]


async def test_more_labels_than_can_be_shown(sessions: Sessions, engine: AsyncEngine) -> None:
    """130 topics, agents' ids aside; the first has two calls, and one call has none."""
    topics = [None, "topic 000", *(f"topic {number:03}" for number in range(130))]
    rows = [
        {
            "call_id": str(at),
            "timestamp": NOW - timedelta(hours=at + 1),
            "topic": topic,
            "duration": float(at),
            "evaluations": [("mood", topic)],
        }
        for at, topic in enumerate(topics)
    ]
    data = await store(engine, rows)
    group = {"type": "field", "field": "topic", "top": MAX_TOP}
    mood = data.metrics["mood"].id
    pie, ranked, listed, bar, of_metric = await run(
        sessions,
        data,
        WidgetDefinition(ChartType.PIE, "topic"),
        WidgetDefinition(ChartType.LIST, "topic"),
        WidgetDefinition(ChartType.LIST, "duration", None, Aggregation.MAX, group_by=group),
        WidgetDefinition(ChartType.BAR, "duration", None, Aggregation.P50, TimePeriod.MONTH, group),
        WidgetDefinition(ChartType.PIE, "metric_evaluations.value", mood),
    )
    assert isinstance(pie, PieResult)
    assert (pie.total, pie.rest, pie.rest_labels) == (132, 31, 31)
    assert isinstance(ranked, ListResult)
    assert (len(ranked.rows), ranked.total_rows, ranked.sample_count) == (100, 131, 132)
    assert isinstance(listed, ListResult)
    assert [row.value for row in listed.rows[:2]] == [131.0, 130.0]
    assert isinstance(bar, BarResult)
    assert [(series.is_other, series.sample_count) for series in bar.series[-2:]] == [(False, 1), (True, 31)]
    assert isinstance(of_metric, PieResult)
    for top in (1, 20, MAX_TOP):
        shown = slices(pie, top)
        assert len(shown) == top + 1
        assert sum(one.value for one in shown) == 132
        items = [(one.filters, one.value) for one in (shown[0], shown[-2], shown[-1])]
        items += [(one.filters, one.value) for one in (slices(of_metric, top)[0], slices(of_metric, top)[-1])]
        await selects(sessions, data, items)
    await selects(sessions, data, [(series.filters, series.sample_count) for series in (bar.series[0], bar.series[-1])])


async def test_as_many_ranges_as_there_can_be(sessions: Sessions, engine: AsyncEngine) -> None:
    rows = [
        {"call_id": str(at), "timestamp": NOW - timedelta(hours=at + 1), "duration": float(at)}
        for at in range(MAX_RANGES + 5)
    ]
    data = await store(engine, rows)
    buckets = [{"label": f"< {at}", "condition": {"op": "lt", "value": at}} for at in range(1, MAX_RANGES + 1)]
    for top in (1, MAX_RANGES // 2, MAX_RANGES, MAX_RANGES + 1):
        group = {"type": "bucket", "buckets": buckets, "top": top}
        (bar,) = await run(
            sessions, data, WidgetDefinition(ChartType.BAR, "duration", None, Aggregation.SUM, TimePeriod.WEEK, group)
        )
        assert isinstance(bar, BarResult)
        assert bar.series[0].label == "Other"
        assert len(bar.series) == min(top, MAX_RANGES) + 1
        await selects(sessions, data, [(series.filters, series.sample_count) for series in bar.series])


@pytest.mark.parametrize("length", [1_000, 1_001, 20_000])
async def test_labels_of_any_length(sessions: Sessions, engine: AsyncEngine, length: int) -> None:
    """A metadata value is longer than what a person may write in a filter, and is a label all the same."""
    rows: list[dict[str, Any]] = [
        {"call_id": "1", "timestamp": NOW - timedelta(hours=1), "metadata": {"note": "é" * length}},
        {"call_id": "2", "timestamp": NOW - timedelta(hours=2), "metadata": {"note": "short"}},
        {"call_id": "3", "timestamp": NOW - timedelta(hours=3), "metadata": {"note": "short"}},
    ]
    data = await store(engine, rows)
    (pie,) = await run(sessions, data, WidgetDefinition(ChartType.PIE, "metadata.note"))
    assert isinstance(pie, PieResult)
    items = [(one.filters, one.value) for top in (1, 20) for one in slices(pie, top)]
    assert [count for _, count in items] == [2, 1, 2, 1]
    await selects(sessions, data, items)
