"""Keys of organisations: each request names its project, and no route gives away anything of other projects."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import websockets
from sqlalchemy.ext.asyncio import AsyncEngine

from models import AuditEvent, CallLog, OrganisationKey, Role
from models.key_text import KeyKind, new_key
from models.sessions import Sessions
from resolvers.budgets import Budgets
from server.app import create_app
from server.http.access import ProjectError
from server.http.auth import AuthenticationError, Authenticator, identify
from server.http.last_use import LastUse
from server.http.sign_in_errors import TooManyWrongKeysError
from server.http.sign_in_limit import WRONG_KEYS
from server.keys import create_key, list_keys
from server.organisation_keys import (
    MadeOrganisationKey,
    list_organisation_keys,
    make_organisation_key,
    revoke_organisation_key,
    rotate_organisation_key,
)
from server.organisations import NamedOrganisation, add_project, create_organisation, remove_project
from server.owner import owner_of
from server.postgres.migrate import head
from server.projects import NamedProject, ensure_project, update_project
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import listening

WHO = "{ viewer { project { name } organisation { name } key { databaseId name role } } }"
ALL = """{
  viewer { project { name } }
  agents { edges { node { agentName } } }
  callLogs { edges { node { callId } } }
  dashboards { edges { node { name widgets { data { ... on StatChart { value } } } } } }
  auditEvents { edges { node { actor subjectName } } }
  apiKeys { edges { node { name } } }
  metadataKeys { keys { key } }
}"""
MAKE = "mutation ($name: String!) { createDashboard(input: {name: $name}) { dashboard { databaseId name } } }"
WIDGET = """mutation ($id: ID!) {
  createWidget(input: {dashboardId: $id, name: "Calls", chartType: STAT}) { widget { databaseId } }
}"""
NDJSON = {"Content-Type": "application/x-ndjson"}
HEADER = "Dialboard-Project"


@dataclass(frozen=True)
class Filled:
    """A project whose rows hold a word that stands in no other."""

    project: NamedProject
    secret: str
    widget_id: int


@dataclass(frozen=True)
class Agency:
    """Two projects of one organisation with a key to both; one of another organisation, and one of none."""

    organisation: NamedOrganisation
    key: MadeOrganisationKey
    first: Filled
    second: Filled
    foreign: Filled
    alone: Filled


async def _project(engine: AsyncEngine, sessions: Sessions, client: httpx.AsyncClient) -> Filled:
    secret = f"secret{uuid.uuid4().hex[:12]}"
    project = await ensure_project(engine, f"Project {secret}")
    headers = {"X-API-Key": await create_key(sessions, project.id, f"key {secret}")}
    call = {"call_id": f"call {secret}", "agent": f"agent {secret}", "timestamp": "2026-03-01T09:30:00Z"}
    line = json.dumps({**call, "metadata": {secret: 1}}).encode()
    taken = await client.post("/ingest", content=line, headers={**headers, **NDJSON})
    assert taken.json()["created"] == 1, taken.text

    async def run(query: str, **variables: object) -> Any:
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    await run(MAKE, name=f"dashboard {secret}")
    (edge,) = (await run("{ dashboards { edges { node { id } } } }"))["dashboards"]["edges"]
    widget = (await run(WIDGET, id=edge["node"]["id"]))["createWidget"]["widget"]
    return Filled(project, secret, widget["databaseId"])


@pytest.fixture
async def client(engine: AsyncEngine, sessions: Sessions) -> AsyncGenerator[httpx.AsyncClient]:
    """A client without a key, of a server with the settings that are usual."""
    transport = httpx.ASGITransport(create_app(Settings(), Runtime(engine, sessions, head())))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def agency(engine: AsyncEngine, sessions: Sessions, client: httpx.AsyncClient) -> Agency:
    first, second, foreign, alone = [await _project(engine, sessions, client) for _ in range(4)]
    organisation = await create_organisation(engine, f"Agency {uuid.uuid4()}")
    for one in (first, second):
        await add_project(engine, organisation, one.project)
    other = await create_organisation(engine, f"Other {uuid.uuid4()}")
    await add_project(engine, other, foreign.project)
    await make_organisation_key(engine, other, "theirs")
    key = await make_organisation_key(engine, organisation, "fleet")
    return Agency(organisation, key, first, second, foreign, alone)


def graphql_post(agency: Agency) -> dict[str, Any]:
    return {"method": "POST", "url": "/graphql", "json": {"query": ALL}}


def graphql_get(agency: Agency) -> dict[str, Any]:
    return {"method": "GET", "url": "/graphql", "params": {"query": ALL}, "headers": {"Accept": "application/json"}}


def ingest(agency: Agency) -> dict[str, Any]:
    line = {"call_id": "ingested", "agent": "Ada", "timestamp": "2026-03-01T09:30:00Z"}
    return {"method": "POST", "url": "/ingest", "content": json.dumps(line).encode() + b"\n", "headers": NDJSON}


def export_calls(agency: Agency) -> dict[str, Any]:
    return {"method": "GET", "url": "/export/calls.csv"}


def export_calls_by_post(agency: Agency) -> dict[str, Any]:
    return {"method": "POST", "url": "/export/calls.jsonl", "json": {}}


def export_preview(agency: Agency) -> dict[str, Any]:
    return {"method": "POST", "url": "/export/preview.csv", "json": {"chartType": "STAT"}}


def export_widget(agency: Agency) -> dict[str, Any]:
    return {"method": "GET", "url": f"/export/widgets/{agency.first.widget_id}.csv"}


ROUTES = (graphql_post, graphql_get, ingest, export_calls, export_calls_by_post, export_preview, export_widget)
WITH_SECRETS = (graphql_post, graphql_get, export_calls, export_calls_by_post)
"""Those whose answer tells of the project's rows."""

