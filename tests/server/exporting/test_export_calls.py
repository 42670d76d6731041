"""Calls as CSV and as JSON lines over HTTP: what is in them, that they can be imported, and what is refused."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from aggregation.calls.order import NEWEST_FIRST
from aggregation.calls.reading import BATCH
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import check_json
from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from resolvers.exports import open_call_export
from resolvers.scope import Scope
from server.http.reservations import Reservations
from server.importing import ImportOptions, ImportResult, import_file
from server.keys import create_key
from server.owner import owner_of

NOW = datetime(2026, 3, 20, 15, 30, 1, 123456, tzinfo=UTC)
CALLS: list[dict[str, Any]] = [
    {"call_id": "plain", "agent": "Ava", "timestamp": NOW.isoformat()},
    {
        "call_id": 'odd "id", \n',
        "agent": "ünï🎈",
        "timestamp": (NOW - timedelta(days=900)).isoformat(),
        "duration": 0.1,
        "success": False,
        "is_reviewed": True,
        "customer_number": "=cmd()",
        "call_ended_reason": "",
        "dropoff_point": "a,b",
        "topic": "-1",
        "metadata": {
            "region": "EU",
            "count": 12345678901234567890,
            "share": 1e-7,
            "no": None,
            "nested": {"a": [1, "x"]},
            'od"d, key': True,
        },
        "metrics": [
            {"metric": "latency", "type": "numeric", "value": 0.1},
            {"metric": "latency", "type": "numeric", "value": 1e300},
            {"metric": "stars", "type": "rating", "value": 5},
            {"metric": "polite", "type": "binary", "value": False},
            {"metric": "mood", "type": "enum", "value": 'né, "x"'},
            {"metric": "stars", "type": "rating", "value": None},
        ],
        "transcript": [{"role": "agent", "text": "Hello\n\t\\N", "time": 0.25}, {"role": "customer", "text": ""}],
        "feedback": {"rating": 3.5, "comment": "so, so", "reviewer": "Zoë"},
    },
    {
        "call_id": "third",
        "agent": "Ava",
        "timestamp": (NOW - timedelta(days=1)).isoformat(),
        "duration": 60,
        "topic": "billing",
        "metadata": {"region": "+US"},
        "metrics": [{"metric": "polite", "type": "binary", "value": True}],
        "transcript": [],
        "feedback": {"comment": "fine"},
    },
]
TABLES = ("agents", "metrics", "call_logs", "metric_evaluations", "call_transcripts", "call_feedback")


async def store(sessions: Sessions, project_id: int, calls: list[dict[str, Any]]) -> None:
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, [parse_call(call) for call in calls])


@pytest.fixture
async def calls(sessions: Sessions, project_id: int) -> list[dict[str, Any]]:
    await store(sessions, project_id, CALLS)
    return CALLS


async def stored(sessions: Sessions, project_id: int) -> list[Any]:
    """All that is known of the project's calls, without the numbers and times that each database gives."""
    query = """
        select c.call_id, a.agent_name, c.timestamp, c.duration, c.success, c.is_reviewed, c.customer_number,
            c.call_ended_reason, c.dropoff_point, c.topic, c.metadata::text, t.turns::text,
            f.rating, f.comment, f.reviewer,
            (select json_agg(json_build_array(m.name, m.evaluation_type, e.number_value, e.boolean_value, e.text_value)
                order by e.id)::text
             from metric_evaluations e join metrics m on m.id = e.metric_id where e.call_log_id = c.id)
        from call_logs c join agents a on a.id = c.agent_id
        left join call_transcripts t on t.call_log_id = c.id left join call_feedback f on f.call_log_id = c.id
        order by c.call_id
    """
    async with sessions.read(project_id) as session:
        return [tuple(row) for row in await session.execute(sa.text(query))]


def records(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.split("\n")[:-1]]


def table(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline=""), strict=True))


