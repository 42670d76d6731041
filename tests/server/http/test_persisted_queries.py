"""Automatic persisted queries, and GET requests for documents that the client has the answer to already."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from models import Role
from models.sessions import Sessions
from resolvers.trusted_documents import NewDocument, id_of, register
from server.app import create_app
from server.http import automatic_documents
from server.http.automatic_documents import AutomaticDocuments
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings

ROLE = "query Role { viewer { role } }"
NOW = "query Now { viewer { now } }"
WRONG = "{ nothing }"
VIEWER = {"data": {"viewer": {"role": "VIEWER"}}}


def apollo(text: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id_of(text).removeprefix("sha256:")}}}


def address(**parameters: Any) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}


@pytest.fixture
async def http(runtime: Runtime, sessions: Sessions, project_id: int) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(Settings(trusted_documents="allow"), runtime))
    headers = {"X-API-Key": await create_key(sessions, project_id, "test", Role.VIEWER)}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


def code_of(answer: httpx.Response) -> str:
    return answer.json()["errors"][0]["extensions"]["code"]


async def test_a_text_is_asked_for_by_its_hash_once_it_was_sent_with_it(http: httpx.AsyncClient) -> None:
    assert code_of(await http.post("/graphql", json=apollo(ROLE))) == "PERSISTED_QUERY_NOT_FOUND"
    assert (await http.post("/graphql", json={"query": ROLE, **apollo(ROLE)})).json() == VIEWER
    assert (await http.post("/graphql", json=apollo(ROLE))).json() == VIEWER
    assert (await http.get("/graphql", params=address(**apollo(ROLE)))).json() == VIEWER


async def test_a_wrong_hash_keeps_nothing(http: httpx.AsyncClient) -> None:
    refused = await http.post("/graphql", json={"query": ROLE, **apollo(NOW)})
    assert refused.status_code == 400
    assert "is not the SHA-256 of `query`" in refused.json()["errors"][0]["message"]
    for text in (ROLE, NOW):
        assert code_of(await http.post("/graphql", json=apollo(text))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_wrong_document_stays_wrong(http: httpx.AsyncClient) -> None:
    sent = (await http.post("/graphql", json={"query": WRONG, **apollo(WRONG)})).json()
    assert (await http.post("/graphql", json=apollo(WRONG))).json() == sent
    assert sent["errors"][0]["message"].startswith("Cannot query field")


async def test_another_project_does_not_know_it(
    http: httpx.AsyncClient, sessions: Sessions, other_project_id: int
) -> None:
    assert (await http.post("/graphql", json={"query": ROLE, **apollo(ROLE)})).json() == VIEWER
    other = {"X-API-Key": await create_key(sessions, other_project_id, "other", Role.VIEWER)}
    assert code_of(await http.post("/graphql", json=apollo(ROLE), headers=other)) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("mode", ["off", "on"])
async def test_nothing_is_kept_where_only_registered_ones_run_or_ids_are_off(
    runtime: Runtime, sessions: Sessions, project_id: int, mode: Any
) -> None:
    transport = httpx.ASGITransport(create_app(Settings(trusted_documents=mode), runtime))
    headers = {"X-API-Key": await create_key(sessions, project_id, "test", Role.ADMIN)}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        assert "data" in (await client.post("/graphql", json={"query": ROLE, **apollo(ROLE)})).json()
        told = code_of(await client.post("/graphql", json=apollo(ROLE)))
        assert told == {"off": "PERSISTED_QUERY_NOT_SUPPORTED", "on": "PERSISTED_QUERY_NOT_FOUND"}[mode]


def test_the_store_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic_documents, "MAX_OF_PROJECT", 5_000)
    monkeypatch.setattr(automatic_documents, "MAX_OF_ALL", 12_000)
    store = AutomaticDocuments()
    for number in range(5):
        store.keep(1, str(number), "x" * 1_000)
        assert store.text(1, "0")
    assert [number for number in range(5) if store.text(1, str(number))] == [0, 3, 4]
    for project_id in (2, 3, 4):
        store.keep(project_id, "a", "x" * 4_000)
    assert [store.text(project_id, "a") is not None for project_id in (2, 3, 4)] == [False, True, True]
    assert store.text(1, "4") is None
    store.keep(4, "long", "x" * 40_000)
    assert store.text(4, "long") is None


@pytest.fixture
async def registered(sessions: Sessions, project_id: int) -> None:
    async with sessions.write(project_id) as session:
        await register(session, project_id, [NewDocument(ROLE, "Role"), NewDocument(NOW, "Now")])


@pytest.mark.usefixtures("registered")
async def test_an_answer_that_the_client_has_is_not_sent_again(http: httpx.AsyncClient) -> None:
    first = await http.get("/graphql", params=address(documentId=id_of(ROLE)))
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = await http.get("/graphql", params=address(documentId=id_of(ROLE)), headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert "Accept" in again.headers["vary"]
    other = await http.get("/graphql", params=address(documentId=id_of(ROLE)), headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.json()) == (200, VIEWER)


@pytest.mark.usefixtures("registered")
async def test_an_answer_that_differs_is_sent(http: httpx.AsyncClient) -> None:
    parameters = address(documentId=id_of(NOW))
    first = await http.get("/graphql", params=parameters)
    second = await http.get("/graphql", params=parameters, headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert second.json() != first.json()
    media = {"Accept": "application/graphql-response+json"}
    role = address(documentId=id_of(ROLE))
    assert (await http.get("/graphql", params=role)).headers["etag"] != (
        await http.get("/graphql", params=role, headers=media)
    ).headers["etag"]


@pytest.mark.usefixtures("registered")
async def test_only_stored_documents_by_get_have_a_tag(http: httpx.AsyncClient) -> None:
    assert "etag" not in (await http.get("/graphql", params={"query": ROLE})).headers
    posted = await http.post("/graphql", json={"documentId": id_of(ROLE)}, headers={"If-None-Match": "*"})
    assert (posted.status_code, "etag" in posted.headers) == (200, False)
    await http.post("/graphql", json={"query": WRONG, **apollo(WRONG)})
    failed = await http.get("/graphql", params=address(**apollo(WRONG)), headers={"If-None-Match": "*"})
    assert (failed.status_code, "etag" in failed.headers) == (200, False)


async def test_a_batch_is_refused_in_words(http: httpx.AsyncClient) -> None:
    for batch in ([], [{"query": ROLE}], [{"query": ROLE}, {"query": NOW}]):
        answer = await http.post("/graphql", json=batch)
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error["message"].startswith("Batches are not supported: send a single request")
