"""A mutation that is repeated with its idempotency key is not done twice, and gets the same answer."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from graph.context import Context
from graph.rights import FIELDS
from graph.schema import schema
from models import ApiKey
from models.deadlines import Deadline
from models.key_text import fingerprint
from models.sessions import Sessions
from resolvers import repeatable
from resolvers.author import Author
from resolvers.kept_results import Outcome, from_text, to_text
from resolvers.repeatable import Repeatable
from resolvers.scope import Scope
from resolvers.sealing import Seal
from resolvers.writing import Writing
from server.owner import owner_of
from tests.graph.mutations.conftest import ERRORS, SELECTIONS, Api

SEAL = Seal("dlbk_1_secret")
WHEN = "2026-03-01T09:30:00Z"
CALL = {"callId": "call-1", "agent": "Ada", "timestamp": WHEN}
MAKE = 'createDashboard(input: {name: "Made"}) { dashboard { id name version } errors { message } }'
PLACE = {"x": 0, "y": 0, "width": 4, "height": 4}
SAME_WITHOUT_KEY = {
    *("updateDashboard", "restoreDashboard", "updateWidget", "arrangeWidgets", "updateCallLog", "updateApiKey"),
    "updateMetric",
    "updateProject",
}
"""Mutations that a repetition does not harm as long as nobody else writes."""


def repeating(key: str = "key-1", hashed: bytes = b"1") -> Repeatable:
    return Repeatable(key, hashed, SEAL)


async def send(
    api: Api,
    document: str,
    request: Repeatable | None,
    *,
    key_id: int | None = 7,
    now: datetime | None = None,
    sessions: Sessions | None = None,
    **variables: Any,
) -> Any:
    context = Context(
        Scope(
            api.project_id,
            sessions or api.sessions,
            now or datetime.now(UTC),
            timedelta(days=30),
            Author(key_id, "test"),
        )
    )
    context.repeatable = request
    return await schema.execute(document, variable_values=variables, context_value=context)


async def dashboards(api: Api) -> int:
    statement = sa.text("select count(*) from dashboards where project_id = :project")
    async with api.sessions.read(api.project_id) as session:
        return (await session.execute(statement, {"project": api.project_id})).scalar_one()


async def first_key(api: Api) -> dict[str, Any]:
    return (await api.done("createApiKey", name="old", role="VIEWER"))["apiKey"]


async def document_of(api: Api) -> Any:
    dashboard = await api.dashboard(name="Source")
    query = "query ($id: ID!) { dashboard(id: $id) { document } }"
    return (await api.send(query, id=dashboard["id"]))["dashboard"]["document"]


async def undoable(api: Api) -> dict[str, Any]:
    dashboard = await api.dashboard()
    await api.done("updateDashboard", id=dashboard["id"], name="Other")
    return dashboard


async def a_widget(api: Api) -> dict[str, Any]:
    return await api.widget(await api.dashboard())


async def a_call(api: Api) -> str:
    await api.done("ingestCallLogs", calls=[CALL])
    found = await api.send("{ callLogs { edges { node { id } } } }")
    return found["callLogs"]["edges"][0]["node"]["id"]


async def a_metric(api: Api) -> str:
    await api.done("ingestCallLogs", calls=[{**CALL, "metrics": [{"metric": "cost", "type": "NUMERIC", "value": 2.5}]}])
    found = await api.send("{ metrics { nodes { id } } }")
    return found["metrics"]["nodes"][0]["id"]


async def batch_of(api: Api) -> dict[str, Any]:
    dashboard = await api.dashboard()
    first, second = [await api.widget(dashboard, name=name) for name in ("a", "b")]
    return {
        "dashboardId": dashboard["id"],
        "create": [{"name": "c", "chartType": "PIE", "field": "topic"}],
        "update": [{"id": first["id"], "name": "a2"}],
        "delete": [second["id"]],
    }


async def placed(api: Api) -> dict[str, Any]:
    widget = await a_widget(api)
    return {"dashboardId": widget["dashboard"]["id"], "widgets": [{"id": widget["id"], "layout": PLACE}]}


async def input_of(api: Api, name: str) -> dict[str, Any]:
    """An input that the mutation takes, in a project where it changes something."""
    match name:
        case "createDashboard":
            filters = {"field": "timestamp", "op": "gte", "value": "now-7d"}
            return {"name": "New", "filters": filters, "timeZone": "Europe/Berlin", "isDefault": True}
        case "updateDashboard":
            return {"id": (await api.dashboard())["id"], "name": "Changed", "weekStart": "SUNDAY"}
        case "deleteDashboard" | "duplicateDashboard":
            return {"id": (await a_widget(api))["dashboard"]["id"]}
        case "restoreDashboard":
            dashboard = await api.dashboard()
            await api.done("deleteDashboard", id=dashboard["id"])
            return {"id": dashboard["id"]}
        case "undoDashboard":
            return {"id": (await undoable(api))["id"]}
        case "importDashboard":
            return {"document": await document_of(api)}
        case "createWidget":
            metadata = {"color": "red", "nested": [1, None, {"a": 1.5}]}
            dashboard = await api.dashboard()
            return {"dashboardId": dashboard["id"], "name": "x", "chartType": "STAT", "metadata": metadata}
        case "updateWidget":
            return {"id": (await a_widget(api))["id"], "name": "Changed"}
        case "deleteWidget" | "duplicateWidget":
            return {"id": (await a_widget(api))["id"]}
        case "arrangeWidgets":
            return await placed(api)
        case "applyWidgetChanges":
            return await batch_of(api)
        case "ingestCallLogs":
            return {"calls": [CALL, {**CALL, "callId": "call-2", "duration": -1}]}
        case "ingestCalls":
            return {"calls": [{"call_id": "call-1", "agent": "Ada", "timestamp": WHEN}, {"call_id": "2"}, 7]}
        case "updateCallLog":
            return {"id": await a_call(api), "isReviewed": True, "topic": "billing", "metadata": {"a": [1, None]}}
        case "createApiKey":
            return {"name": "new", "role": "ANALYST", "expiresAt": "2100-01-01T00:00:00Z"}
        case "updateApiKey":
            return {"id": (await first_key(api))["id"], "name": "Changed"}
        case "revokeApiKey" | "rotateApiKey":
            return {"id": (await first_key(api))["id"]}
        case "updateMetric":
            return {"id": await a_metric(api), "displayName": "Costs", "unit": "EUR", "format": "CURRENCY"}
        case "updateProject":
            return {"maskCustomerNumbers": True}
        case _:
            raise AssertionError(f"{name} needs an input here")


@pytest.mark.parametrize("name", FIELDS["Mutation"])
async def test_every_mutation_is_done_once(api: Api, name: str) -> None:
    """The same answer comes again, by a statement for the key and one for its result, and no row differs."""
    input = await input_of(api, name)
    selection = {**SELECTIONS, "ingestCalls": "created updated rejected"}[name]
    document = (
        f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {selection} {ERRORS} }} }}"
    )
    first = await send(api, document, repeating(), input=input)
    assert first.errors is None, first.errors
    stored = await everything(api)
    request = repeating()
    second = await send(api, document, request, input=input)
    assert second.errors is None, second.errors
    assert second.data == first.data
    assert request.repeated == [name]
    assert await everything(api) == stored
    third = await send(api, document, None, input=input)
    is_same = third.data == first.data and await everything(api) == stored
    assert is_same == (name in SAME_WITHOUT_KEY)


async def everything(api: Api) -> list[Any]:
    rows: list[Any] = [await api.everything()]
    async with api.sessions.read(api.project_id) as session:
        for table in ("api_keys", "call_feedback", "idempotency_keys", "idempotency_results"):
            statement = sa.text(f"select t::text from {table} t where project_id = :project order by 1")
            rows.append((await session.execute(statement, {"project": api.project_id})).all())
    return rows


async def test_a_repetition_does_not_undo_a_newer_change(api: Api) -> None:
    dashboard = await api.dashboard(name="First")
    document = 'mutation ($id: ID!) { updateDashboard(input: {id: $id, name: "Mine"}) { dashboard { name version } } }'
    first = await send(api, document, repeating(), id=dashboard["id"])
    await api.done("updateDashboard", id=dashboard["id"], name="Newer")
    second = await send(api, document, repeating(), id=dashboard["id"])
    assert second.data == first.data == {"updateDashboard": {"dashboard": {"name": "Mine", "version": 2}}}
    now = await api.read(dashboard)
    assert now is not None
    assert (now["name"], now["version"]) == ("Newer", 3)


async def test_two_at_once_have_one_effect(api: Api) -> None:
    requests = [repeating() for _ in range(8)]
    answers = await asyncio.gather(*(send(api, f"mutation {{ {MAKE} }}", request) for request in requests))
    assert await dashboards(api) == 1
    assert {str(answer.data) for answer in answers} == {str(answers[0].data)}
    assert sum(bool(request.repeated) for request in requests) == 7


async def test_another_request_with_the_key_is_refused(api: Api) -> None:
    assert (await send(api, f"mutation {{ {MAKE} }}", repeating())).errors is None
    other = await send(api, f"mutation {{ other: {MAKE} }}", repeating(hashed=b"2"))
    assert other.data == {"other": None}
    (error,) = other.errors
    assert error.extensions == {"code": "IDEMPOTENCY_KEY_REUSED"}
    assert "Repeat that request unchanged, or use a new key" in error.message
    assert await dashboards(api) == 1


async def test_of_two_different_requests_at_once_one_is_refused(api: Api) -> None:
    answers = await asyncio.gather(
        *(send(api, f"mutation {{ m{number}: {MAKE} }}", repeating(hashed=bytes([number]))) for number in range(6))
    )
    assert await dashboards(api) == 1
    refused = [error.extensions["code"] for answer in answers for error in answer.errors or ()]
    assert refused == ["IDEMPOTENCY_KEY_REUSED"] * 5


async def test_a_key_is_that_of_an_api_key_and_a_project(api: Api, other: Api) -> None:
    for target, key_id in ((api, 7), (api, 8), (other, 7)):
        answer = await send(target, f"mutation {{ {MAKE} }}", repeating(hashed=str(key_id).encode()), key_id=key_id)
        assert answer.errors is None
    assert (await dashboards(api), await dashboards(other)) == (2, 1)


async def test_while_the_first_one_runs_the_second_is_told_to_wait(api: Api) -> None:
    request = repeating()
    impatient = Sessions(api.sessions.engine, lock_timeout=timedelta(seconds=0.2))
    async with api.sessions.write(api.project_id) as session:
        writing = Writing(session, api.project_id, datetime.now(UTC), Author(7, "test"))
        assert await repeatable.earlier_result(writing, request, "createDashboard") is None
        sessions = impatient.within(Deadline.after(20))
        answer = await send(api, f"mutation {{ {MAKE} }}", repeating(), sessions=sessions)
    (error,) = answer.errors
    assert error.extensions == {"code": "IDEMPOTENCY_KEY_IN_USE", "retryAfter": 1}
    assert (await send(api, f"mutation {{ {MAKE} }}", repeating())).errors is None
    assert await dashboards(api) == 1


async def test_what_was_rejected_leaves_the_key_free(api: Api) -> None:
    """Nothing was written, so the repetition is judged by what is there by then; so is another request."""
    document = 'mutation { createDashboard(input: {name: ""}) { dashboard { id } errors { path } } }'
    for _ in range(2):
        request = repeating()
        answer = await send(api, document, request)
        assert answer.data["createDashboard"]["errors"] == [{"path": "/name"}]
        assert request.repeated == []
    assert (await send(api, f"mutation {{ {MAKE} }}", repeating(hashed=b"2"))).errors is None
    assert await dashboards(api) == 1


async def test_of_several_mutations_only_those_that_are_missing_are_done(api: Api) -> None:
    """The second mutation is rejected at first, because of the dashboard's version."""
    dashboard = await api.dashboard(name="Deleted")
    delete = "deleteDashboard(input: {id: $id, expectedVersion: 2}) { deletedId }"
    document = f"mutation ($id: ID!) {{ a: {MAKE} b: {delete} c: {MAKE} }}"
    first = await send(api, document, repeating(), id=dashboard["id"])
    assert (first.data["b"], await dashboards(api)) == ({"deletedId": None}, 3)
    await api.done("updateDashboard", id=dashboard["id"], name="Renamed")
    request = repeating()
    second = await send(api, document, request, id=dashboard["id"])
    assert second.data == {**first.data, "b": {"deletedId": dashboard["id"]}}
    assert (request.repeated, await dashboards(api)) == (["a", "c"], 3)


