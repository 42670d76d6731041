"""Events over a server that listens: signed as the services do it, stored once, answered when they are committed."""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from models import AuditEvent, IdempotencyKey
from models.key_text import KeyKind, new_key
from models.sessions import Sessions
from models.types import AuditAction, WebhookSource
from resolvers.budgets import Budgets
from server.hooks.endpoints import path_of, revoke_endpoint, rotate_endpoint
from server.hooks.events import Ignored, calls_of
from server.hooks.mappings import mapping_of
from server.hooks.receiving import CallReader
from server.http.reservations import Reservations
from server.http.sign_in_limit import ATTEMPTS, WRONG_KEYS
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from tests.server.hooks import deliveries
from tests.server.hooks.conftest import SECRET, Hooks, Serve
from tests.server.hooks.deliveries import NATIVE

VAPI, RETELL, TWILIO, GENERIC = WebhookSource
Calls = Callable[..., Awaitable[list[dict[str, Any]]]]


def error(response: httpx.Response) -> dict[str, Any]:
    (found,) = response.json()["errors"]
    return found


async def test_a_report_of_vapi_is_stored(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(VAPI)
    for secret in ({"X-Vapi-Secret": SECRET}, {"Authorization": f"Bearer {SECRET}"}):
        body = deliveries.text(deliveries.vapi_report(id=f"v-{len(secret)}", note=str(secret)))
        response = await hooks.post(made, body, {**deliveries.JSON, **secret})
        assert response.status_code == 200, response.text
    body = deliveries.text(deliveries.vapi_report(id="v-2"))
    response = await hooks.post(made, body, deliveries.vapi_signed(SECRET, body))
    assert response.json() == {"created": 1, "updated": 0}
    *_, call = await calls()
    assert (call["call_id"], call["agent_name"], call["duration"], call["success"]) == ("v-2", "as-1", 205.0, True)
    assert (call["customer_number"], call["metadata"]["intent"]) == ("+15550100001", "billing")
    assert call["timestamp"] == datetime(2026, 11, 20, 9, 15, 27, tzinfo=UTC)
    assert hooks.counted("vapi", "stored") == 3


async def test_both_events_of_retell_make_one_call(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(RETELL)
    ended = deliveries.text(deliveries.retell_event("call_ended"))
    analyzed = deliveries.text(deliveries.retell_event("call_analyzed", call_analysis={"call_successful": True}))
    told = [(await hooks.post(made, body, deliveries.retell_signed(SECRET, body))).json() for body in (ended, analyzed)]
    assert told == [{"created": 1, "updated": 0}, {"created": 0, "updated": 1}]
    (call,) = await calls()
    assert (call["call_id"], call["duration"], call["success"]) == ("r-1", 205.0, True)


@pytest.mark.parametrize(
    ("csat", "ratings", "metadata"), [(4.5, [4.5], None), ("3", [3], None), (8, [], 8), ("very good", [], "very good")]
)
async def test_a_score_beyond_the_scale_of_ratings_is_metadata(
    hooks: Hooks, calls: Calls, csat: object, ratings: list[float], metadata: object
) -> None:
    made = await hooks.make(VAPI)
    report = deliveries.vapi_report()
    report["message"]["analysis"]["structuredData"]["csat"] = csat
    response = await hooks.post(made, deliveries.text(report), {**deliveries.JSON, "X-Vapi-Secret": SECRET})
    assert response.json() == {"created": 1, "updated": 0}
    (call,) = await calls()
    assert call["metadata"].get("csat") == metadata
    found = calls_of(VAPI, report)
    assert not isinstance(found, Ignored)
    (read,) = CallReader(mapping_of(VAPI, None)).read(found)
    assert [metric.value for metric in read.record.metrics if metric.metric == "csat"] == ratings


async def test_a_call_that_never_began_counts_from_its_end(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(RETELL)
    event = deliveries.retell_event("call_ended", disconnection_reason="dial_failed")
    del event["call"]["start_timestamp"], event["call"]["duration_ms"]
    body = deliveries.text(event)
    response = await hooks.post(made, body, deliveries.retell_signed(SECRET, body))
    assert response.json() == {"created": 1, "updated": 0}
    (call,) = await calls()
    assert (call["timestamp"].timestamp(), call["duration"]) == (1_763_630_332.945, None)
    del event["call"]["end_timestamp"]
    body = deliveries.text(event)
    response = await hooks.post(made, body, deliveries.retell_signed(SECRET, body))
    assert response.status_code == 422
    (fault,) = error(response)["extensions"]["faults"]
    assert fault["path"] == "/call"
    assert fault["message"].startswith("start_timestamp: it is missing")


async def test_a_callback_of_twilio_is_stored_and_answered_without_a_body(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(TWILIO)
    for status, query in (("ringing", ""), ("completed", "?team=a%20b&x=1")):
        form = deliveries.twilio_form(CallStatus=status)
        headers = deliveries.twilio_signed(SECRET, hooks.base + made.address + query, form)
        body = deliveries.twilio_body(form)
        response = await hooks.client.post(made.address + query, content=body, headers=headers)
        assert (response.status_code, response.content) == (204, b"")
    (call,) = await calls()
    assert (call["call_id"], call["agent_name"]) == (form["CallSid"], "+15550100009")
    assert (call["duration"], call["call_ended_reason"]) == (61.0, "completed")
    ends = call["timestamp"] + timedelta(seconds=61)
    assert abs(ends - datetime.now(UTC)) < timedelta(minutes=2)
    assert hooks.counted("twilio", "ignored") == hooks.counted("twilio", "stored") == 1


async def test_legs_of_a_call_are_skipped_by_the_mapping(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(TWILIO)
    form = deliveries.twilio_form(ParentCallSid="CA9")
    headers = deliveries.twilio_signed(SECRET, hooks.base + made.address, form)
    assert (await hooks.post(made, deliveries.twilio_body(form), headers)).status_code == 204
    assert await calls() == []


@pytest.mark.parametrize(
    ("settings", "sent", "url"),
    [
        ({"public_url": "https://calls.example.com"}, {}, "https://calls.example.com"),
        ({"public_url": "https://calls.example.com:8443/dial/"}, {}, "https://calls.example.com:8443/dial"),
        ({"public_url": "https://calls.example.com:8443"}, {}, "https://calls.example.com"),
        ({"public_url": "https://calls.example.com"}, {}, "https://calls.example.com:443"),
        (
            {"trusted_proxies": "127.0.0.1"},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "calls.example.com"},
            "https://calls.example.com",
        ),
        ({"trusted_proxies": "127.0.0.1"}, {"X-Forwarded-Proto": "https, http"}, "https://{host}"),
        ({}, {"Host": "calls.example.com"}, "http://calls.example.com"),
    ],
)
async def test_twilio_signs_the_address_that_it_has(
    serve: Serve, settings: dict[str, str], sent: dict[str, str], url: str
) -> None:
    async with serve(**settings) as hooks:
        made = await hooks.make(TWILIO)
        host = hooks.base.removeprefix("http://")
        form = deliveries.twilio_form()
        signed = deliveries.twilio_signed(SECRET, url.replace("{host}", host) + made.address, form)
        response = await hooks.post(made, deliveries.twilio_body(form), {**signed, **sent})
        assert response.status_code == 204, response.text


async def test_what_an_untrusted_peer_says_of_its_host_does_not_count(hooks: Hooks) -> None:
    made = await hooks.make(TWILIO)
    form = deliveries.twilio_form()
    signed = deliveries.twilio_signed(SECRET, "https://calls.example.com" + made.address, form)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "calls.example.com"}
    response = await hooks.post(made, deliveries.twilio_body(form), {**signed, **forwarded})
    assert response.status_code == 401
    assert "DIALBOARD_PUBLIC_URL" in error(response)["message"]


async def test_generic_events_take_calls_in_the_native_format(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(GENERIC)
    several = [{**NATIVE, "call_id": f"n-{number}"} for number in range(2, 5)]
    assert (await hooks.generic(made, NATIVE)).json() == {"created": 1, "updated": 0}
    enveloped = {"type": "call.ended", "timestamp": "2026-11-20T09:16:01Z", "data": NATIVE}
    assert (await hooks.generic(made, enveloped, "msg_2")).json() == {"created": 0, "updated": 1}
    assert (await hooks.generic(made, several, "msg_3")).json() == {"created": 3, "updated": 0}
    assert [call["call_id"] for call in await calls()] == ["n-1", "n-2", "n-3", "n-4"]


async def test_a_mapping_is_stored_with_the_endpoint(hooks: Hooks, calls: Calls) -> None:
    mapping = """
        list = "data.calls"
        [call]
        call_id = "ref"
        agent = { constant = "Bot" }
        timestamp = { column = "at", format = "unix" }
        """
    made = await hooks.make(GENERIC, mapping=mapping)
    event = {"type": "x", "data": {"calls": [{"ref": "a", "at": 1_763_630_127}, {"ref": "b", "at": 1_763_630_128}]}}
    assert (await hooks.generic(made, event)).json() == {"created": 2, "updated": 0}
    assert [(call["call_id"], call["agent_name"]) for call in await calls()] == [("a", "Bot"), ("b", "Bot")]


async def test_an_event_is_stored_once_and_does_not_undo_what_came_after_it(
    hooks: Hooks, serve: Serve, calls: Calls, sessions: Sessions, project_id: int
) -> None:
    made = await hooks.make(GENERIC)
    first = await hooks.generic(made, {**NATIVE, "topic": "sent"})
    async with sessions.write(project_id) as session:
        await session.execute(
            sa.text("update call_logs set topic = 'corrected' where project_id = :id"), {"id": project_id}
        )
    async with serve() as another_process:
        for running in (hooks, another_process):
            again = await running.generic(made, {**NATIVE, "topic": "sent"})
            assert (again.status_code, again.json()) == (200, first.json())
            assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    (call,) = await calls()
    assert call["topic"] == "corrected"
    assert hooks.counted("generic", "repeated") == 1


async def test_the_same_event_at_once_is_stored_once(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(RETELL)
    body = deliveries.text(deliveries.retell_event("call_ended"))
    headers = deliveries.retell_signed(SECRET, body)
    answers = await asyncio.gather(*(hooks.post(made, body, headers) for _ in range(5)))
    assert [answer.json() for answer in answers] == [{"created": 1, "updated": 0}] * 5
    assert sorted(answer.headers.get("Idempotent-Replayed", "") for answer in answers) == ["", *["true"] * 4]
    assert len(await calls()) == 1


async def test_an_event_that_is_still_being_stored_is_answered_when_it_is(
    serve: Serve, sessions: Sessions, project_id: int, calls: Calls
) -> None:
    async with serve(
        Runtime(sessions.engine, Sessions(sessions.engine, lock_timeout=timedelta(seconds=0.2)), head())
    ) as hooks:
        made = await hooks.make(GENERIC)
        body = deliveries.text(NATIVE)
        id, digest = hashlib.sha256(b"msg_1").hexdigest(), hashlib.sha256(body).digest()
        async with sessions.write(project_id) as session:
            session.add(
                IdempotencyKey(
                    project_id=project_id,
                    api_key_id=made.row.id,
                    key=f"hook-{id}",
                    request_hash=digest,
                    created_at=datetime.now(UTC),
                )
            )
            await session.flush()
            waited = await hooks.generic(made, NATIVE)
            await session.rollback()
        assert (waited.status_code, waited.headers["Retry-After"]) == (409, "1")
        assert error(waited)["extensions"]["code"] == "IDEMPOTENCY_KEY_IN_USE"
        assert await calls() == []
        assert (await hooks.generic(made, NATIVE)).json() == {"created": 1, "updated": 0}


async def test_an_id_of_another_event_is_refused(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(GENERIC)
    await hooks.generic(made, NATIVE)
    response = await hooks.generic(made, {**NATIVE, "topic": "other"})
    assert (response.status_code, error(response)["extensions"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    (call,) = await calls()
    assert call["topic"] is None


async def test_ids_of_two_endpoints_have_nothing_to_do_with_each_other(hooks: Hooks, other_project_id: int) -> None:
    for made in (await hooks.make(GENERIC), await hooks.make(GENERIC), await hooks.make(GENERIC, other_project_id)):
        assert (await hooks.generic(made, NATIVE)).headers.get("Idempotent-Replayed") is None


async def test_an_event_that_failed_can_be_sent_again(hooks: Hooks, calls: Calls) -> None:
    made = await hooks.make(GENERIC)
    wrong = [NATIVE, {"call_id": "n-2", "agent": "Ava", "duration": -1}]
    response = await hooks.generic(made, wrong)
    assert (response.status_code, error(response)["extensions"]["code"]) == (422, "INVALID_CALL")
    faults = error(response)["extensions"]["faults"]
    assert [fault["path"] for fault in faults] == ["/1/duration", "/1/timestamp"]
    assert "allowed: a number of seconds, 0 or more" in faults[0]["message"]
    assert await calls() == []
    assert (await hooks.generic(made, NATIVE)).json() == {"created": 1, "updated": 0}


async def test_faults_of_a_mapped_call_stand_where_they_were_sent(hooks: Hooks) -> None:
    made = await hooks.make(VAPI)
    report = deliveries.vapi_report(id="")
    report["message"] |= {"startedAt": "soon", "analysis": {"structuredData": {"csat": 9}}}
    response = await hooks.post(made, deliveries.text(report), {**deliveries.JSON, "X-Vapi-Secret": SECRET})
    assert response.status_code == 422
    paths = {fault["path"] for fault in error(response)["extensions"]["faults"]}
    assert "/message/startedAt" in paths
    assert paths <= {
        "/message/startedAt",
        "/message/endedAt",
        "/message/call/id",
        "/message/analysis/structuredData/csat",
    }


async def test_a_call_that_the_project_cannot_take_is_told(hooks: Hooks, sessions: Sessions, calls: Calls) -> None:
    made = await hooks.make(GENERIC)
    numeric = {**NATIVE, "metrics": [{"metric": "stars", "type": "numeric", "value": 1}]}
    rating = {**NATIVE, "call_id": "n-2", "metrics": [{"metric": "stars", "type": "rating", "value": 1}]}
    assert (await hooks.generic(made, numeric)).status_code == 200
    response = await hooks.generic(made, [{**NATIVE, "call_id": "n-3"}, rating], "msg_2")
    assert response.status_code == 422
    assert error(response)["extensions"]["faults"][0]["path"].startswith("/1/metrics/0")
    assert [call["call_id"] for call in await calls()] == ["n-1"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "is not valid JSON"),
        (b"7", 400, "This is not an event of generic: the body is not a call"),
        (b'{"type": "a", "data": [1]}', 400, "/data/0 is not a JSON object"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b'{"call_id": NaN}', 400, "not a valid number"),
    ],
)
async def test_what_is_not_an_event_is_refused(hooks: Hooks, body: bytes, status: int, message: str) -> None:
    response = await hooks.generic(await hooks.make(GENERIC), body)
    assert response.status_code == status
    assert message in error(response)["message"]


async def test_bodies_are_bounded(serve: Serve) -> None:
    async with serve(max_request_bytes=1_000) as hooks:
        made = await hooks.make(GENERIC)
        response = await hooks.generic(made, {**NATIVE, "topic": "x" * 1_000})
        assert (response.status_code, error(response)["extensions"]["code"]) == (413, "REQUEST_TOO_LARGE")
        packed = gzip.compress(b" " * 100_000)
        headers = {**deliveries.JSON, "Content-Encoding": "gzip"}
        assert (await hooks.post(made, packed, headers)).status_code == 413
    async with serve() as hooks:
        form = deliveries.twilio_form(Extra="x" * 70_000)
        response = await hooks.post(await hooks.make(TWILIO), deliveries.twilio_body(form), deliveries.FORM)
        assert response.status_code == 413


async def test_other_media_types_are_refused(hooks: Hooks) -> None:
    for source, media in ((GENERIC, "text/plain"), (TWILIO, "application/json"), (VAPI, "")):
        response = await hooks.post(await hooks.make(source), b"{}", {"Content-Type": media})
        assert response.status_code == 415


async def test_wrong_addresses_and_methods_are_refused(hooks: Hooks, project_id: int) -> None:
    made = await hooks.make(GENERIC)
    for path in (
        path_of(GENERIC, new_key(project_id, KeyKind.WEBHOOK)),
        path_of(GENERIC, new_key(project_id)),
        path_of(GENERIC, "1"),
        made.address.replace("generic", "vapi"),
        made.address[:-1],
        made.address.replace("generic", "zoom"),
    ):
        response = await hooks.client.post(path, content=b"{}", headers=deliveries.JSON)
        assert (response.status_code, error(response)["extensions"]["code"]) == (404, "NOT_FOUND"), path
    assert (await hooks.client.get(made.address)).status_code == 405


async def test_the_address_is_not_an_api_key_and_an_api_key_no_address(
    hooks: Hooks, sessions: Sessions, project_id: int
) -> None:
    made = await hooks.make(GENERIC)
    key = made.address.rpartition("/")[2]
    response = await hooks.client.post("/graphql", json={"query": "{ __typename }"}, headers={"X-API-Key": key})
    assert response.status_code == 401
    admin = await create_key(sessions, project_id, "admin")
    assert (await hooks.client.post(path_of(GENERIC, admin), json={})).status_code == 404


async def test_an_endpoint_opens_its_own_project_alone(
    hooks: Hooks, calls: Calls, project_id: int, other_project_id: int
) -> None:
    made = await hooks.make(GENERIC)
    await hooks.generic(made, NATIVE)
    assert len(await calls(project_id)) == 1
    assert await calls(other_project_id) == []
    elsewhere = made.address.replace(f"dlbw_{project_id}_", f"dlbw_{other_project_id}_")
    assert (await hooks.client.post(elsewhere, content=b"{}", headers=deliveries.JSON)).status_code == 404


async def test_a_wrong_signature_is_refused_and_limited(hooks: Hooks) -> None:
    made, other = await hooks.make(GENERIC), await hooks.make(GENERIC)
    body = deliveries.text(NATIVE)
    forged = deliveries.generic_signed("whsec_" + "A" * 32, body)
    answers = [await hooks.post(made, body, forged) for _ in range(ATTEMPTS + 1)]
    assert [answer.status_code for answer in answers] == [*[401] * ATTEMPTS, 429]
    assert error(answers[0])["extensions"]["code"] == "UNAUTHENTICATED"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "wrong address or signature" in error(answers[-1])["message"]
    assert (await hooks.generic(other, NATIVE)).status_code == 200
    assert (hooks.counted("generic", "unsigned"), hooks.counted("generic", "limited")) == (ATTEMPTS, 1)


async def test_guessing_addresses_is_limited_and_spares_endpoints_in_use(hooks: Hooks, project_id: int) -> None:
    made, unused = await hooks.make(GENERIC), await hooks.make(GENERIC)
    assert (await hooks.generic(made, NATIVE)).status_code == 200
    statuses = [
        (await hooks.client.post(path_of(GENERIC, new_key(project_id, KeyKind.WEBHOOK)), json={})).status_code
        for _ in range(WRONG_KEYS + 2)
    ]
    assert statuses == [*[404] * WRONG_KEYS, 429, 429]
    assert (await hooks.generic(unused, NATIVE)).status_code == 429
    assert (await hooks.generic(made, NATIVE, "msg_2")).status_code == 200


async def test_a_limited_address_is_that_of_the_client_behind_a_proxy(serve: Serve, project_id: int) -> None:
    async with serve(trusted_proxies="127.0.0.1") as hooks:
        made = await hooks.make(GENERIC)
        body = deliveries.text(NATIVE)
        forged = {**deliveries.generic_signed("whsec_" + "A" * 32, body), "X-Forwarded-For": "192.0.2.1"}
        for _ in range(ATTEMPTS + 1):
            refused = await hooks.post(made, body, forged)
        assert refused.status_code == 429
        signed = deliveries.generic_signed(str(made.secret), body)
        assert (await hooks.post(made, body, {**signed, "X-Forwarded-For": "192.0.2.2"})).status_code == 200


async def test_a_revoked_endpoint_stops(hooks: Hooks, engine: AsyncEngine, project_id: int) -> None:
    made = await hooks.make(GENERIC)
    assert (await hooks.generic(made, NATIVE)).status_code == 200
    await revoke_endpoint(engine, project_id, made.row.id)
    assert (await hooks.generic(made, NATIVE, "msg_2")).status_code == 404


async def test_both_addresses_are_valid_for_the_overlap(hooks: Hooks, engine: AsyncEngine, project_id: int) -> None:
    old = await hooks.make(GENERIC)
    rotated = await rotate_endpoint(engine, project_id, old.row.id, None, timedelta(hours=1))
    assert rotated.made.secret != old.secret
    for number, made in enumerate((old, rotated.made)):
        assert (await hooks.generic(made, NATIVE, f"msg_{number}")).status_code == 200
    at_once = await rotate_endpoint(engine, project_id, rotated.made.row.id, None, timedelta(0))
    assert (await hooks.generic(rotated.made, NATIVE, "msg_3")).status_code == 404
    assert (await hooks.generic(at_once.made, NATIVE, "msg_3")).status_code == 200


async def test_an_expired_endpoint_stops_at_the_moment_though_it_is_remembered(
    serve: Serve, engine: AsyncEngine, project_id: int
) -> None:
    async with serve(key_cache_seconds=3_600) as hooks:
        made = await hooks.make(GENERIC)
        await rotate_endpoint(engine, project_id, made.row.id, None, timedelta(seconds=1))
        assert (await hooks.generic(made, NATIVE)).status_code == 200
        await asyncio.sleep(1.1)
        assert (await hooks.generic(made, NATIVE, "msg_2")).status_code == 404


async def test_an_endpoint_spends_a_budget(serve: Serve, engine: AsyncEngine, project_id: int) -> None:
    sessions = Sessions(engine)
    budgets = Budgets(sessions, of_key=100, of_project=10_000)
    metrics = [{"metric": "latency", "type": "numeric", "value": 0.8}] * 1_000
    async with serve(Runtime(engine, sessions, head(), budgets=budgets)) as hooks:
        made = await hooks.make(GENERIC)
        events = [[{**NATIVE, "metrics": metrics}], [{**NATIVE, "metrics": metrics}], [NATIVE]]
        # Of 100 points, each of the first two takes 11 before and 50 for its evaluations after it is stored.
        *stored, response = [await hooks.generic(made, event, f"msg_{n}") for n, event in enumerate(events)]
        assert [one.status_code for one in stored] == [200, 200]
        replayed = await hooks.generic(made, events[0], "msg_0")
        assert replayed.status_code == 429
        assert (response.status_code, error(response)["extensions"]["code"]) == (429, "RATE_LIMITED")
        assert int(response.headers["Retry-After"]) >= 1


async def test_what_was_done_is_in_the_trail(
    hooks: Hooks, engine: AsyncEngine, sessions: Sessions, project_id: int
) -> None:
    made = await hooks.make(GENERIC, name="Our agents")
    await hooks.generic(made, NATIVE)
    await hooks.generic(made, NATIVE)
    rotated = await rotate_endpoint(engine, project_id, made.row.id, None)
    await revoke_endpoint(engine, project_id, made.row.id)
    async with sessions.read(project_id) as session:
        statement = sa.select(AuditEvent).where(AuditEvent.project_id == project_id).order_by(AuditEvent.id)
        events = (await session.scalars(statement)).all()
    told = [(event.action, event.key_id, event.actor, event.subject_id, event.counts) for event in events]
    command = "dialboard hooks"
    assert told == [
        (AuditAction.WEBHOOK_CREATE, None, command, made.row.id, None),
        (
            AuditAction.CALLS_INGEST,
            made.row.id,
            "Our agents (webhook)",
            None,
            {"created": 1, "updated": 0, "rejected": 0},
        ),
        (AuditAction.WEBHOOK_ROTATE, None, command, made.row.id, None),
        (AuditAction.WEBHOOK_REVOKE, None, command, made.row.id, None),
    ]
    assert events[1].address == "127.0.0.1"
    assert rotated.made.row.rotated_from == made.row.id


async def test_its_last_use_is_noted(hooks: Hooks, sessions: Sessions, project_id: int) -> None:
    made = await hooks.make(GENERIC)
    assert made.row.last_used_at is None
    await hooks.generic(made, NATIVE)
    statement = sa.text("select last_used_at from webhook_endpoints where project_id = :project")
    async with sessions.read(project_id) as session:
        used = await session.scalar(statement, {"project": project_id})
    assert used is not None
    assert datetime.now(UTC) - used < timedelta(minutes=1)


async def test_neither_address_nor_secret_nor_data_is_stored_or_logged(
    hooks: Hooks, engine: AsyncEngine, sessions: Sessions, project_id: int
) -> None:
    with capture_logs() as logged:
        made = await hooks.make(RETELL, secret="retell-api-key-4711")
        key = made.address.rpartition("/")[2]
        event = deliveries.retell_event("call_ended", start_timestamp="ZEBRA", agent_name="ZEBRA")
        body = deliveries.text(event)
        signed = deliveries.retell_signed("retell-api-key-4711", body)
        assert (await hooks.post(made, body, signed)).status_code == 422
        assert (await hooks.post(made, body, deliveries.retell_signed("wrong", body))).status_code == 401
        assert (await hooks.client.post(made.address + "/x", json={})).status_code == 404
    text = repr(logged)
    assert f"dlbw_{project_id}_…" in text
    assert "/call/start_timestamp" in text
    for hidden in (key, key.rpartition("_")[2], "retell-api-key-4711", "ZEBRA"):
        assert hidden not in text
        assert hidden not in repr(made)
    async with sessions.read(project_id) as session:
        stored = await session.scalar(
            sa.text("select string_agg(w::text, '') from webhook_endpoints w where project_id = :id"),
            {"id": project_id},
        )
    assert stored is not None
    for hidden in (key, key.rpartition("_")[2], "retell-api-key-4711"):
        assert hidden not in stored


async def test_so_many_events_at_a_time(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await hooks.make(GENERIC)
    body = deliveries.text(NATIVE)
    signed = deliveries.generic_signed(str(made.secret), body)
    begun, go_on = asyncio.Event(), asyncio.Event()
    own = Reservations(1, "webhook events", "TOO_MANY_EVENTS")
    for name in ("reserve", "release"):
        method = getattr(own, name)
        monkeypatch.setattr(Reservations, name, lambda _, project_id, method=method: method(project_id))

    async def slow() -> AsyncIterator[bytes]:
        yield body[:1]
        begun.set()
        await go_on.wait()
        yield body[1:]

    first = asyncio.create_task(hooks.client.post(made.address, content=slow(), headers=signed))
    await begun.wait()
    await asyncio.sleep(0.2)
    refused = await hooks.generic(made, NATIVE)
    go_on.set()
    assert (refused.status_code, error(refused)["extensions"]["code"]) == (503, "TOO_MANY_EVENTS")
    assert (await first).json() == {"created": 1, "updated": 0}