Ask = Callable[[Agency], dict[str, Any]]


def test_every_route_that_needs_a_key_is_asked(engine: AsyncEngine, sessions: Sessions) -> None:
    app = create_app(Settings(), Runtime(engine, sessions, head()))
    without_key = {"/healthz", "/readyz", "/metrics", "/hooks/{source}/{key}"}  # whose key is not an API key
    paths = {str(getattr(route, "path", "")) for route in app.router.routes} - without_key
    assert paths == {
        *("/graphql", "/ingest", "/export/widgets/{id}.{format}"),
        *("/export/preview.{format}", "/export/calls.{format}"),
    }


async def send(client: httpx.AsyncClient, agency: Agency, ask: Ask, project: str | None) -> httpx.Response:
    asked = ask(agency)
    named = {} if project is None else {HEADER: project}
    asked["headers"] = {**asked.get("headers", {}), "X-API-Key": agency.key.text, **named}
    return await client.request(**asked)


@pytest.mark.parametrize("ask", ROUTES)
async def test_a_project_is_named_by_number_or_name(client: httpx.AsyncClient, agency: Agency, ask: Ask) -> None:
    for named in (str(agency.first.project.id), agency.first.project.name):
        answer = await send(client, agency, ask, named)
        assert answer.status_code == 200, answer.text
        assert ask is ingest or "errors" not in answer.text
        assert (agency.first.secret in answer.text) == (ask in WITH_SECRETS)
        for other in (agency.second, agency.foreign, agency.alone):
            assert other.secret not in answer.text


@pytest.mark.parametrize("ask", ROUTES)
async def test_a_project_of_others_is_answered_like_one_that_does_not_exist(
    client: httpx.AsyncClient, sessions: Sessions, agency: Agency, ask: Ask
) -> None:
    unknown = "999999999", f"Project secret{'0' * 12}"
    for one in (agency.foreign, agency.alone):
        for theirs, nobodys in zip((str(one.project.id), one.project.name), unknown, strict=True):
            told = [((await send(client, agency, ask, named)), named) for named in (theirs, nobodys)]
            same = [
                (
                    answer.status_code,
                    answer.text.replace(repr(named), "NAMED"),
                    set(answer.headers),
                )
                for answer, named in told
            ]
            assert same[0] == same[1]
            answer = told[0][0]
            assert answer.status_code == 403
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN"
            assert one.secret not in answer.text.replace(repr(theirs), "")
        async with sessions.read(one.project.id) as session:
            assert await session.scalar(sa.select(sa.func.count()).select_from(CallLog)) == 1