async def test_a_key_is_forgotten_after_its_time(api: Api) -> None:
    start = datetime.now(UTC)
    document = f"mutation {{ {MAKE} }}"
    for hours, hashed, count in ((0, b"1", 1), (23.9, b"1", 1), (24, b"2", 2), (47.9, b"2", 2), (48, b"1", 3)):
        answer = await send(api, document, repeating(hashed=hashed), now=start + timedelta(hours=hours))
        assert answer.errors is None
        assert await dashboards(api) == count


async def test_a_result_that_is_too_long_is_not_repeated(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeatable, "MAX_RESULT", 100)
    document = f"mutation {{ {MAKE} }}"
    assert (await send(api, document, repeating())).errors is None
    (error,) = (await send(api, document, repeating())).errors
    assert error.extensions["code"] == "LIMIT_EXCEEDED"
    assert "executed by an earlier request" in error.message
    assert await dashboards(api) == 1


async def test_the_secret_of_a_key_is_told_again_and_not_stored(api: Api) -> None:
    document = 'mutation { createApiKey(input: {name: "n", role: VIEWER}) { secret apiKey { databaseId } } }'
    told = [(await send(api, document, repeating())).data["createApiKey"] for _ in range(2)]
    assert told[0] == told[1]
    assert told[0]["secret"] not in str(await everything(api))
    async with api.sessions.read(api.project_id) as session:
        hashes = list(await session.scalars(sa.select(ApiKey.key_hash).where(ApiKey.project_id == api.project_id)))
    assert hashes == [fingerprint(told[0]["secret"])]