@pytest.mark.usefixtures("calls")
async def test_json_lines_are_imported_as_the_same_calls(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int, other_project_id: int, tmp_path: Path
) -> None:
    response = await client.get("/export/calls.jsonl")
    path = tmp_path / "calls.jsonl"
    path.write_bytes(response.content)
    assert await import_file(sessions, other_project_id, path) == ImportResult(len(CALLS), 0, 0)
    before = await stored(sessions, project_id)
    assert await stored(sessions, other_project_id) == before
    assert await import_file(sessions, project_id, path) == ImportResult(0, len(CALLS), 0)
    assert await stored(sessions, project_id) == before, "importing it where it came from changes nothing"
    again = await client.get("/export/calls.jsonl")
    assert again.content == response.content


@pytest.mark.usefixtures("calls")
async def test_json_lines_hold_what_the_calls_hold(client: httpx.AsyncClient) -> None:
    response = await client.get("/export/calls.jsonl")
    assert response.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="calls.jsonl"'
    plain, third, odd = records(response)
    assert plain == {
        "call_id": "plain",
        "agent": "Ava",
        "timestamp": "2026-03-20T15:30:01.123456Z",
        "is_reviewed": False,
    }
    assert third["transcript"] == []
    assert odd == {**CALLS[1], "timestamp": "2023-10-02T15:30:01.123456Z"}


@pytest.mark.usefixtures("calls")
async def test_csv_has_a_column_for_everything_but_texts_of_reviewers(client: httpx.AsyncClient) -> None:
    response = await client.get("/export/calls.csv")
    assert response.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert response.headers["Content-Disposition"] == 'attachment; filename="calls.csv"'
    plain, third, odd = table(response)
    assert list(plain) == [
        *("call_id", "agent", "timestamp", "duration", "success", "is_reviewed", "customer_number"),
        *("call_ended_reason", "dropoff_point", "topic"),
        *(
            "metadata.count",
            "metadata.nested",
            "metadata.no",
            'metadata.od"d, key',
            "metadata.region",
            "metadata.share",
        ),
        *("metrics.latency:numeric", "metrics.mood:enum", "metrics.polite:binary", "metrics.stars:rating"),
    ]
    assert [name for name, value in plain.items() if value] == ["call_id", "agent", "timestamp", "is_reviewed"]
    assert (odd["call_id"], odd["topic"], odd["success"], odd["duration"]) == ('odd "id", \n', "'-1", "false", "0.1")
    assert (odd["metadata.nested"], odd["metadata.count"]) == ('{"a": [1, "x"]}', "12345678901234567890")
    assert (odd["metadata.share"], odd["metadata.no"], odd['metadata.od"d, key']) == ("0.0000001", "", "true")
    assert (odd["metrics.latency:numeric"], odd["metrics.stars:rating"]) == ("[0.1,1e+300]", "[5.0,null]")
    assert (third["metadata.region"], third["metrics.polite:binary"]) == ("'+US", "true")
    assert response.content.count(b"\r\n") == 4


@pytest.mark.usefixtures("calls")
async def test_csv_without_several_values_is_imported(
    client: httpx.AsyncClient, sessions: Sessions, other_project_id: int, tmp_path: Path
) -> None:
    filters = json.dumps({"field": "agent.agent_name", "op": "eq", "value": "Ava"})
    response = await client.get("/export/calls.csv", params={"filters": filters})
    path = tmp_path / "calls.csv"
    path.write_bytes(response.content)
    result = await import_file(sessions, other_project_id, path, ImportOptions())
    assert (result.created, result.rejected) == (2, 0)


@pytest.mark.usefixtures("calls")
async def test_formulas_are_escaped_unless_asked(client: httpx.AsyncClient) -> None:
    (*_, odd) = table(await client.get("/export/calls.csv", params={"escapeFormulas": "false"}))
    assert (odd["customer_number"], odd["topic"]) == ("=cmd()", "-1")
    (*_, escaped) = table(await client.get("/export/calls.csv"))
    assert (escaped["customer_number"], escaped["topic"], escaped["duration"]) == ("'=cmd()", "'-1", "0.1")