@pytest.mark.parametrize("ask", ROUTES)
async def test_without_the_header_the_projects_of_the_organisation_are_told(
    client: httpx.AsyncClient, agency: Agency, ask: Ask
) -> None:
    for named in (None, "", "  "):
        answer = await send(client, agency, ask, named)
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        first, second = agency.first.project, agency.second.project
        assert error == {
            "message": "This API key belongs to an organisation: send the number or the name of a project in the "
            f"header Dialboard-Project. Allowed: {first.id} ({first.name!r}), {second.id} ({second.name!r}).",
            "extensions": {"code": "BAD_REQUEST"},
        }


@pytest.mark.parametrize("ask", ROUTES)
async def test_two_projects_in_one_request_are_refused(client: httpx.AsyncClient, agency: Agency, ask: Ask) -> None:
    asked = ask(agency)
    headers = [*asked.pop("headers", {}).items(), ("X-API-Key", agency.key.text)]
    both = [(HEADER, str(one.project.id)) for one in (agency.first, agency.second)]
    answer = await client.request(**asked, headers=[*headers, *both])
    assert answer.status_code == 400
    assert "names more than one project" in answer.text


@pytest.mark.parametrize("ask", ROUTES)
async def test_the_key_of_a_project_opens_no_other_by_the_header(
    client: httpx.AsyncClient, sessions: Sessions, agency: Agency, ask: Ask
) -> None:
    key = await create_key(sessions, agency.first.project.id, "own")

    async def status(named: str) -> int:
        asked = ask(agency)
        asked["headers"] = {**asked.get("headers", {}), "X-API-Key": key, HEADER: named}
        answer = await client.request(**asked)
        assert agency.second.secret not in answer.text.replace(repr(named), "")
        return answer.status_code

    assert [await status(str(agency.first.project.id)), await status(agency.first.project.name)] == [200, 200]
    for other in (agency.second, agency.foreign):
        assert [await status(str(other.project.id)), await status(other.project.name)] == [403, 403]


async def test_what_it_names_within_its_project_is_of_that_project(client: httpx.AsyncClient, agency: Agency) -> None:
    """The numbers of rows open nothing in another project, also of the same organisation."""
    headers = {"X-API-Key": agency.key.text, HEADER: str(agency.first.project.id)}
    told = {}
    for widget_id in (agency.second.widget_id, agency.foreign.widget_id, 999_999_999):
        answer = await client.get(f"/export/widgets/{widget_id}.csv", headers=headers)
        assert answer.status_code == 404
        told[answer.text.replace(str(widget_id), "ID")] = None
    assert len(told) == 1


async def who(client: httpx.AsyncClient, key: str, project: str) -> Any:
    headers = {"X-API-Key": key, HEADER: project}
    answer = await client.post("/graphql", json={"query": WHO}, headers=headers)
    return answer.json()["data"]["viewer"] if answer.status_code == 200 else answer.status_code


async def test_viewer_tells_organisation_project_and_key(client: httpx.AsyncClient, agency: Agency) -> None:
    key = {"databaseId": agency.key.row.id, "name": "fleet", "role": "ADMIN"}
    for one in (agency.first, agency.second):
        assert await who(client, agency.key.text, str(one.project.id)) == {
            "project": {"name": one.project.name},
            "organisation": {"name": agency.organisation.name},
            "key": key,
        }


async def test_the_key_of_a_project_has_no_organisation(
    client: httpx.AsyncClient, sessions: Sessions, agency: Agency
) -> None:
    key = await create_key(sessions, agency.first.project.id, "own")
    assert (await who(client, key, agency.first.project.name))["organisation"] is None


