"""Codes of faults and origins of wrong filters are enums, which one document can ask all kinds of errors for."""

from typing import Any

import filters
from aggregation.question.faults import FaultOrigin, WidgetFaultCode
from graph.fault_codes import FaultCode, InvalidFilterOrigin
from tests.graph.conftest import World

QUERY = """
query ($input: PreviewWidgetInput!) { previewWidget(input: $input) {
  ... on InvalidFilter { code origin filterOrigin faults { code __typename } }
  ... on InvalidWidget { code faults { code __typename } }
} }
"""
DURATION = {"chartType": "STAT", "field": "duration", "aggregation": "AVG"}


async def _answer(world: World, **changed: Any) -> Any:
    return (await world.ask(QUERY, {"input": {**DURATION, **changed}}))["previewWidget"]


def test_every_code_and_origin_is_a_member() -> None:
    assert {code.value for code in FaultCode} == {code.value for code in (*filters.FaultCode, *WidgetFaultCode)}
    assert [origin.value for origin in InvalidFilterOrigin] == [*FaultOrigin]


async def test_a_document_can_ask_both_kinds_of_faults_for_their_codes(world: World) -> None:
    wrong = await _answer(world, filters={"field": "topc", "op": "eq", "value": 1})
    assert wrong == {
        "code": "INVALID_FILTER",
        "origin": "widget",
        "filterOrigin": "WIDGET",
        "faults": [{"code": "UNKNOWN_FIELD", "__typename": "FilterFault"}],
    }
    wrong = await _answer(world, field="topic")
    assert wrong == {
        "code": "INVALID_WIDGET",
        "faults": [{"code": "INVALID_COMBINATION", "__typename": "WidgetFault"}],
    }


async def test_a_wrong_time_range_is_an_origin(world: World) -> None:
    wrong = await _answer(world, timeRange={"from": "yesterday"})
    assert (wrong["origin"], wrong["filterOrigin"]) == ("timeRange", "TIME_RANGE")
