"""Lists by two groupings: rows by pairs of labels, reckoned by hand; and what is no such grouping."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.charts import table_of
from aggregation.answer.results import ListResult
from aggregation.answer.tables import TableBounds
from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import ChartError, InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource, Shift, WidgetDefinition
from aggregation.question.row_order import Direction, RowOrder, RowOrderField, RowPage
from aggregation.service import run_charts
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from filters import COMBINED, MaskedFields, check_json
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_cases import UTC_ZONE
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 6, 8, tzinfo=UTC)  # a Monday
LABELS = RowPage(RowOrder(RowOrderField.LABEL, Direction.ASC), 100)
TOPIC: dict[str, Any] = {"type": "field", "field": "topic"}
SUCCESS: dict[str, Any] = {"type": "field", "field": "success"}

# topic, success, duration, moods
CALLS: tuple[tuple[str | None, bool | None, float | None, list[str]], ...] = (
    ("a", True, 10.0, ["happy", "sad"]),
    ("a", True, 20.0, ["happy"]),
    ("a", False, 90.0, []),
    ('a", "b', None, 70.0, []),
    ("ab", True, None, ["sad"]),
    (None, True, 40.0, ["sad", "sad"]),
    (None, None, 400.0, []),
)


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    rows: list[dict[str, Any]] = [
        {
            "call_id": str(at),
            "timestamp": NOW - timedelta(days=1, hours=at + 1),
            "topic": topic,
            "success": success,
            "duration": duration,
            "evaluations": [("mood", mood) for mood in moods],
        }
        for at, (topic, success, duration, moods) in enumerate(CALLS)
    ]
    return await store(engine, rows)


async def listed(
    sessions: Sessions, data: Dataset, group_by: Any, preaggregates: Any = None, **more: Any
) -> ListResult:
    definition = WidgetDefinition(
        ChartType.LIST, "duration", aggregation=more.pop("aggregation", Aggregation.COUNT), group_by=group_by
    )
    scope = chart_scope(
        data.project_id, NOW, timedelta(days=30), metrics=data.by_id, time_from="now-5d", row_pages=(LABELS,), **more
    )
    (result,) = await run_charts(sessions, [prepare(definition, scope)], preaggregates)
    assert not isinstance(result, ChartError), result
    assert isinstance(result, ListResult)
    return result


async def behind(sessions: Sessions, data: Dataset, result: ListResult) -> list[int]:
    checked = [
        check_json(row.filters, CALL_LOG_FIELDS, now=NOW, zone=UTC_ZONE, limits=COMBINED)[1]
        for row in result.pages[LABELS]
    ]
    async with sessions.read(data.project_id) as session:
        return list(await count_calls(session, [(data.project_id, one) for one in checked]))


BY_BOTH = [
    (("a", "false"), 1.0),
    (("a", "true"), 2.0),
    (('a", "b', None), 1.0),
    (("ab", "true"), 0.0),
    ((None, "true"), 1.0),
    ((None, None), 1.0),
]
"""Ordered by the first label and then by the second, not by what they are written as together."""


async def test_rows_are_pairs(sessions: Sessions, data: Dataset) -> None:
    result = await listed(sessions, data, {**TOPIC, "then": SUCCESS}, compare=Shift(days=10))
    assert [(row.labels, row.value) for row in result.pages[LABELS]] == BY_BOTH
    assert result.total_rows == len(BY_BOTH)
    assert [(row.label, row.value) for row in result.rows][:2] == [("a", 2.0), ("a", 1.0)]
    assert all(row.compared is not None and row.compared.value == 0 for row in result.rows)
    assert await behind(sessions, data, result) == [row.sample_count for row in result.pages[LABELS]]
    table = table_of(result, TableBounds(rows=LABELS))
    assert table.columns[:4] == ("label", "second_label", "value", "sample_count")
    assert table.rows[0][:3] == ("a", "false", 1.0)


async def test_pairs_are_pre_aggregated(sessions: Sessions, data: Dataset) -> None:
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, 2**30)
    group_by = {**TOPIC, "then": SUCCESS}
    for aggregation in (Aggregation.COUNT, Aggregation.P50):
        raw = await listed(sessions, data, group_by, preaggregates, aggregation=aggregation)
        await builder.work()
        stored = await listed(sessions, data, group_by, preaggregates, aggregation=aggregation)
        assert (raw.source, stored.source) == (ChartSource.RAW, ChartSource.STORED)
        shown = [
            [(row.labels, row.value, row.sample_count) for row in result.pages[LABELS]] for result in (raw, stored)
        ]
        assert shown[0] == shown[1]


async def test_a_call_with_several_values_of_a_metric_is_in_several_pairs(sessions: Sessions, data: Dataset) -> None:
    mood = {"type": "field", "field": f"metric:{data.metrics['mood'].id}"}
    result = await listed(sessions, data, {**mood, "then": TOPIC})
    rows = [(row.labels, row.value) for row in result.pages[LABELS]]
    assert rows == [
        (("happy", "a"), 2.0),
        (("sad", "a"), 1.0),
        (("sad", "ab"), 0.0),
        (("sad", None), 1.0),
        ((None, "a"), 1.0),
        ((None, 'a", "b'), 1.0),
        ((None, None), 1.0),
    ]
    assert result.sample_count == 6  # each call once
    assert await behind(sessions, data, result) == [row.sample_count for row in result.pages[LABELS]]


async def test_ranges_of_the_plotted_number_twice(sessions: Sessions, data: Dataset) -> None:
    coarse = [{"label": "short", "condition": {"op": "lt", "value": 50}}]
    fine = [
        {"label": "low", "condition": {"op": "lte", "value": 20}},
        {"label": "high", "condition": {"op": "gte", "value": 90}},
    ]
    group_by = {
        "type": "bucket",
        "buckets": coarse,
        "other_label": "long",
        "then": {"type": "bucket", "buckets": fine, "other_label": "middle"},
    }
    result = await listed(sessions, data, group_by)
    assert [(row.labels, row.value) for row in result.pages[LABELS]] == [
        (("long", "high"), 2.0),
        (("long", "middle"), 1.0),
        (("short", "low"), 2.0),
        (("short", "middle"), 1.0),
    ]
    assert await behind(sessions, data, result) == [2, 1, 2, 1]


async def test_days_and_hours_come_in_the_order_of_the_calendar(sessions: Sessions, data: Dataset) -> None:
    days = {"type": "field", "field": "day_of_week"}
    result = await listed(sessions, data, {**days, "then": {"type": "field", "field": "hour_of_day"}})
    hours = [f"{hour:02}" for hour in range(17, 24)]
    assert [row.labels for row in result.rows] == [("Saturday", hour) for hour in hours]
    assert await behind(sessions, data, result) == [row.sample_count for row in result.rows]


WRONG = {
    "not an object": ({**TOPIC, "then": "success"}, "/groupBy/then", "must be an object"),
    "a wrong type": ({**TOPIC, "then": {"type": "pair"}}, "/groupBy/then/type", 'must be "field"'),
    "bins": ({**TOPIC, "then": {"type": "bins", "max_bins": 5}}, "/groupBy/then/type", '"field" or "bucket"'),
    "a wrong field": ({**TOPIC, "then": {**TOPIC, "field": "topik"}}, "/groupBy/then/field", "cannot be grouped"),
    "a wrong range": (
        {**TOPIC, "then": {"type": "bucket", "buckets": [{"label": "x", "condition": {"op": "lt", "value": "9"}}]}},
        "/groupBy/then/buckets/0/condition/value",
        "takes a number",
    ),
    "a third one": ({**TOPIC, "then": {**SUCCESS, "then": TOPIC}}, "/groupBy/then/then", "only one other"),
    "the same twice": ({**TOPIC, "then": {**TOPIC, "top": 3}}, "/groupBy/then", "are the same"),
    "a key too many": ({**TOPIC, "then": {**SUCCESS, "tpo": 3}}, "/groupBy/then", "'tpo' is not a valid key"),
}


@pytest.mark.parametrize(("group_by", "path", "message"), WRONG.values(), ids=WRONG)
def test_wrong_second_groupings_are_refused(group_by: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidWidgetError) as raised:
        prepare(WidgetDefinition(ChartType.LIST, "duration", group_by=group_by), chart_scope(1, NOW, None))
    (fault,) = raised.value.faults
    assert fault.path == path
    assert message in fault.message


def test_only_lists_take_a_second_grouping() -> None:
    for chart_type in (ChartType.BAR, ChartType.LINE, ChartType.HISTOGRAM):
        is_bar = chart_type is ChartType.BAR
        definition = WidgetDefinition(
            chart_type,
            "duration",
            aggregation=Aggregation.COUNT if is_bar else None,
            time_period=TimePeriod.DAY if is_bar else None,
            group_by={**TOPIC, "then": SUCCESS},
        )
        with pytest.raises(InvalidWidgetError) as raised:
            prepare(definition, chart_scope(1, NOW, None))
        (fault,) = raised.value.faults
        assert (fault.path, fault.allowed) == ("/groupBy/then", ("LIST",))


def test_a_masked_field_is_refused_as_a_second_grouping() -> None:
    group_by = {**TOPIC, "then": {"type": "field", "field": "customer_number"}}
    scope = replace(chart_scope(1, NOW, None), masked=MaskedFields(frozenset({"customer_number"})))
    with pytest.raises(InvalidWidgetError) as raised:
        prepare(WidgetDefinition(ChartType.LIST, "duration", group_by=group_by), scope)
    (fault,) = raised.value.faults
    assert (fault.code, fault.path) == ("MASKED_FIELD", "/groupBy/then/field")