async def test_names_that_are_not_ascii_and_names_of_digits(
    engine: AsyncEngine, client: httpx.AsyncClient, agency: Agency
) -> None:
    names = [f"Zoë {agency.first.secret}", f"東京 {agency.first.secret}"]
    for name in names:
        await add_project(engine, agency.organisation, await ensure_project(engine, name))
    digits = await ensure_project(engine, str(agency.second.project.id))
    await add_project(engine, agency.organisation, digits)
    key = (await make_organisation_key(engine, agency.organisation, "new")).text
    sent = [names[0].encode(), names[0].encode("latin-1"), names[1].encode()]
    for header, name in zip(sent, [names[0], *names], strict=True):
        answer = await client.post(
            "/graphql", json={"query": WHO}, headers={b"X-API-Key": key.encode(), HEADER.encode(): header}
        )
        assert answer.json()["data"]["viewer"]["project"]["name"] == name
    assert (await who(client, key, digits.name))["project"]["name"] == agency.second.project.name
    assert (await who(client, key, str(digits.id)))["project"]["name"] == digits.name


@pytest.mark.parametrize("role", list(Role))
async def test_the_role_holds_in_every_project(
    engine: AsyncEngine, client: httpx.AsyncClient, agency: Agency, role: Role
) -> None:
    key = (await make_organisation_key(engine, agency.organisation, "some", role)).text
    for one in (agency.first, agency.second):
        headers = {"X-API-Key": key, HEADER: str(one.project.id)}
        exported = await client.get("/export/calls.csv", headers=headers)
        assert exported.status_code == (403 if role is Role.INGESTER else 200)
        taken = await client.request(**{**ingest(agency), "headers": {**NDJSON, **headers}})
        assert taken.status_code == (200 if role in (Role.INGESTER, Role.ADMIN) else 403)
        made = await client.post("/graphql", json={"query": MAKE, "variables": {"name": "N"}}, headers=headers)
        assert ("FORBIDDEN" in made.text) == (role in (Role.VIEWER, Role.INGESTER))


async def test_each_project_masks_for_itself(
    engine: AsyncEngine, client: httpx.AsyncClient, sessions: Sessions, agency: Agency
) -> None:
    await update_project(sessions, agency.second.project.id, mask_customer_numbers=True)
    key = (await make_organisation_key(engine, agency.organisation, "some", Role.VIEWER)).text
    told = []
    for one in (agency.first, agency.second):
        headers = {"X-API-Key": key, HEADER: str(one.project.id)}
        answer = await client.post("/graphql", json={"query": "{ viewer { maskedFields } }"}, headers=headers)
        told.append(answer.json()["data"]["viewer"]["maskedFields"])
    assert told == [[], ["customer_number"]]


async def refused_after(action: Callable[[], Any], ask: Callable[[], Any]) -> float:
    """Seconds until a server refuses, which is asked all the time, as a key in steady use is."""
    assert isinstance(await ask(), dict)
    await action()
    began = time.monotonic()
    while not isinstance(await ask(), int):
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_revoked_key_stops_within_two_seconds(
    engine: AsyncEngine, client: httpx.AsyncClient, agency: Agency
) -> None:
    named = str(agency.first.project.id)
    seconds = await refused_after(
        lambda: revoke_organisation_key(engine, agency.organisation, agency.key.row.id),
        lambda: who(client, agency.key.text, named),
    )
    assert seconds < 2
    assert await who(client, agency.key.text, named) == 401
    assert not await revoke_organisation_key(engine, agency.organisation, agency.key.row.id)


async def test_a_project_that_leaves_stops_within_two_seconds(
    engine: AsyncEngine, client: httpx.AsyncClient, agency: Agency
) -> None:
    leaving = agency.first.project
    seconds = await refused_after(
        lambda: remove_project(engine, agency.organisation, leaving),
        lambda: who(client, agency.key.text, str(leaving.id)),
    )
    assert seconds < 2
    assert await who(client, agency.key.text, leaving.name) == 403
    assert isinstance(await who(client, agency.key.text, str(agency.second.project.id)), dict)


