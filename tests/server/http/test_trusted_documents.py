"""Documents by id: every form in which clients send it, where only registered ones run, and how soon they stop."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import pytest

from models import Role
from models.sessions import Sessions
from resolvers import trusted_documents
from resolvers.trusted_documents import DocumentsRefusedError, NewDocument, id_of, register, remove
from server.app import create_app
from server.http import trusted_documents as looked_up
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import connected, listening

ROLE = "query Role { viewer { role } }"
OTHER = "query Other { viewer { now } }"
MUTATION = "mutation Make { updateProject(input: {}) { errors { message } } }"
SCHEMA = "{ __schema { queryType { name } } }"
HASH = id_of(ROLE).removeprefix("sha256:")
OF_RELAY = "0123456789abcdef0123456789abcdef"
VIEWER = {"data": {"viewer": {"role": "VIEWER"}}}

Mode = Literal["off", "allow", "on"]
Clients = Callable[..., Any]


def apollo(hash: str = HASH) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}


FORMS: dict[str, dict[str, Any]] = {
    "documentId": {"documentId": f"sha256:{HASH}"},
    "documentId without a prefix": {"documentId": HASH},
    "documentId of a tool": {"documentId": OF_RELAY},
    "id": {"id": OF_RELAY},
    "doc_id": {"doc_id": OF_RELAY},
    "Apollo": apollo(),
    "Apollo in capitals": apollo(HASH.upper()),
}


async def keep(sessions: Sessions, project_id: int, *documents: NewDocument) -> int:
    async with sessions.write(project_id) as session:
        return await register(session, project_id, documents)


async def drop(sessions: Sessions, project_id: int, id: str) -> bool:
    async with sessions.write(project_id) as session:
        return await remove(session, project_id, id)


@pytest.fixture
async def registered(sessions: Sessions, project_id: int) -> int:
    """The project with a query, a mutation and an introspection registered."""
    given = (NewDocument(ROLE, "Role", OF_RELAY), NewDocument(MUTATION, "Make"), NewDocument(SCHEMA, "(unnamed)"))
    assert await keep(sessions, project_id, *given) == 3
    assert await keep(sessions, project_id, *given) == 0
    return project_id


@pytest.fixture
def client(runtime: Runtime, sessions: Sessions, registered: int) -> Clients:
    """Clients of servers in a mode, with keys of a role."""

    @asynccontextmanager
    async def make(mode: Mode, role: Role = Role.VIEWER) -> AsyncGenerator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(create_app(Settings(trusted_documents=mode), runtime))
        headers = {"X-API-Key": await create_key(sessions, registered, "test", role)}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            yield http

    return make


def code_of(answer: httpx.Response) -> str:
    body = answer.json()
    assert "data" not in body
    return body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("mode", ["allow", "on"])
async def test_every_form_of_an_id(client: Clients, mode: Mode, form: dict[str, Any]) -> None:
    async with client(mode) as http:
        assert (await http.post("/graphql", json=form)).json() == VIEWER
        address = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in form.items()}
        assert (await http.get("/graphql", params=address)).json() == VIEWER


async def test_an_unknown_id_is_answered_as_clients_expect(client: Clients) -> None:
    async with client("allow") as http:
        unknown = await http.post("/graphql", json=apollo("0" * 64))
        assert (unknown.status_code, code_of(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
        assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        for id in ("sha256:" + "0" * 64, "nothing", "sha256:1", "a\0b", "é", "x" * 300):
            assert code_of(await http.post("/graphql", json={"documentId": id})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_where_ids_are_off(client: Clients) -> None:
    async with client("off") as http:
        answer = await http.post("/graphql", json=apollo())
        assert code_of(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
        assert (await http.post("/graphql", json={"query": ROLE, **apollo()})).json() == VIEWER


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"query": OTHER, **apollo()}, "is not the SHA-256 of `query`"),
        ({"extensions": {"persistedQuery": 1}}, "must be an object with version 1 and a sha256Hash"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}}, "must be an object with version 1"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}, "must be an object with version 1"),
        ({"documentId": 1}, "`documentId` must be a string"),
        ({"id": 1}, "`id` must be a string"),
        ({"documentId": "a", "id": "b"}, "`documentId` and `id` differ"),
    ],
)
async def test_ids_that_are_wrong(client: Clients, body: dict[str, Any], told: str) -> None:
    async with client("allow") as http:
        answer = await http.post("/graphql", json=body)
        assert answer.status_code == 400
        assert told in answer.json()["errors"][0]["message"]


async def test_only_registered_documents_run(client: Clients) -> None:
    async with client("on") as http:
        assert (await http.post("/graphql", json={"query": ROLE})).json() == VIEWER
        for text in (OTHER, ROLE + " ", "{ nothing }", SCHEMA + " "):
            assert code_of(await http.post("/graphql", json={"query": text})) == "DOCUMENT_NOT_TRUSTED"
    async with client("on", Role.ADMIN) as http:
        assert "data" in (await http.post("/graphql", json={"query": OTHER})).json()
    async with client("allow") as http:
        assert "data" in (await http.post("/graphql", json={"query": OTHER})).json()


async def test_other_rules_hold_for_registered_documents(client: Clients) -> None:
    """Roles, methods and who may read the schema."""
    async with client("on") as http:
        refused = (await http.post("/graphql", json={"documentId": id_of(MUTATION)})).json()
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert code_of(await http.post("/graphql", json={"documentId": id_of(SCHEMA)})) == "FORBIDDEN"
        assert (await http.get("/graphql", params={"documentId": id_of(MUTATION)})).status_code == 405


async def test_documents_of_another_project_are_not_there(
    client: Clients, sessions: Sessions, other_project_id: int
) -> None:
    await keep(sessions, other_project_id, NewDocument(OTHER, "Other", "other"))
    async with client("on") as http:
        for form in ({"documentId": id_of(OTHER)}, {"id": "other"}):
            assert code_of(await http.post("/graphql", json=form)) == "PERSISTED_QUERY_NOT_FOUND"
        assert code_of(await http.post("/graphql", json={"query": OTHER})) == "DOCUMENT_NOT_TRUSTED"


async def test_a_removed_document_stops_within_two_seconds(
    client: Clients, sessions: Sessions, registered: int
) -> None:
    async with client("on") as http:
        forms = ({"documentId": HASH}, {"id": OF_RELAY}, {"query": ROLE})

        async def running() -> int:
            return sum([(await http.post("/graphql", json=form)).json() == VIEWER for form in forms])

        assert await running() == len(forms)
        assert await drop(sessions, registered, OF_RELAY)
        assert not await drop(sessions, registered, OF_RELAY)
        began = time.monotonic()
        while await running():
            assert time.monotonic() - began < 2
            await asyncio.sleep(0.05)


async def test_an_id_stands_for_one_document(sessions: Sessions, registered: int) -> None:
    with pytest.raises(DocumentsRefusedError, match="is already registered for another document"):
        await keep(sessions, registered, NewDocument(OTHER, "Other", OF_RELAY))


async def test_a_project_has_so_many_documents(
    sessions: Sessions, registered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusted_documents, "MAX_DOCUMENTS", 3)
    with pytest.raises(DocumentsRefusedError, match="would have 4 documents; at most 3"):
        await keep(sessions, registered, NewDocument(OTHER, "Other"))


async def test_what_is_remembered_is_bounded(client: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[looked_up.TrustedDocuments] = []
    start = looked_up.TrustedDocuments.__init__

    def noting(self: looked_up.TrustedDocuments, mode: Mode, remember_seconds: float) -> None:
        start(self, mode, remember_seconds)
        made.append(self)

    monkeypatch.setattr(looked_up.TrustedDocuments, "__init__", noting)
    monkeypatch.setattr(looked_up, "MAX_REMEMBERED", 5_000)
    async with client("allow") as http:
        for number in range(30):
            await http.post("/graphql", json={"documentId": f"unknown-{number}"})
    (one,) = made
    assert 0 < len(one._known) <= 10
    assert one._size == sum(map(looked_up._size, one._known.values())) <= 5_000


@pytest.mark.processes
async def test_over_a_websocket(runtime: Runtime, sessions: Sessions, registered: int) -> None:
    key = await create_key(sessions, registered, "test", Role.VIEWER)
    async with (
        listening(create_app(Settings(trusted_documents="on"), runtime)) as url,
        connected(url, key) as socket,
    ):
        assert await socket.data(ROLE) == VIEWER["data"]
        assert (await socket.refusal(OTHER))["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        for form in FORMS.values():
            answer, end = await socket.messages(None, **form)
            assert end == {"type": "complete"}
            assert answer["payload"]["data"] == VIEWER["data"]
        unknown = await socket.refusal(None, documentId="nothing")
        assert unknown["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.processes
async def test_what_is_registered_and_removed_while_a_socket_is_open(
    runtime: Runtime, sessions: Sessions, registered: int
) -> None:
    """Its operations are held to the documents of their moment, within two seconds."""
    key = await create_key(sessions, registered, "test", Role.VIEWER)
    app = create_app(Settings(trusted_documents="on"), runtime)

    async def refused_within_two_seconds(query: str | None, code: str, **payload: object) -> None:
        began = time.monotonic()
        while len(answers := await socket.messages(query, **payload)) > 1:
            assert time.monotonic() - began < 2
            await asyncio.sleep(0.05)
        assert answers[0]["payload"][0]["extensions"]["code"] == code

    async with listening(app) as url, connected(url, key) as socket:
        assert (await socket.refusal(OTHER))["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        other = id_of(OTHER)
        unknown = await socket.refusal(None, documentId=other)
        assert unknown["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        await keep(sessions, registered, NewDocument(OTHER, "Other"))
        began = time.monotonic()
        while len(await socket.messages(OTHER)) == 1:
            assert time.monotonic() - began < 2
            await asyncio.sleep(0.05)
        assert "now" in (await socket.data(OTHER))["viewer"]
        assert await drop(sessions, registered, other)
        await refused_within_two_seconds(OTHER, "DOCUMENT_NOT_TRUSTED")
        await refused_within_two_seconds(None, "PERSISTED_QUERY_NOT_FOUND", documentId=other)
        assert await socket.data(ROLE) == VIEWER["data"], "the socket is still open, for what is registered"
