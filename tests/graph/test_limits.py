"""Documents that are too large are refused before they cost anything."""

import asyncio
import threading

import pytest
from graphql import GraphQLError, get_introspection_query, parse

from graph.context import Context
from graph.documents import LARGE, MAX_CACHE_TOKENS, MAX_REMEMBERED, MAX_WAITING, Documents
from graph.limits import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_NAME,
    MAX_NUMBER,
    MAX_OPERATIONS,
    MAX_REPEATS,
    MAX_TOKENS,
    check_size,
)
from graph.schema import build_schema, schema
from resolvers.scope import Scope
from tests.graph.conftest import NOW, World
from tests.graph.test_dashboard_query import DASHBOARD


def _diamonds(levels: int) -> str:
    fragments = [
        f"fragment f{level} on Widget {{ a{level}: dashboard {{ widgets {{ ...f{level + 1} }} }} "
        f"b{level}: dashboard {{ widgets {{ ...f{level + 1} }} }} }}"
        for level in range(levels)
    ]
    return "\n".join(['{ widget(id: "") { ...f0 } }', *fragments, f"fragment f{levels} on Widget {{ name }}"])


def _flat_diamonds(levels: int) -> str:
    fragments = [f"fragment f{level} on Query {{ ...f{level + 1} ...f{level + 1} }}" for level in range(levels)]
    return "\n".join(["{ ...f0 }", *fragments, f"fragment f{levels} on Query {{ viewer {{ now }} }}"])


