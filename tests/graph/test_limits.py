"""Documents that are too large are refused before they cost anything."""

import pytest
from graphql import get_introspection_query, parse

from graph.context import Context
from graph.documents import MAX_REMEMBERED, Documents
from graph.limits import MAX_ALIASES, MAX_DEPTH, MAX_FIELDS, MAX_REPEATS, check_size
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
    pytest.param("{ " + "viewer { now } " * 500 + "}", "asks for viewer 500 times", id="repeats"),
    pytest.param(
        "{ "
        + f"viewer {{ {'now ' * 40} }} ... {{ ...f }} " * 20
        + f"}} fragment f on Query {{ viewer {{ {'now ' * 5} }} }}",
        "asks for viewer.now 900 times",
        id="repeats-in-repeats",
    ),
    pytest.param(
        "{ ...f0 } " + "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(60)),
        None,
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


def test_fragments_that_contain_themselves_are_left_to_validation() -> None:
    assert (
        check_size(parse("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a viewer { now } }")) is None
    )


def test_a_text_is_parsed_and_validated_once() -> None:
    seen: list[object] = []
    documents = Documents(lambda document: seen.append(document) or [])
    text = "{ viewer { now } }"
    assert documents.prepared(text) is documents.prepared(text)
    assert len(seen) == 1
    long = text + "#" * MAX_REMEMBERED
    assert documents.prepared(long) is not documents.prepared(long)


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
