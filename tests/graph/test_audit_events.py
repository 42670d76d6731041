"""The trail: every mutation leaves an event in its own transaction, and only admins read events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from graph.context import Context
from graph.rights import FIELDS
from graph.schema import schema
from graph.trail import MUTATIONS
from models import AuditAction, AuditEvent
from models.sessions import Sessions
from resolvers.author import Author, Origin
from resolvers.rights import Rights
from resolvers.scope import Scope
from tests.graph.mutations.conftest import ERRORS, SELECTIONS, Api
from tests.graph.mutations.test_idempotency import input_of, repeating, send

EVENTS = """query ($first: Int! = 50, $after: String, $action: AuditAction, $keyId: BigInt, $actor: String,
    $subject: ID, $since: DateTime, $until: DateTime) {
  auditEvents(first: $first, after: $after, action: $action, keyId: $keyId, actor: $actor, subject: $subject,
    since: $since, until: $until) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { cursor node {
      databaseId at action keyId actor subjectType subjectId subjectName counts address requestId
    } }
  }
}"""
MAKE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { id } } }'


@pytest.fixture
def api(sessions: Sessions, project_id: int) -> Api:
    return Api(sessions, project_id)


async def ask(api: Api, document: str, **variables: Any) -> Any:
    now, origin = datetime.now(UTC), Origin(variables.pop("address", "203.0.113.9"), "request-1")
    author = Author(variables.pop("key_id", 7), variables.pop("name", "CI"))
    scope = Scope(api.project_id, api.sessions, now, timedelta(days=30), author, origin=origin)
    return await schema.execute(document, variable_values=variables, context_value=Context(scope))


async def events(api: Api, **variables: Any) -> list[dict[str, Any]]:
    result = await ask(api, EVENTS, **variables)
    assert result.errors is None, result.errors
    found = result.data["auditEvents"]
    assert found["totalCount"] >= len(found["edges"])
    return [edge["node"] for edge in found["edges"]]


def test_every_mutation_has_a_row() -> None:
    assert MUTATIONS.keys() == FIELDS["Mutation"].keys()


@pytest.mark.parametrize("name", FIELDS["Mutation"])
async def test_every_mutation_leaves_one_event(api: Api, name: str) -> None:
    input = await input_of(api, name)
    before = len(await events(api))
    selection = {**SELECTIONS, "ingestCalls": "created updated rejected"}[name]
    document = (
        f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {selection} {ERRORS} }} }}"
    )
    answer = await ask(api, document, input=input)
    assert answer.errors is None, answer.errors
    event, *others = await events(api)
    assert len(others) == before
    action = MUTATIONS[name][0]
    assert (event["action"], event["keyId"], event["actor"]) == (action.name, 7, "CI")
    assert (event["address"], event["requestId"]) == ("203.0.113.9", "request-1")
    payload = answer.data[name]
    match event["subjectType"]:
        case None:
            assert event["counts"] | payload == payload | event["counts"]
            assert event["counts"]["created"] == payload["created"] == 1
            assert event["counts"]["rejected"] == len({error["path"].split("/")[2] for error in payload["errors"]})
        case kind:
            key = {"ApiKey": "oldApiKey" if name == "rotateApiKey" else "apiKey"}.get(kind, kind[0].lower() + kind[1:])
            assert event["subjectId"] == payload[key].get("id")
            assert event["subjectName"] == payload[key].get("name")


async def test_what_is_rejected_or_repeated_leaves_none(api: Api) -> None:
    refused = await ask(api, 'mutation { createDashboard(input: {name: ""}) { errors { path } } }')
    assert refused.data["createDashboard"]["errors"]
    assert await events(api) == []
    for _ in range(2):
        assert (await send(api, MAKE, repeating())).errors is None
    assert [event["action"] for event in await events(api)] == ["DASHBOARD_CREATE"]


async def test_without_its_event_nothing_is_written(api: Api) -> None:
    """The event cannot be inserted: PostgreSQL refuses its address."""
    result = await ask(api, MAKE, address="a\0b")
    assert result.errors is not None
    statement = sa.text("select count(*) from dashboards where project_id = :project")
    async with api.sessions.read(api.project_id) as session:
        assert (await session.execute(statement, {"project": api.project_id})).scalar_one() == 0


async def test_events_are_filtered(api: Api) -> None:
    made = [(await ask(api, MAKE, key_id=key, name=name)).data for key, name in ((1, "a"), (2, "b"), (2, "c"))]
    ids = [one["createDashboard"]["dashboard"]["id"] for one in made]
    delete = "mutation ($id: ID!) { deleteDashboard(input: {id: $id}) { deletedId } }"
    await ask(api, delete, key_id=1, name="a", id=ids[2])
    everything = await events(api)
    assert [event["subjectId"] for event in everything] == [ids[2], ids[2], ids[1], ids[0]]

    async def found(**variables: Any) -> list[tuple[str, str]]:
        return [(event["action"], event["subjectId"]) for event in await events(api, **variables)]

    create, deleted = "DASHBOARD_CREATE", "DASHBOARD_DELETE"
    assert await found(action=deleted) == [(deleted, ids[2])]
    assert await found(keyId=2) == [(create, ids[2]), (create, ids[1])]
    assert await found(actor="a") == [(deleted, ids[2]), (create, ids[0])]
    assert await found(actor="A") == []
    assert await found(subject=ids[2]) == [(deleted, ids[2]), (create, ids[2])]
    assert await found(subject=ids[2], action=create) == [(create, ids[2])]
    assert await found(since=everything[1]["at"]) == [(deleted, ids[2]), (create, ids[2])]
    assert await found(until=everything[1]["at"]) == [(create, ids[1]), (create, ids[0])]


async def test_pages_go_back_in_time(api: Api) -> None:
    for _ in range(5):
        await ask(api, MAKE)
    numbers: list[int] = []
    after, has_next = None, True
    while has_next:
        page = (await ask(api, EVENTS, first=2, after=after)).data["auditEvents"]
        assert page["totalCount"] == 5
        numbers += [edge["node"]["databaseId"] for edge in page["edges"]]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 5


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"subject": "x"}, "INVALID_ID"),
        ({"subject": "TWV0cmljOjE="}, "INVALID_ID"),
        ({"after": "x"}, "INVALID_CURSOR"),
        ({"first": 0}, "PAGE_SIZE"),
        ({"actor": "x" * 201}, "LIMIT_EXCEEDED"),
        ({"actor": "\0"}, "INVALID_INPUT"),
    ],
)
async def test_what_cannot_be_asked(api: Api, variables: dict[str, Any], code: str) -> None:
    (error,) = (await ask(api, EVENTS, **variables)).errors
    assert error.extensions["code"] == code


async def test_a_project_does_not_see_the_events_of_another(
    api: Api, sessions: Sessions, other_project_id: int
) -> None:
    other = Api(sessions, other_project_id)
    made = (await ask(other, MAKE)).data["createDashboard"]["dashboard"]["id"]
    assert await events(api) == await events(api, subject=made) == []
    assert len(await events(other)) == 1


async def test_only_admins_read_them(api: Api) -> None:
    for role in FIELDS["Query"]["viewer"] - FIELDS["Query"]["auditEvents"]:
        scope = Scope(api.project_id, api.sessions, datetime.now(UTC), None, rights=Rights(role))
        (error,) = (await schema.execute(EVENTS, context_value=Context(scope))).errors or []
        assert error.extensions is not None
        assert error.extensions["code"] == "FORBIDDEN"


async def test_a_mutation_costs_one_statement_more(api: Api, statements: Any) -> None:
    await ask(api, MAKE)
    assert sum("audit_events" in statement for statement in statements.executed) == 1


def test_actions_fit_their_column() -> None:
    column = AuditEvent.__table__.c.action.type
    assert isinstance(column, sa.String)
    assert column.length is not None
    assert max(map(len, AuditAction)) <= column.length == 20