async def test_expiry_is_exact(engine: AsyncEngine, sessions: Sessions, agency: Agency) -> None:
    made = await make_organisation_key(engine, agency.organisation, "short", expires_after=timedelta(seconds=1))
    authenticator = Authenticator(sessions, remember_seconds=3600)
    headers = {"x-api-key": made.text, HEADER.lower(): str(agency.first.project.id)}
    assert await authenticator.project(headers) == agency.first.project.id
    await asyncio.sleep(1)
    for given in (headers, {"x-api-key": made.text}):
        with pytest.raises(AuthenticationError, match="expired at"):
            await authenticator.project(given)


async def test_a_rotated_key_works_for_the_overlap(engine: AsyncEngine, sessions: Sessions, agency: Agency) -> None:
    named, old = str(agency.first.project.id), agency.key
    done = await rotate_organisation_key(engine, agency.organisation, old.row.id)
    for text in (old.text, done.made.text):
        assert (await identify(sessions, text, named)).project_id == agency.first.project.id
    assert (done.made.row.rotated_from, done.made.row.name) == (old.row.id, "fleet")
    at_once = await rotate_organisation_key(engine, agency.organisation, done.made.row.id, timedelta(0))
    with pytest.raises(AuthenticationError, match="expired"):
        await identify(sessions, done.made.text, named)
    assert (await identify(sessions, at_once.made.text, named)).key_id == at_once.made.row.id


async def test_a_key_of_another_organisation_number_is_refused(sessions: Sessions, agency: Agency) -> None:
    for text in (
        new_key(agency.organisation.id, KeyKind.ORGANISATION),
        new_key(999_999_999, KeyKind.ORGANISATION),
        new_key(agency.first.project.id, KeyKind.PROJECT),
    ):
        with pytest.raises(AuthenticationError, match="does not exist or was revoked"):
            await identify(sessions, text, str(agency.first.project.id))


async def test_a_mistyped_key_is_told_without_a_look_up(
    sessions: Sessions, agency: Agency, statements: list[str]
) -> None:
    text = agency.key.text
    statements.clear()
    for place in (text.index("_") + 1, text.rindex("_") + 5, len(text) - 1):
        wrong = text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :]
        with pytest.raises(AuthenticationError, match="checksum of this API key does not match"):
            await identify(sessions, wrong)
    with pytest.raises(AuthenticationError, match="checksum"):
        await identify(sessions, text.replace("dlbo_", "dlbk_"))
    assert len(statements) == 0


async def test_wrong_keys_are_limited_by_address(sessions: Sessions, agency: Agency) -> None:
    authenticator = Authenticator(sessions, remember_seconds=60)
    headers = {"x-api-key": agency.key.text, HEADER.lower(): str(agency.first.project.id)}
    await authenticator.identity(headers, "203.0.113.7")
    for _ in range(WRONG_KEYS):
        with pytest.raises(AuthenticationError, match="does not exist"):
            await authenticator.identity({"x-api-key": new_key(1, KeyKind.ORGANISATION)}, "203.0.113.7")
    with pytest.raises(TooManyWrongKeysError):
        await authenticator.identity({"x-api-key": new_key(1, KeyKind.ORGANISATION)}, "203.0.113.7")
    assert (await authenticator.identity(headers, "203.0.113.7")).project_id == agency.first.project.id


async def test_naming_projects_costs_no_look_up(sessions: Sessions, agency: Agency, statements: list[str]) -> None:
    authenticator = Authenticator(sessions, remember_seconds=60)
    headers = {"x-api-key": agency.key.text}
    assert await authenticator.project({**headers, HEADER.lower(): agency.first.project.name})
    statements.clear()
    assert await authenticator.project({**headers, HEADER.lower(): agency.second.project.name})
    for number in range(100):
        with pytest.raises(ProjectError):
            await authenticator.project({**headers, HEADER.lower(): f"guess {number}"})
    assert len(statements) == 0