@pytest.mark.usefixtures("calls")
async def test_escaped_formulas_are_imported_as_they_were(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int, tmp_path: Path
) -> None:
    unescaped = {"escapeFormulas": "false"}
    before = table(await client.get("/export/calls.csv", params=unescaped))
    rows = table(await client.get("/export/calls.csv"))
    path = tmp_path / "calls.csv"
    with path.open("w", newline="") as file:
        # Without the metrics: one of them has several values, which CSV cannot bring back.
        names = [name for name in rows[0] if not name.startswith("metrics.")]
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    result = await import_file(sessions, project_id, path, ImportOptions())
    assert (result.updated, result.rejected) == (3, 0)
    after = table(await client.get("/export/calls.csv", params=unescaped))
    assert [{name: row[name] for name in names} for row in after] == [
        {name: row[name] for name in names} for row in before
    ]


@pytest.mark.usefixtures("calls")
async def test_filters_and_order_are_those_of_call_logs(client: httpx.AsyncClient) -> None:
    filters = {"field": "duration", "op": "isnull", "value": False}
    given = {"filters": json.dumps(filters), "orderBy": "DURATION", "direction": "ASC"}
    by_get = await client.get("/export/calls.jsonl", params=given)
    by_post = await client.post("/export/calls.jsonl", json={**given, "filters": filters})
    assert [call["duration"] for call in records(by_get)] == [0.1, 60]
    assert by_get.content == by_post.content
    everything = await client.get("/export/calls.jsonl", params={"orderBy": "DURATION"})
    assert [call.get("duration") for call in records(everything)] == [60, 0.1, None]


async def test_no_calls_are_an_empty_file(client: httpx.AsyncClient) -> None:
    assert (await client.get("/export/calls.jsonl")).content == b""
    assert (await client.get("/export/calls.csv")).text.startswith("call_id,agent,timestamp,")
    assert len(table(await client.get("/export/calls.csv"))) == 0


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("format", ["csv", "jsonl"])
async def test_another_project_sees_nothing(
    anonymous: httpx.AsyncClient, sessions: Sessions, other_project_id: int, format: str
) -> None:
    anonymous.headers["X-API-Key"] = await create_key(sessions, other_project_id, "test")
    response = await anonymous.get(f"/export/calls.{format}")
    assert response.status_code == 200
    assert "plain" not in response.text
    assert "metrics" not in response.text


async def test_a_key_is_needed(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/export/calls.csv")
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


BAD = [
    pytest.param("calls.csv", {"filters": "{"}, 400, "INVALID_INPUT", "/filters", id="no JSON"),
    pytest.param("calls.jsonl", {"filters": '{"field": "topik", "op": "eq", "value": 1}'}, 400, "INVALID_FILTER",
                 "/field", id="unknown field"),
    pytest.param("calls.csv", {"filters": '{"field": "topic", "op": "regex", "value": "("}'}, 400, "INVALID_FILTER",
                 "/value", id="regex, found by the database"),
    pytest.param("calls.jsonl", {"filters": '{"field": "topic", "op": "regex", "value": "("}'}, 400, "INVALID_FILTER",
                 "/value", id="regex in lines"),
    pytest.param("calls.csv", {"filter": "{}"}, 400, "INVALID_INPUT", "", id="unknown parameter"),
    pytest.param("calls.csv", {"orderBy": "topic"}, 400, "INVALID_INPUT", "/orderBy", id="order"),
    pytest.param("calls.csv", {"direction": "UP"}, 400, "INVALID_INPUT", "/direction", id="direction"),
    pytest.param("calls.csv", {"escapeFormulas": "1"}, 400, "INVALID_INPUT", "/escapeFormulas", id="flag"),
    pytest.param("calls.csv", [("filters", "{}"), ("filters", "{}")], 400, "INVALID_INPUT", "/filters", id="twice"),
    pytest.param("calls.xlsx", {}, 404, "NOT_FOUND", None, id="format"),
]  # fmt: skip


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(("file", "params", "status", "code", "path"), BAD)
async def test_a_wrong_request_is_refused_before_anything_is_sent(
    client: httpx.AsyncClient, file: str, params: Any, status: int, code: str, path: str | None
) -> None:
    response = await client.get(f"/export/{file}", params=params)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("application/json")
    (error,) = response.json()["errors"]
    assert error["message"]
    assert (error["extensions"]["code"], error["extensions"].get("path")) == (code, path)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"[]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain"), (b'{"x":1}', "application/json")],
)
async def test_a_wrong_body_is_refused(client: httpx.AsyncClient, body: bytes, kind: str) -> None:
    response = await client.post("/export/calls.csv", content=body, headers={"Content-Type": kind})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