async def test_a_secret_that_was_sealed_by_an_earlier_version_is_not_told(api: Api) -> None:
    document = 'mutation { createApiKey(input: {name: "n", role: VIEWER}) { secret apiKey { databaseId } } }'
    secret: str = (await send(api, document, repeating())).data["createApiKey"]["secret"]
    earlier = sa.text(
        "update idempotency_results set result = regexp_replace(result, 'v2:[0-9a-f]+', :old) "
        "where project_id = :project"
    )
    async with Sessions(owner_of(api.sessions.engine)).write(api.project_id) as session:
        await session.execute(earlier, {"old": secret.encode().hex(), "project": api.project_id})
    (error,) = (await send(api, document, repeating())).errors
    assert error.extensions == {"code": "NOT_FOUND"}
    assert "stored by an earlier version" in error.message
    async with api.sessions.read(api.project_id) as session:
        count = sa.select(sa.func.count()).select_from(ApiKey).where(ApiKey.project_id == api.project_id)
        assert await session.scalar(count) == 1


@pytest.mark.parametrize("value", [object(), {"a": 1}, Author(1, "x")], ids=["object", "dict", "Author"])
def test_what_is_not_known_is_not_kept(value: Mapping[str, int] | object) -> None:
    with pytest.raises((LookupError, TypeError)):
        to_text(Outcome(value), SEAL)


def test_nothing_is_kept_as_nothing() -> None:
    assert from_text(to_text(Outcome(None), SEAL), SEAL) == Outcome(None)


async def test_a_mutation_costs_three_statements_more_with_a_key(api: Api, statements: Any) -> None:
    counts = []
    for request in (None, repeating(), repeating()):
        statements.clear()
        await send(api, f"mutation {{ {MAKE} }}", request)
        counts.append(len(statements))
    assert counts == [counts[0], counts[0] + 3, 2]