async def test_many_projects_are_told_in_part(engine: AsyncEngine, sessions: Sessions) -> None:
    organisation = await create_organisation(engine, f"Agency {uuid.uuid4()}")
    key = await make_organisation_key(engine, organisation, "fleet")
    with pytest.raises(ProjectError, match="Its organisation has no projects"):
        await identify(sessions, key.text)
    for number in range(23):
        project = await ensure_project(engine, f"{number} {uuid.uuid4()}")
        await add_project(engine, organisation, project)
    with pytest.raises(ProjectError, match=r"and 3 more\.") as told:
        await identify(sessions, key.text, "x" * 1_000)
    assert "x" * 61 not in str(told.value.detail)


async def test_when_a_key_was_last_used_is_written(engine: AsyncEngine, sessions: Sessions, agency: Agency) -> None:
    last_use = LastUse(sessions)
    authenticator = Authenticator(sessions, 60, last_use)
    for one in (agency.first, agency.second):
        await authenticator.project({"x-api-key": agency.key.text, HEADER.lower(): str(one.project.id)})
    (row,) = await list_organisation_keys(engine, agency.organisation.id)
    assert row.last_used_at is None
    await last_use.write()
    (row,) = await list_organisation_keys(engine, agency.organisation.id)
    assert row.last_used_at is not None
    written = row.last_used_at
    await authenticator.project({"x-api-key": agency.key.text, HEADER.lower(): str(agency.first.project.id)})
    await last_use.write()
    (row,) = await list_organisation_keys(engine, agency.organisation.id)
    assert row.last_used_at == written


async def test_the_trail_names_the_key_and_every_project_has_its_events(
    engine: AsyncEngine, client: httpx.AsyncClient, sessions: Sessions, agency: Agency
) -> None:
    headers = {"X-API-Key": agency.key.text, HEADER: str(agency.first.project.id)}
    await client.post("/graphql", json={"query": MAKE, "variables": {"name": "By the agency"}}, headers=headers)
    await revoke_organisation_key(engine, agency.organisation, agency.key.row.id)
    await remove_project(engine, agency.organisation, agency.first.project)

    async def events(one: Filled) -> list[tuple[object, ...]]:
        statement = sa.select(AuditEvent).where(AuditEvent.project_id == one.project.id).order_by(AuditEvent.id)
        async with sessions.read(one.project.id) as session:
            found = [*await session.scalars(statement)]
        about = [(event.action.value, event.actor, event.key_id, event.subject_name) for event in found]
        return [event for event in about if one.secret not in str(event)]

    name, made, organisation = agency.organisation.name, agency.key.row.id, "dialboard organisations"
    join = ("project.join", organisation, None, name)
    create, revoke = ((f"key.{what}", "dialboard keys", None, "fleet") for what in ("create", "revoke"))
    assert await events(agency.second) == [join, create, revoke]
    write = ("dashboard.create", f"fleet ({name})", made, "By the agency")
    assert await events(agency.first) == [join, create, write, revoke, ("project.leave", organisation, None, name)]
    assert not any("fleet" in str(event) or name in str(event) for event in await events(agency.foreign))


async def test_keys_of_both_kinds_are_numbered_together(
    engine: AsyncEngine, sessions: Sessions, agency: Agency
) -> None:
    """So that budgets, the trail, and idempotency tell them apart by their numbers."""
    for _ in range(3):
        made = await make_organisation_key(engine, agency.organisation, "more")
        await create_key(sessions, agency.first.project.id, "more")
        own = {key.id for key in await list_keys(sessions, agency.first.project.id)}
        assert made.row.id not in own
        assert max(own) > made.row.id


