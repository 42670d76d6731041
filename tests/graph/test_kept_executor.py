"""What is kept with a document never shows in the answers: they are those of an executor that is made for each."""

from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, OperationDefinitionNode, build_schema, execute, parse

from graph.kept_executor import MOST_SELECTED, KeptExecutor

SCHEMA = build_schema(
    """
    interface Named { name: String! }
    type Agent implements Named { name: String!, calls(first: Int! = 1): Int! }
    type Metric implements Named { name: String!, unit: String }
    type Query { agent(name: String = "Ana"): Agent, broken: Agent, named: Named }
    type Mutation { rename(name: String!): Agent }
    """
)
AGENT = {"__typename": "Agent", "name": "Ana", "calls": lambda _info, first: 10 * first}
ROOT = {
    "agent": lambda _info, name: {**AGENT, "name": name},
    "broken": {"__typename": "Agent", "name": None},
    "rename": lambda _info, name: {**AGENT, "name": name},
}


def kept(schema: GraphQLSchema, text: str) -> KeptExecutor:
    document = parse(text, max_tokens=10_000)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return KeptExecutor.of(schema, document, operation)


def answer(executor: KeptExecutor, root: Any, variables: dict[str, Any]) -> tuple[Any, Any]:
    copy = executor.copied(root, None, variables, None)
    if isinstance(copy, list):
        return None, [error.formatted for error in copy]
    done: Any = copy.execute_operation()
    return done.data, [error.formatted for error in done.errors] if done.errors else None


def standard(text: str, root: Any, variables: dict[str, Any]) -> tuple[Any, Any]:
    done = execute(SCHEMA, parse(text), root, variable_values=variables)
    assert isinstance(done, ExecutionResult)
    return done.data, [error.formatted for error in done.errors] if done.errors else None


METRIC = {**ROOT, "named": {"__typename": "Metric", "name": "csat", "unit": "points"}}
NAMED = {**ROOT, "named": AGENT}


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("{ agent { name } }", [(ROOT, {}), (ROOT, {})]),
        (
            "query ($n: String, $first: Int!) { agent(name: $n) { name calls(first: $first) } }",
            [(ROOT, {"n": "Ben", "first": 2}), (ROOT, {"first": 1}), (ROOT, {"n": None, "first": 3}), (ROOT, {})],
        ),
        (
            "query ($with: Boolean!) { agent { name @include(if: $with) calls @skip(if: $with) } }",
            [(ROOT, {"with": True}), (ROOT, {"with": False}), (ROOT, {"with": True}), (ROOT, {"with": "yes"})],
        ),
        (
            "query ($with: Boolean!) { agent { ...F @include(if: $with) } named { name } } "
            "fragment F on Agent { calls }",
            [(NAMED, {"with": True}), (METRIC, {"with": False}), (NAMED, {"with": False})],
        ),
        ("{ agent { name @skip(if: true) calls @include(if: true) } }", [(ROOT, {}), (ROOT, {})]),
        (
            "{ named { ...on Metric { unit } ...on Agent { calls } ...F } } fragment F on Named { name }",
            [(NAMED, {}), (METRIC, {}), (NAMED, {}), ({**ROOT, "named": None}, {})],
        ),
        ("{ broken { name } agent { name } }", [(ROOT, {}), ({**ROOT, "broken": AGENT}, {}), (ROOT, {})]),
        (
            'mutation ($n: String!) { a: rename(name: $n) { name } b: rename(name: "b") { name } }',
            [(ROOT, {"n": "c"}), (ROOT, {"n": "d"})],
        ),
    ],
)
def test_each_request_is_answered_as_by_an_executor_of_its_own(
    text: str, requests: list[tuple[Any, dict[str, Any]]]
) -> None:
    executor = kept(SCHEMA, text)

    assert [answer(executor, root, variables) for root, variables in requests] == [
        standard(text, root, variables) for root, variables in requests
    ]


def test_errors_of_one_request_are_not_those_of_the_next() -> None:
    executor = kept(SCHEMA, "{ broken { name } }")

    first, second = answer(executor, ROOT, {}), answer(executor, ROOT, {})

    assert first == second
    assert len(first[1]) == 1


def test_what_is_selected_is_collected_once() -> None:
    executor = kept(SCHEMA, "{ agent { name } named { name } }")
    answer(executor, NAMED, {})
    collected = [*executor._relevant_sub_fields.values()]

    answer(executor, NAMED, {})

    again = [*executor._relevant_sub_fields.values()]
    assert len(collected) == 2
    assert all(one is other for one, other in zip(collected, again, strict=True))


def test_of_fragments_that_are_spread_many_times_nothing_is_kept() -> None:
    """A text of some kilobytes selects many times as much as it has tokens."""
    fields = " ".join(f"f{number}: name" for number in range(200))
    spread = " ".join(f"a{number}: agent {{ ...F }}" for number in range(200))
    text = f"{{ {spread} }} fragment F on Agent {{ {fields} }}"
    executor = kept(SCHEMA, text)
    assert parse(text).token_count * MOST_SELECTED < 200 * 200

    for _ in range(2):
        data, errors = answer(executor, ROOT, {})
        assert errors is None
        assert data["a199"]["f199"] == "Ana"
        assert executor.copied(ROOT, None, {}, None) is not None
        assert not executor._relevant_sub_fields
