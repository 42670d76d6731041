"""Any filter, asked for everywhere, against PostgreSQL and rows: refused with its fault, or answered alike."""

import random
from typing import Any, cast

import pytest
from graphql import GraphQLInputType
from hypothesis import given
from hypothesis import strategies as st

from filters import OPERATORS
from filters.operators import Arity
from filters.syntax import GroupOperator
from graph.schema import schema
from tests.filters.filter_cases import condition, group
from tests.filters.test_filter_robustness import NEARLY, ODD
from tests.fuzzing import json_values, texts, trying
from tests.graph.conftest import World
from tests.graph.drawn_operations import Operations

pytestmark = [pytest.mark.fuzz, pytest.mark.slow]

FIELDS = ("topic", "call_id", "duration", "timestamp", "success", "agent.id", "agent.agent_name", "customer_number")
PATTERN = st.lists(
    st.sampled_from((*"ab.*+?()[]{}|^$\\-,1", "[[:alpha:]]", "(?i)", "***=", "\\m", "{1,9}", "é")), max_size=8
)
METADATA = texts.map(lambda text: f"metadata.{text}")
REGEX = st.builds(condition, st.sampled_from(("topic", "metadata.region")), st.just("regex"), PATTERN.map("".join))


def _value(op: str) -> st.SearchStrategy[Any]:
    one = st.one_of(st.sampled_from(ODD), texts)
    match OPERATORS[op].arity:
        case Arity.ONE:
            return one
        case Arity.LIST:
            return st.lists(one, min_size=1, max_size=4)
        case Arity.PAIR:
            return st.lists(one, min_size=2, max_size=2)
        case Arity.FLAG:
            return st.booleans()


LIKELY = st.tuples(st.one_of(st.sampled_from(FIELDS), METADATA), st.sampled_from([*OPERATORS])).flatmap(
    lambda chosen: st.builds(condition, st.just(chosen[0]), st.just(chosen[1]), _value(chosen[1]))
)
TREES = st.recursive(
    st.one_of(LIKELY, LIKELY, REGEX),
    lambda below: st.builds(
        lambda operator, members: group(operator, *members),
        st.sampled_from([operator.value for operator in GroupOperator]),
        st.lists(below, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
ASKED = """query ($f: JSON, $d: ID, $w: ID!) {
    validateFilters(filters: $f) { isValid errors { message } warnings { message } normalized description }
    callLogs(filters: $f, first: 3) { totalCount edges { node { id } } }
    filterWaterfall(filters: $f, dashboardId: $d) { total remaining steps { __typename } }
    widget(id: $w) { data(filters: $f) { __typename ... on Error { code message } } effectiveFilters(filters: $f) }
}"""
CODES = ("INVALID_FILTER", "LIMIT_EXCEEDED", "COST_EXCEEDED", "METADATA_TYPE_MISMATCH")


@given(filters=st.one_of(TREES, TREES, NEARLY, json_values()))
@trying(80)
async def test_as_json(world: World, filters: Any) -> None:
    given_values = {"f": filters, "d": world.id("Dashboard", world.dashboard), "w": world.widget("Topics")}
    result = await world.run(ASKED, given_values)
    codes = [str((error.extensions or {}).get("code")) for error in result.errors or []]
    assert "INTERNAL_ERROR" not in repr(result.data)
    assert not {*codes} - {*CODES}, result.errors
    told = (result.data or {}).get("validateFilters")
    if told and told["isValid"]:
        assert result.data is not None
        assert "INVALID_FILTER" not in codes
        again = await world.ask(ASKED, {**given_values, "f": told["normalized"]})
        assert again["callLogs"] == result.data["callLogs"]
    elif told:
        assert told["errors"]
        assert codes


@given(seed=st.integers(0, 2**32))
@trying(60)
async def test_typed(world: World, seed: int) -> None:
    drawn = Operations(schema._schema, random.Random(seed), {"Agent": [world.id("Agent", world.agents[0])]}, ["topic"])
    kind = schema._schema.type_map["CallLogFilter"]
    where: Any = drawn.value(cast("GraphQLInputType", kind), 5, "")
    asked = "query ($where: CallLogFilter) { callLogs(where: $where, first: 3) { totalCount edges { node { id } } } }"
    result = await world.run(asked, {"where": where})
    for error in result.errors or []:
        assert (error.extensions or {}).get("code") != "INTERNAL_ERROR", error
    if result.errors:
        assert result.data is None or result.data["callLogs"] is None
