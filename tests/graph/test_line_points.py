"""Points of lines: whose call each is, and that what is read one by one and by columns is the same."""

from typing import Any

import pytest

from resolvers.loaders.meter import Meter
from tests.conftest import Statements
from tests.graph.conftest import World

PLAIN = "key databaseId callLogId timestamp value group"
WHOLE = PLAIN + " filters call { id databaseId duration } calls(first: 2) { totalCount edges { node { id } } }"


def _asked(selected: str) -> str:
    return (
        "query ($id: ID!) { widget(id: $id) { data { ... on LineChart { "
        f"points {{ {selected} }} series {{ points {{ {selected} }} }} }} }} }} }}"
    )


async def _chart(world: World, selected: str) -> Any:
    asked = {"id": world.widget("Durations")}
    return (await world.ask(_asked(selected), asked, meter=Meter(max_cost=100_000)))["widget"]["data"]


async def test_a_point_names_its_call_in_every_way(world: World) -> None:
    chart = await _chart(world, WHOLE)
    assert chart["points"]
    assert chart["series"] == [{"points": chart["points"]}]
    for point in chart["points"]:
        number, call_id = point["databaseId"], world.id("CallLog", point["databaseId"])
        assert number in world.calls
        assert point["key"] == str(number)
        assert point["callLogId"] == call_id
        assert point["call"] == {"id": call_id, "databaseId": number, "duration": point["value"]}
        assert point["filters"] == {"field": "id", "op": "eq", "value": number}
        assert point["calls"] == {"totalCount": 1, "edges": [{"node": {"id": call_id}}]}


async def test_plain_points_are_the_same_by_columns(world: World) -> None:
    whole = (await _chart(world, WHOLE))["points"]
    plain = (await _chart(world, PLAIN))["points"]
    assert plain == [{name: point[name] for name in PLAIN.split()} for point in whole]


async def test_the_calls_of_all_points_are_read_at_once(world: World, statements: Statements) -> None:
    await _chart(world, PLAIN + " call { id }")
    assert sum("call_logs.call_id" in sql for sql in statements.everything) == 1


@pytest.mark.parametrize("selected", ["id", "... on Node { id }"])
async def test_a_point_has_no_id_of_its_own(world: World, selected: str) -> None:
    result = await world.run(_asked(selected), {"id": world.widget("Durations")})
    assert result.errors
    assert result.data is None