@pytest.fixture
async def many(sessions: Sessions, project_id: int) -> int:
    count = 2 * BATCH + 10
    await store(
        sessions,
        project_id,
        [
            {
                "call_id": str(at),
                "agent": "Ava",
                "timestamp": (NOW - timedelta(seconds=at)).isoformat(),
                "metrics": [{"metric": "latency", "type": "numeric", "value": at}],
                "transcript": [{"role": "agent", "text": str(at)}],
            }
            for at in range(count)
        ],
    )
    return count


async def test_all_batches_are_of_one_snapshot(sessions: Sessions, project_id: int, many: int) -> None:
    scope = Scope(project_id, sessions, NOW, None)
    filters = check_json(None, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"))[1]
    found: list[tuple[str, Any, str | None]] = []
    async with open_call_export(scope, filters, NEWEST_FIRST) as export:
        async for batch in export.batches():
            found += [(call.call_id, call.metrics[0].value, call.transcript) for call in batch]
            async with Sessions(owner_of(sessions.engine)).write(project_id) as session:
                await session.execute(sa.text("update metric_evaluations set number_value = -1"))
                await session.execute(sa.text("update call_transcripts set turns = '[]'"))
                await session.execute(sa.text("delete from call_logs where call_id > '5'"))
            await store(
                sessions,
                project_id,
                [{"call_id": f"new {len(found)}", "agent": "Ava", "timestamp": "2020-01-01T00:00:00Z"}],
            )
    turn = '[{{"role": "agent", "text": "{}"}}]'
    assert [(call_id, value) for call_id, value, _ in found] == [(str(at), float(at)) for at in range(many)]
    assert [json.loads(text or "") for *_, text in found] == [json.loads(turn.format(at)) for at in range(many)]


async def test_a_batch_costs_a_few_statements(client: httpx.AsyncClient, many: int, statements: Any) -> None:
    await client.get("/healthz")
    statements.clear()
    assert len(records(await client.get("/export/calls.jsonl"))) == many
    beside = ("api_keys", "audit_events")  # sign-in and the trail
    assert len([sql for sql in statements.executed if not any(table in sql for table in beside)]) == 1 + 3 * 3


async def test_only_so_many_run_at_a_time(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    none, reserve = Reservations(0, "exports", "TOO_MANY_EXPORTS"), Reservations.reserve
    monkeypatch.setattr(Reservations, "reserve", lambda _, project_id: reserve(none, project_id))
    response = await client.get("/export/calls.jsonl")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_EXPORTS"


async def test_a_client_that_goes_away_frees_the_connection(
    app: FastAPI, client: httpx.AsyncClient, sessions: Sessions, many: int
) -> None:
    """Over ASGI itself: the client disconnects as soon as it has the first bytes."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"} if sent else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            raise OSError("gone")

    headers = [(b"x-api-key", client.headers["X-API-Key"].encode()), (b"host", b"127.0.0.1")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/export/calls.jsonl",
        "raw_path": b"/export/calls.jsonl",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    pool: Any = sessions.engine.pool
    before = pool.checkedout()
    await app(scope, receive, send)  # pyright: ignore[reportArgumentType]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert pool.checkedout() == before