async def test_a_budget_is_of_a_key_in_a_project(engine: AsyncEngine, sessions: Sessions, agency: Agency) -> None:
    budgets = Budgets(sessions, 200, 10_000)
    transport = httpx.ASGITransport(create_app(Settings(), Runtime(engine, sessions, head(), budgets=budgets)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as limited:

        async def export(one: Filled) -> int:
            headers = {"X-API-Key": agency.key.text, HEADER: str(one.project.id)}
            return (await limited.get("/export/calls.csv", headers=headers)).status_code

        first = [await export(agency.first) for _ in range(6)]
        assert first[:4] == [200] * 4
        assert first[-1] == 429
        assert await export(agency.second) == 200


async def test_an_idempotency_key_is_of_a_project(client: httpx.AsyncClient, agency: Agency) -> None:
    made: list[int] = []
    body = {"query": MAKE, "variables": {"name": "Once"}}
    for one in (agency.first, agency.second, agency.first):
        headers = {"X-API-Key": agency.key.text, HEADER: str(one.project.id), "Idempotency-Key": "same"}
        answer = await client.post("/graphql", json=body, headers=headers)
        made.append(answer.json()["data"]["createDashboard"]["dashboard"]["databaseId"])
    assert made[0] == made[2] != made[1]


async def test_only_the_hash_is_stored(engine: AsyncEngine, agency: Agency) -> None:
    statement = sa.select(sa.text("organisation_keys::text")).select_from(OrganisationKey)
    async with owner_of(engine).connect() as connection:
        stored = " ".join((await connection.scalars(statement)).all())
    assert agency.key.text.rsplit("_", 1)[1] not in stored


async def test_pages_may_send_the_header(anonymous: httpx.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": HEADER}
    answer = await anonymous.options("/graphql", headers={"Origin": "https://charts.example.com", **asked})
    assert answer.status_code == 200
    assert HEADER.lower() in answer.headers["access-control-allow-headers"].lower()


@asynccontextmanager
async def socket(url: str, key: str, project: str | None) -> AsyncGenerator[websockets.ClientConnection]:
    headers = {"X-API-Key": key} if project is None else {"X-API-Key": key, HEADER: project}
    address, protocol = url.replace("http://", "ws://"), websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(address, subprotocols=[protocol], additional_headers=headers) as opened:
        await opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await opened.recv())["type"] == "connection_ack"
        yield opened


@pytest.fixture
async def url(engine: AsyncEngine, sessions: Sessions) -> AsyncGenerator[str]:
    async with listening(create_app(Settings(), Runtime(engine, sessions, head()))) as url:
        yield url


@pytest.mark.processes
async def test_a_websocket_is_of_the_project_of_its_handshake(url: str, agency: Agency) -> None:
    for one in (agency.first, agency.second):
        async with socket(url, agency.key.text, one.project.name) as opened:
            await opened.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": ALL}}))
            told = str(await opened.recv())
        assert one.secret in told
        others = {agency.first.secret, agency.second.secret, agency.foreign.secret, agency.alone.secret} - {one.secret}
        assert [other for other in others if other in told] == []


@pytest.mark.processes
async def test_a_websocket_of_another_project_is_not_opened(url: str, agency: Agency) -> None:
    told: dict[str, tuple[int, str]] = {}
    for named in (None, agency.foreign.project.name, "Project secret000000000000"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with socket(url, agency.key.text, named):
                pass
        response = refused.value.response
        told[str(named)] = response.status_code, (response.body or b"").decode().replace(str(named), "NAMED")
    none, theirs, nobodys = told.values()
    assert none[0] == 400
    assert "send the number or the name of a project in the header Dialboard-Project" in none[1]
    assert theirs == nobodys
    assert theirs[0] == 403
    assert agency.foreign.secret not in str(told.values())


@pytest.mark.processes
@pytest.mark.parametrize("ends", ["revoked", "left"])
async def test_a_websocket_is_closed_within_two_seconds(
    url: str, engine: AsyncEngine, agency: Agency, ends: str
) -> None:
    async with socket(url, agency.key.text, agency.first.project.name) as opened:
        if ends == "revoked":
            await revoke_organisation_key(engine, agency.organisation, agency.key.row.id)
        else:
            await remove_project(engine, agency.organisation, agency.first.project)
        began = time.monotonic()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(opened.recv(), 5)
        assert time.monotonic() - began < 2
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
