"""Text of the user's in every place of a chart: refused with a fault, or taken literally."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, ListResult, PieResult, StatResult
from aggregation.answer.slices import slices
from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import ChartError, InvalidFilterError, InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, WidgetDefinition
from aggregation.service import run_charts
from filters import COMBINED, OPERATORS, FieldType, Op, Operator, check_json
from filters.operators import Arity
from filters.selections import Not
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STORABLE = {
    "quote": "a'b",
    "statement": "'; drop table call_logs; --",
    "double quote": 'a"b',
    "dollar quote": "$$a$$",
    "dollar": "$1",
    "percent": "100%",
    "format": "%s %(x)s %%",
    "colon": ":param ::text",
    "backslash": "\\'",
    "braces": "{0} {project_id:d}",
    "comment": "/* */ --",
    "cast": "1::int",
    "newline": "a\nb\tc",
    "question mark": "a ? b ?| c",
    "unicode": "ünï 🎈 \u202e \u00a0 \u200d",
    "pointer": "a/b~c",
    "empty brackets": "[]",
    "long": "x" * 200,
}
UNSTORABLE = {"NUL": "a\0b", "half a surrogate pair": "a\ud800", "other half": "\udfff"}


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    """A call for each text, which is its topic, a metadata key and that key's value."""
    rows: list[dict[str, Any]] = [
        {
            "call_id": str(number),
            "timestamp": NOW - timedelta(hours=number + 1),
            "duration": 5.0,
            "topic": payload,
            "metadata": {payload: payload},
            "evaluations": [("mood", payload)],
        }
        for number, payload in enumerate(STORABLE.values())
    ]
    return await store(engine, rows)


def scope(data: Dataset, **more: Any) -> ChartScope:
    return chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id, **more)


async def run(sessions: Sessions, data: Dataset, definition: WidgetDefinition) -> Any:
    (result,) = await run_charts(sessions, [prepare(definition, scope(data))])
    assert not isinstance(result, ChartError), result
    return result


OF_TEXTS = [row for row in OPERATORS.values() if FieldType.STRING in row.types and row.arity is not Arity.FLAG]


def topic(row: Operator, text: str) -> dict[str, Any]:
    """A condition on a text by an operator; a list has an innocent text before."""
    return {"field": "topic", "op": row.name.value, "value": ["no topic", text] if row.arity.is_list else text}