TOO_LARGE = [
    pytest.param(_diamonds(4), None, id="small-diamonds"),
    pytest.param(_diamonds(8), "aliases", id="diamonds"),
    pytest.param(_diamonds(60), "over a billion", id="large-diamonds"),
    pytest.param(_flat_diamonds(40), "fields", id="flat-diamonds"),
    pytest.param(
        "{ " + " ".join(f"a{n}: viewer {{ now }}" for n in range(MAX_ALIASES + 1)) + " }", "aliases", id="aliases"
    ),
    pytest.param("{ " + "viewer { now } " * (MAX_FIELDS // 2 + 1) + "}", "fields", id="fields"),
    pytest.param("{ " + "viewer { now } " * 500 + "}", "requests viewer 500 times", id="repeats"),
    pytest.param(
        "{ "
        + f"viewer {{ {'now ' * 40} }} ... {{ ...f }} " * 20
        + f"}} fragment f on Query {{ viewer {{ {'now ' * 5} }} }}",
        "requests viewer.now 900 times",
        id="repeats-in-repeats",
    ),
    pytest.param(
        "{ ...f0 } " + "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(60)),
        "selects over a billion times",
        id="diamonds-of-nothing",
    ),
    pytest.param(
        '{ widget(id: "") ' + "{ dashboard { widgets " * 10 + "{ name }" + "} }" * 10 + " }", "deep", id="deep"
    ),
    pytest.param("{ a " * 3_000 + "}" * 3_000, "deep", id="deeper-than-the-parser"),
    pytest.param("{ " + "viewer { now } " * 4_000 + "}", "tokens", id="tokens"),
    pytest.param(
        "{ viewer { now } }" + "".join(f"fragment f{n} on Query {{ viewer {{ now }} }}" for n in range(300)),
        "fragments",
        id="fragments",
    ),
    pytest.param(
        " ".join(f"query q{n} {{ viewer {{ now }} }}" for n in range(MAX_OPERATIONS + 1)), "operations", id="operations"
    ),
    pytest.param("{ viewer { now } } " + "#" * 100_000, "characters", id="characters"),
    pytest.param(f"{{ viewer {{ {'n' * (MAX_NAME + 1)} }} }}", "A name on line 1", id="name"),
]


@pytest.mark.parametrize(("query", "word"), TOO_LARGE)
async def test_a_document_is_bounded_and_refused(world: World, query: str, word: str | None) -> None:
    result = await world.run(query)
    assert result.errors is not None
    if word is not None:
        assert word in result.errors[0].message
        assert "Internal" not in result.errors[0].message


async def test_the_largest_document_allowed_is_answered(world: World) -> None:
    query = "{ " + "viewer { now } " * MAX_REPEATS + "filterFields { name " + "operators " * MAX_REPEATS + "} }"
    assert "viewer" in await world.ask(query)


@pytest.mark.parametrize(
    "query",
    [DASHBOARD, get_introspection_query(descriptions=True, input_value_deprecation=True)],
    ids=["dashboard", "introspection"],
)
def test_what_clients_really_send_is_far_within_the_limits(query: str) -> None:
    assert check_size(parse(query)) is None


def test_fragments_that_contain_themselves_are_refused_by_name() -> None:
    error = check_size(
        parse("{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...b }")
    )
    assert error is not None
    assert error.message == "A fragment must not contain itself: b -> c -> b."
    assert error.locations is not None


DIGITS = "1" * 4_301
"""More than Python converts to a number."""

LONG_NUMBERS = [
    pytest.param("{ dashboards(first: @) { totalCount } }", id="Int"),
    pytest.param("query ($first: Int = @) { dashboards(first: $first) { totalCount } }", id="default"),
    pytest.param("{ nodes(ids: [1, @]) { id } }", id="list"),
    pytest.param("{ auditEvents(keyId: @, first: 1) { totalCount } }", id="BigInt"),
    pytest.param('{ callLogs(filters: {field: "duration", op: "gt", value: [{a: @}]}) { totalCount } }', id="JSON"),
    pytest.param("{ previewWidget(input: {chartType: BAR, gridX: @}) { __typename } }", id="input"),
]


@pytest.mark.parametrize("number", [DIGITS, f"-{DIGITS}", "1" * (MAX_NUMBER + 1), f"0.{DIGITS}", f"1e{DIGITS}"])
@pytest.mark.parametrize("query", LONG_NUMBERS)
async def test_a_number_of_any_length_is_an_error_of_the_client(world: World, query: str, number: str) -> None:
    at = query.index("@")
    result = await world.run(query.replace("@", number))
    assert result.data is None
    assert result.errors is not None
    (error,) = result.errors
    assert error.message == f"A number has {len(number):,} characters; at most {MAX_NUMBER} are allowed."
    assert error.formatted.get("locations") == [{"line": 1, "column": at + 1}]
    assert "extensions" not in error.formatted


async def test_a_number_that_is_out_of_range_is_told_by_its_type(world: World) -> None:
    result = await world.run(f"{{ dashboards(first: {'1' * MAX_NUMBER}) {{ totalCount }} }}")
    assert result.errors is not None
    (error,) = result.errors
    assert error.message.startswith("Int cannot represent non 32-bit signed integer value: 111")
    assert "extensions" not in error.formatted


@pytest.mark.parametrize("kind", ["Int", "BigInt"])
async def test_a_variable_of_any_length_is_an_error_of_the_client(world: World, kind: str) -> None:
    field = "dashboards(first: $value)" if kind == "Int" else "auditEvents(keyId: $value)"
    for value in (10**400, DIGITS):
        result = await world.run(f"query ($value: {kind}!) {{ {field} {{ totalCount }} }}", {"value": value})
        assert result.errors is not None
        (error,) = result.errors
        assert (error.extensions or {}).get("code") != "INTERNAL_ERROR"
        assert "cannot represent" in error.message or "is not a whole number" in error.message


async def test_a_text_is_parsed_and_validated_once() -> None:
    seen: list[object] = []
    documents = Documents(lambda document: seen.append(document) or [])
    text = "{ viewer { now } }"
    assert await documents.prepare(text) is await documents.prepare(text)
    assert len(seen) == 1
    long = text + "#" * MAX_REMEMBERED
    assert await documents.prepare(long) is not await documents.prepare(long)


@pytest.mark.slow
async def test_what_is_remembered_is_bounded_by_its_tokens() -> None:
    documents = Documents(lambda _document: [])
    texts = [
        f"{{ viewer(a: [{'1 ' * (MAX_TOKENS - 20)}]) {{ a{n} }} }}" for n in range(MAX_CACHE_TOKENS // MAX_TOKENS + 2)
    ]
    first, *_, last = [await documents.prepare(text) for text in texts]
    assert await documents.prepare(texts[-1]) is last
    assert await documents.prepare(texts[0]) is not first


async def test_documents_that_wait_are_bounded() -> None:
    release = threading.Event()
    documents = Documents(lambda _document: [GraphQLError("late")][release.wait(20) :])
    waiting = [asyncio.create_task(documents.prepare(f"{{ a{n} }}")) for n in range(MAX_WAITING)]
    await asyncio.sleep(0.05)
    refused = await documents.prepare("{ one_too_many }")
    large = asyncio.create_task(documents.prepare("{ large }" + " " * LARGE))
    release.set()
    assert [error.message for error in refused.errors] == [
        "Too many documents are waiting to be parsed. Try again later."
    ]
    assert not (await large).errors
    assert not any(prepared.errors for prepared in await asyncio.gather(*waiting))
    assert not (await documents.prepare("{ one_too_many }")).errors


def test_two_schemas_keep_their_documents_apart() -> None:
    assert build_schema() is not build_schema()


@pytest.mark.parametrize("name", [None, "Q"])
async def test_a_text_that_is_no_document_is_told_where(world: World, name: str | None) -> None:
    context = Context(Scope(project_id=world.project_id, sessions=world.sessions, now=NOW, max_window=None))
    result = await schema.execute("query Q { viewer { now }", context_value=context, operation_name=name)
    assert result.errors is not None
    assert result.errors[0].message.startswith("Syntax Error")
    assert result.errors[0].formatted.get("locations") == [{"line": 1, "column": 25}]


async def test_errors_of_validation_are_the_same_the_second_time(world: World) -> None:
    first, second = [await world.run("{ viewer { nothing } }") for _ in range(2)]
    assert first.errors is not None
    assert second.errors is not None
    assert [error.formatted for error in first.errors] == [error.formatted for error in second.errors]
    assert MAX_DEPTH >= 15
