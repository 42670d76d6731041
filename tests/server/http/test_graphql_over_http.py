"""GraphQL over HTTP, as its specification has it: media types, methods, parameters and status codes."""

import json
from typing import Any

import httpx
import pytest

from server.http.media_types import GRAPHQL_RESPONSE, negotiate
from server.http.responses import JSON

NEW = {"Accept": "application/graphql-response+json"}
OLD = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", JSON),
        ("application/json;q=0.5, application/graphql-response+json;q=0.6", GRAPHQL_RESPONSE),
        ("text/html, application/json;q=0.1", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
    ],
)
def test_negotiation(accept: str, media_type: str | None) -> None:
    assert negotiate(accept) == media_type


async def test_the_media_type_is_the_one_agreed_on(client: httpx.AsyncClient) -> None:
    for headers, media_type in ((OLD, JSON), (NEW, GRAPHQL_RESPONSE)):
        response = await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert response.headers["Content-Type"] == media_type
    response = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"Accept": "image/png"})
    assert response.status_code == 406


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query ($a: Int!) { __typename }", "subscription { a }"])
async def test_request_errors(client: httpx.AsyncClient, query: str) -> None:
    """A request that cannot be executed has no ``data``, and the status 400 for those who know the new media type."""
    new = await client.post("/graphql", json={"query": query}, headers=NEW)
    old = await client.post("/graphql", json={"query": query}, headers=OLD)
    assert (new.status_code, old.status_code) == (400, 200)
    for response in (new, old):
        assert "data" not in response.json()
        assert response.json()["errors"][0]["message"]


TWO = 'mutation Change { createDashboard(input: {name: "First"}) { dashboard { name } } } query Ask { __typename }'


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "The document has 2 operations; set `operationName` to the one to run."),
        ("", "The document has 2 operations; set `operationName` to the one to run."),
        ("Other", "The document has no operation named 'Other'."),
        ("ask", "The document has no operation named 'ask'."),
    ],
)
async def test_an_operation_that_cannot_be_chosen(client: httpx.AsyncClient, name: str | None, message: str) -> None:
    """GetOperation of the GraphQL specification: nothing runs, above all no mutation."""
    answers = [
        (await client.post("/graphql", json={"query": TWO, "operationName": name}, headers=NEW), 400),
        (await client.post("/graphql", json={"query": TWO, "operationName": name}, headers=OLD), 200),
        (await client.get("/graphql", params={"query": TWO} | ({} if name is None else {"operationName": name})), 200),
    ]
    for response, status in answers:
        assert response.status_code == status
        assert "data" not in response.json()
        (error,) = response.json()["errors"]
        assert error["message"] == message
        assert error["extensions"]["allowed"] == ["Change", "Ask"]
    made = await client.post("/graphql", json={"query": "{ dashboards { totalCount } }"})
    assert made.json() == {"data": {"dashboards": {"totalCount": 0}}}


async def test_the_named_operation_runs(client: httpx.AsyncClient) -> None:
    asked = await client.post("/graphql", json={"query": TWO, "operationName": "Ask"})
    assert asked.json() == {"data": {"__typename": "Query"}}
    changed = await client.post("/graphql", json={"query": TWO, "operationName": "Change"})
    assert changed.json() == {"data": {"createDashboard": {"dashboard": {"name": "First"}}}}