async def counts(sessions: Sessions, data: Dataset, filters: dict[str, Any]) -> int:
    checked = check_json(filters, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"), limits=COMBINED)[1]
    async with sessions.read(data.project_id) as session:
        return (await count_calls(session, [(data.project_id, checked)]))[0]


@pytest.mark.parametrize("payload", STORABLE.values(), ids=STORABLE)
async def test_text_is_taken_literally(sessions: Sessions, data: Dataset, payload: str) -> None:
    everything = len(STORABLE)
    bar = {"aggregation": Aggregation.COUNT, "time_period": TimePeriod.MONTH}
    # As a filter's value, in every operator of text.
    for row in OF_TEXTS:
        if row.name is not Op.REGEX:
            found = await run(sessions, data, WidgetDefinition(ChartType.STAT, filters=topic(row, payload)))
            assert isinstance(found, StatResult)
            assert found.sample_count == (everything - 1 if isinstance(row.selects, Not) else 1)
    # As a metadata key: of a filter, of a pie, of a grouping.
    key = f'metadata."{payload}"' if "::" in payload else f"metadata.{payload}"
    pie = await run(
        sessions, data, WidgetDefinition(ChartType.PIE, key, filters={"field": key, "op": "eq", "value": payload})
    )
    assert isinstance(pie, PieResult)
    assert pie.counts == ((payload, 1),)
    assert await counts(sessions, data, slices(pie)[0].filters) == 1
    rows = await run(
        sessions, data, WidgetDefinition(ChartType.LIST, "topic", group_by={"type": "field", "field": key})
    )
    assert isinstance(rows, ListResult)
    assert [(row.label, row.sample_count) for row in rows.rows] == [(None, everything - 1), (payload, 1)]
    for row in rows.rows:
        assert await counts(sessions, data, row.filters) == row.sample_count
    # As the label of series.
    for field in ("topic", f"metric:{data.metrics['mood'].id}"):
        group = {"type": "field", "field": field, "top": everything}
        series = await run(sessions, data, WidgetDefinition(ChartType.BAR, "topic", **bar, group_by=group))
        assert isinstance(series, BarResult)
        (own,) = [one for one in series.series if one.label == payload]
        assert own.sample_count == await counts(sessions, data, own.filters) == 1
    # As the labels of ranges.
    for condition in ({"op": "eq", "value": 5}, {"op": "eq", "value": 6}):
        other = "Other" if condition["value"] == 5 else payload
        label = payload if condition["value"] == 5 else "six"
        group = {"type": "bucket", "buckets": [{"label": label, "condition": condition}], "other_label": other}
        ranges = await run(sessions, data, WidgetDefinition(ChartType.BAR, "duration", **bar, group_by=group))
        assert isinstance(ranges, BarResult)
        assert [(one.label, one.sample_count) for one in ranges.series] == [(payload, everything)]
        assert await counts(sessions, data, ranges.series[0].filters) == everything


@pytest.mark.parametrize("payload", {**STORABLE, **UNSTORABLE}.values(), ids={**STORABLE, **UNSTORABLE})
def test_text_where_none_belongs_is_refused(data: Dataset, payload: str) -> None:
    bar = {"aggregation": Aggregation.COUNT, "time_period": TimePeriod.DAY}
    refused: dict[str, tuple[WidgetDefinition, dict[str, Any]]] = {
        "field": (WidgetDefinition(ChartType.PIE, payload), {}),
        "group field": (
            WidgetDefinition(ChartType.BAR, "topic", **bar, group_by={"type": "field", "field": payload}),
            {},
        ),
        "group metric": (
            WidgetDefinition(ChartType.BAR, "topic", **bar, group_by={"type": "field", "field": f"metric:{payload}"}),
            {},
        ),
        "group type": (WidgetDefinition(ChartType.BAR, "topic", **bar, group_by={"type": payload}), {}),
        "filter field": (WidgetDefinition(ChartType.STAT, filters={"field": payload, "op": "eq", "value": 1}), {}),
        "filter operator": (
            WidgetDefinition(ChartType.STAT, filters={"field": "topic", "op": payload, "value": 1}),
            {},
        ),
        "filter group": (WidgetDefinition(ChartType.STAT, filters={"operator": payload, "conditions": []}), {}),
        "filter key": (WidgetDefinition(ChartType.STAT, filters={payload: 1}), {}),
        "timestamp": (
            WidgetDefinition(ChartType.STAT, filters={"field": "timestamp", "op": "eq", "value": payload}),
            {},
        ),
        "time from": (WidgetDefinition(ChartType.STAT), {"time_from": payload}),
        "time to": (WidgetDefinition(ChartType.STAT), {"time_to": payload}),
        "time zone": (WidgetDefinition(ChartType.STAT), {"time_zone": payload}),
    }
    for place, (definition, more) in refused.items():
        with pytest.raises((InvalidWidgetError, InvalidFilterError)) as raised:
            prepare(definition, scope(data, **more))
        assert raised.value.faults, place
        for fault in raised.value.faults:
            assert fault.message.encode(), place  # what is shown can be sent


@pytest.mark.parametrize("payload", UNSTORABLE.values(), ids=UNSTORABLE)
def test_text_that_cannot_be_stored_is_refused_everywhere(data: Dataset, payload: str) -> None:
    bar = {"aggregation": Aggregation.COUNT, "time_period": TimePeriod.DAY}
    a_range = {"label": "x", "condition": {"op": "eq", "value": 5}}
    groups: list[Any] = [
        {"type": "field", "field": f"metadata.{payload}"},
        {"type": "bucket", "buckets": [{**a_range, "label": payload}]},
        {"type": "bucket", "buckets": [a_range], "other_label": payload},
    ]
    refused = [
        WidgetDefinition(ChartType.PIE, f"metadata.{payload}"),
        *(WidgetDefinition(ChartType.BAR, "duration", **bar, group_by=group) for group in groups),
        WidgetDefinition(ChartType.STAT, filters={"field": f"metadata.{payload}", "op": "eq", "value": "a"}),
        *(WidgetDefinition(ChartType.STAT, filters=topic(row, payload)) for row in OF_TEXTS),
    ]
    for definition in refused:
        with pytest.raises((InvalidWidgetError, InvalidFilterError)) as raised:
            prepare(definition, scope(data))
        for fault in raised.value.faults:
            assert fault.message.encode(), definition
