"""Text of the client's is a value in every place: it changes no statement and breaks none."""

from typing import Any

import pytest

from filters import OPERATORS, FieldType, Op, Operator
from filters.operators import Arity
from filters.selections import Not
from tests.graph.conftest import CALLS, World

HOSTILE = [
    "'",
    '"',
    "\\",
    "%",
    "_",
    "'; drop table call_logs; --",
    "') or 1=1 --",
    "$1",
    ":name",
    "%(name)s",
    "{0}",
    "é漢🙂",
]

PREVIEW = """query ($i: PreviewWidgetInput!) { previewWidget(input: $i) { __typename
    ... on PieChart { total slices { label value calls(first: 1) { totalCount } } }
    ... on BarChart { series { label sampleCount } } } }"""


QUERY = "query ($f: JSON) { callLogs(filters: $f) { totalCount } }"
NO_REGEX = ("\\", "') or 1=1 --", "{0}")
"""Those of the texts that no regular expression can be."""


def of_texts() -> list[Operator]:
    return [row for row in OPERATORS.values() if FieldType.STRING in row.types and row.arity is not Arity.FLAG]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("row", of_texts(), ids=lambda row: row.name)
async def test_in_a_filters_value(world: World, text: str, row: Operator) -> None:
    filters = {"field": "topic", "op": row.name.value, "value": [text] if row.arity.is_list else text}
    if row.name is Op.REGEX and text in NO_REGEX:
        error = await world.refused(QUERY, {"f": filters})
        assert error["extensions"]["code"] == "INVALID_FILTER"
        return
    data = await world.ask(QUERY, {"f": filters})
    assert data["callLogs"]["totalCount"] == (CALLS if isinstance(row.selects, Not) else 0)


@pytest.mark.parametrize("text", HOSTILE)
async def test_in_a_metadata_key(world: World, text: str) -> None:
    filters = {"field": f"metadata.{text}", "op": "isnull", "value": True}
    data = await world.ask("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": filters})
    assert data["callLogs"]["totalCount"] == CALLS
    shape: dict[str, Any] = {"chartType": "PIE", "field": f"metadata.{text}"}
    chart = (await world.ask(PREVIEW, {"i": shape}))["previewWidget"]
    assert chart["slices"] == [{"label": None, "value": CALLS, "calls": {"totalCount": CALLS}}]
    shape = {
        "chartType": "BAR",
        "field": "duration",
        "aggregation": "COUNT",
        "timePeriod": "WEEK",
        "groupBy": {"type": "field", "field": f"metadata.{text}"},
    }
    assert (await world.ask(PREVIEW, {"i": shape}))["previewWidget"]["__typename"] == "BarChart"


@pytest.mark.parametrize("text", HOSTILE)
async def test_in_a_label_that_calls_have(world: World, text: str) -> None:
    from sqlalchemy import update

    from models import CallLog

    async with world.sessions.write(world.project_id) as session:
        await session.execute(
            update(CallLog)
            .where(CallLog.project_id == world.project_id, CallLog.id.in_(world.calls[:5]))
            .values(topic=text)
        )
    chart = (await world.ask(PREVIEW, {"i": {"chartType": "PIE", "field": "topic"}}))["previewWidget"]
    mine = [slice for slice in chart["slices"] if slice["label"] == text]
    assert mine == [{"label": text, "value": 5, "calls": {"totalCount": 5}}]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["field", "op", "operator"])
async def test_in_the_names_of_a_filter(world: World, text: str, place: str) -> None:
    condition = {"field": "topic", "op": "eq", "value": "x"}
    filters = {"operator": text, "conditions": [condition]} if place == "operator" else {**condition, place: text}
    error = await world.refused("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": filters})
    assert error["extensions"]["code"] == "INVALID_FILTER"


@pytest.mark.parametrize("text", HOSTILE)
async def test_in_the_field_and_group_of_a_widget(world: World, text: str) -> None:
    for shape in (
        {"chartType": "PIE", "field": text},
        {"chartType": "LINE", "field": "duration", "groupBy": {"type": "field", "field": text}},
    ):
        chart = (await world.ask(PREVIEW, {"i": shape}))["previewWidget"]
        assert chart["__typename"] == "InvalidWidget"