@pytest.mark.parametrize("absent", [{"operationName": ""}, {"operationName": None}, {"variables": None}])
async def test_what_counts_as_absent(client: httpx.AsyncClient, absent: dict[str, Any]) -> None:
    response = await client.post("/graphql", json={"query": "query Q { __typename }", **absent}, headers=NEW)
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "The request has no `query` and no `documentId`."),
        ({"query": ""}, "The request has no `query` and no `documentId`."),
        ({"query": 1}, "`query` must be a string."),
        ({"query": "{ __typename }", "variables": "x"}, "`variables` must be an object."),
        ({"query": "{ __typename }", "variables": [1]}, "`variables` must be an object."),
        ({"query": "{ __typename }", "operationName": 5}, "`operationName` must be a string."),
        ({"query": "{ __typename }", "extensions": "x"}, "`extensions` must be an object."),
        (
            [{"query": "{ __typename }"}],
            "Batches are not supported: send a single request with all fields that you need.",
        ),
        ("text", "The body must be a JSON object with the member `query`."),
        (None, "The body must be a JSON object with the member `query`."),
    ],
)
async def test_wrong_parameters(client: httpx.AsyncClient, body: Any, message: str) -> None:
    response = await client.post("/graphql", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == message


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"query": "{ __typename }"}', "text/plain", 415),
        (b'{"query": "{ __typename }"}', "application/json; charset=latin1", 415),
        (b'{"query": "{ __typename }"}', "application/json; charset=UTF-8", 200),
        (b'{"query": "{ __typename }"}', "Application/JSON", 200),
        (b'\xef\xbb\xbf{"query": "{ __typename }"}', "application/json", 200),
        (b"query=%7B__typename%7D", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_bodies(client: httpx.AsyncClient, content: bytes, content_type: str, status: int) -> None:
    response = await client.post("/graphql", content=content, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert response.headers["Content-Type"] == JSON


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"query": "{ __typename }"}'.encode("utf-16"), "The body is in UTF-16 or UTF-32; it must be in UTF-8."),
        ('{"query": "{ __typename }"}'.encode("utf-16-le"), "The body is in UTF-16 or UTF-32; it must be in UTF-8."),
        ('{"query": "{ __typename }"}'.encode("utf-32-be"), "The body is in UTF-16 or UTF-32; it must be in UTF-8."),
        (b'{"query": "\xff"}', "The body is not valid UTF-8: byte 12 is invalid."),
        (b'{"query": }', "The body is not valid JSON: Expecting value at line 1 column 11."),
        (
            b'{"query": "{ a }",\n "variables": {"a": NaN}}',
            "The body is not valid JSON: NaN is not a valid number at line 2 column 21.",
        ),
        (b'{"variables": [-Infinity]}', "The body is not valid JSON: -Infinity is not a valid number."),
        (
            b'{"variables": [Infinity]}',
            "The body is not valid JSON: Infinity is not a valid number at line 1 column 16.",
        ),
        (b'{"variables": [1e400, NaN]}', "The body is not valid JSON: NaN is not a valid number."),
        (b"[" * 4_000, "The body is nested too deeply."),
        (b'{"query": ' + b"9" * 4_400 + b"}", "The body has a number with too many digits."),
    ],
)
async def test_a_body_that_cannot_be_read_says_why(client: httpx.AsyncClient, content: bytes, message: str) -> None:
    response = await client.post("/graphql", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == message


async def test_empty_parameters_of_an_address_are_absent(client: httpx.AsyncClient) -> None:
    parameters = {"query": "query Q { __typename }", "variables": "", "operationName": "", "extensions": ""}
    response = await client.get("/graphql", params=parameters)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_head_is_get_without_a_body(client: httpx.AsyncClient) -> None:
    asked = {"query": "{ __schema { types { name description } } }"}
    got, head = [await client.request(method, "/graphql", params=asked) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    differing = {"x-request-id"}
    assert {name: value for name, value in head.headers.items() if name not in differing} == {
        name: value for name, value in got.headers.items() if name not in differing
    }
    refused = await client.head("/graphql", params={"query": "mutation { __typename }"})
    assert (refused.status_code, refused.content) == (405, b"")


async def test_options_tell_the_methods_and_need_no_key(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.options("/graphql")
    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    other = await anonymous.delete("/graphql")
    assert (other.status_code, other.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize("query", ["{ __typename }", "{ nothing }", "{ __schema { types { name description } } }"])
async def test_what_caches_are_told(client: httpx.AsyncClient, anonymous: httpx.AsyncClient, query: str) -> None:
    """Neither an answer nor an error is for anybody else, or in another form for this client."""
    asked = {"query": query}
    keyless = httpx.AsyncClient(transport=anonymous._transport, base_url=anonymous.base_url)
    answers = [await client.get("/graphql", params=asked), await client.post("/graphql", json=asked)]
    for response in [*answers, await keyless.get("/graphql", params=asked)]:
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert response.headers["Vary"].startswith("Accept, Accept-Encoding")


async def test_queries_by_get(client: httpx.AsyncClient) -> None:
    query = "query Q($yes: Boolean!) { __typename @include(if: $yes) }"
    parameters = {"query": query, "variables": '{"yes": true}', "operationName": "Q"}
    response = await client.get("/graphql", params=parameters)
    assert response.json() == {"data": {"__typename": "Query"}}
    wrong = await client.get("/graphql", params={**parameters, "variables": "{"})
    assert wrong.status_code == 400


async def test_mutations_by_get_are_refused(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { __typename }"})
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
