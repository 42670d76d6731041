"""Requests that may not read the schema: no introspection, and no near names."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from strawberry.types import ExecutionResult

from graph.context import Context
from graph.schema import schema
from models import Role, TimePeriod
from models.sessions import Sessions
from resolvers.rights import Rights
from resolvers.scope import Scope

HIDDEN = Rights(Role.VIEWER, can_introspect=False)
SHOWN = Rights(Role.VIEWER)
HINT = re.compile("Did you mean|Allowed values")

READING = {
    "schema": "{ __schema { queryType { name } } }",
    "type": '{ __type(name: "CallLog") { name } }',
    "alias": "{ a: __schema { queryType { name } } }",
    "inline": "{ ... on Query { __schema { queryType { name } } } }",
    "fragment": "{ ...F } fragment F on Query { ...G } fragment G on Query { __schema { queryType { name } } }",
    "payload": 'mutation { revokeApiKey(input: {id: "x"}) { query { __schema { queryType { name } } } } }',
    "skipped": "{ __schema @skip(if: true) { queryType { name } } }",
    "other operation": "query A { __typename } query B { __schema { queryType { name } } }",
}


async def send(
    sessions: Sessions, rights: Rights, query: str, variables: dict[str, Any] | None = None
) -> ExecutionResult:
    """Executes a document with rights."""
    scope = Scope(1, sessions, datetime.now(UTC), None, rights=rights)
    name = "A" if query.startswith("query A") else None
    return await schema.execute(query, variables, Context(scope), operation_name=name)


@pytest.mark.parametrize("query", READING.values(), ids=READING)
async def test_the_schema_is_not_read(sessions: Sessions, query: str) -> None:
    answer = await send(sessions, HIDDEN, query)
    assert answer.data is None
    assert [error.extensions for error in answer.errors or ()] == [{"code": "FORBIDDEN"}]


@pytest.mark.parametrize("query", READING.values(), ids=READING)
async def test_others_read_it(sessions: Sessions, query: str) -> None:
    answer = await send(sessions, SHOWN, query)
    assert "not allowed to read the schema" not in str(answer.errors)


async def test_names_of_types_can_be_asked(sessions: Sessions) -> None:
    assert (await send(sessions, HIDDEN, "{ __typename }")).data == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ("{ dashboard_ }", None, "Cannot query field 'dashboard_' on type 'Query'."),
        ("{ callLog(idd: 1) { id } }", None, "Unknown argument 'idd' on field 'Query.callLog'."),
        ("query($a: Strin) { __typename }", None, "Unknown type 'Strin'."),
        (
            'mutation($a: Role!) { createApiKey(input: {name: "k", role: $a}) { secret } }',
            {"a": "VIEWE"},
            "Variable '$a' has invalid value: Value 'VIEWE' does not exist in 'Role' enum.",
        ),
    ],
)
async def test_names_of_the_schema_are_not_told(
    sessions: Sessions, query: str, variables: dict[str, Any] | None, message: str
) -> None:
    hidden = await send(sessions, HIDDEN, query, variables)
    shown = await send(sessions, SHOWN, query, variables)
    assert message in [error.message for error in hidden.errors or ()]
    assert HINT.search(str(shown.errors))
    assert not HINT.search(str(hidden.errors))
    assert [error.locations for error in hidden.errors or ()] == [error.locations for error in shown.errors or ()]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ previewWidget(input: {chartType: BAR, timePeriod: MINUTE}) { data { __typename } } }", None),
        ('{ previewWidget(input: {chartType: BAR, timePeriod: "day"}) { data { __typename } } }', None),
        ("query($p: TimePeriod = 5) { previewWidget(input: {chartType: BAR, timePeriod: $p}) { __typename } }", None),
        (
            "query($p: TimePeriod) { previewWidget(input: {chartType: BAR, timePeriod: $p}) { __typename } }",
            {"p": "MINUTE"},
        ),
        (
            "query($i: PreviewWidgetInput!) { previewWidget(input: $i) { __typename } }",
            {"i": {"chartType": "BAR", "timePeriod": "it's \n 'MINUTE' enum."}},
        ),
        (
            "query($i: PreviewWidgetInput!) { previewWidget(input: $i) { __typename } }",
            {"i": {"chartType": "BAR", "timePeriod": 5}},
        ),
    ],
)
async def test_values_that_an_enum_does_not_have(
    sessions: Sessions, query: str, variables: dict[str, Any] | None
) -> None:
    answer = await send(sessions, SHOWN, query, variables)
    told = [error.message for error in answer.errors or ()]
    allowed = ", ".join(period.name for period in TimePeriod)
    assert any(message.endswith(f". Allowed values: {allowed}.") for message in told), told
    assert "Did you mean" not in str(told)
