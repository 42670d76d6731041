"""What ``/metrics`` tells, and whom."""

import asyncio
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.telemetry.statements import verb_of
from server.telemetry.telemetry import route_of
from tests.server.telemetry.conftest import SECRET, Start

PIE = (
    f'query Topics {{ previewWidget(input: {{chartType: PIE, field: "topic", filters: {{field: "topic", op: "eq", '
    f'value: "{SECRET}"}}}}) {{ ... on PieChart {{ slices {{ label value }} }} }} }}'
)


async def test_a_chart_is_counted_everywhere(start: Start) -> None:
    async with start() as watched:
        names = (
            ("dialboard_http_requests_total", {"route": "/graphql", "status": "200"}),
            ("dialboard_http_request_seconds_count", {"route": "/graphql"}),
            ("dialboard_operation_seconds_count", {"kind": "query"}),
            ("dialboard_charts_total", {"source": "RAW"}),
            ("dialboard_statement_seconds_count", {"verb": "set"}),
        )
        before = [watched.value(name, **labels) for name, labels in names]
        answer = (await watched.client.post("/graphql", json={"query": PIE})).json()
        assert answer["data"]["previewWidget"]["slices"] == [{"label": SECRET, "value": 1}]
        after = [watched.value(name, **labels) for name, labels in names]
        assert [now - then for now, then in zip(after[:4], before[:4], strict=True)] == [1, 1, 1, 1]
        assert after[4] > before[4]
        assert watched.value("dialboard_operation_cost_points_total") > 0
        assert watched.value("dialboard_statement_rows_total", verb="select") > 0


async def test_what_is_told_has_no_data(start: Start) -> None:
    async with start() as watched:
        await watched.client.post("/graphql", json={"query": PIE})
        await watched.client.get(f"/{SECRET}")
        response = await watched.client.get("/metrics")
        assert response.status_code == 200
        families = {family.name: family for family in text_string_to_metric_families(response.text)}
        assert "dialboard_operation_seconds" in families
        assert SECRET not in response.text
        lanes = {sample.labels["lane"] for sample in families["dialboard_lane_connections"].samples}
        assert lanes == {"signIn", "reads", "charts", "writes", "exports", "builder"}
        assert watched.value("dialboard_http_requests_total", route="other", status="404") == 1


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ({"query": "{ nonsense }"}, "invalid", "BAD_REQUEST"),
        ({"query": "{"}, "invalid", "BAD_REQUEST"),
        ({"query": '{ callLog(id: "x") { id } }'}, "query", "INVALID_ID"),
        (
            {
                "query": "{ "
                + " ".join(
                    f"a{n}: callLogs(first: 100) {{ edges {{ node {{ transcript {{ text }} }} }} }}" for n in range(99)
                )
                + " }"
            },
            "query",
            "COST_EXCEEDED",
        ),
    ],
)
async def test_errors_are_counted_by_code(start: Start, body: dict[str, str], kind: str, code: str) -> None:
    async with start() as watched:
        response = await watched.client.post("/graphql", json=body)
        assert response.json()["errors"]
        assert watched.value("dialboard_operation_errors_total", code=code) > 0
        assert watched.value("dialboard_operation_seconds_count", kind=kind) == 1


async def test_a_loop_that_is_held_shows(start: Start) -> None:
    async with start() as watched, asyncio.timeout(60):
        await asyncio.sleep(0.01)  # measuring has begun
        before = watched.value("dialboard_event_loop_lag_seconds_sum")
        time.sleep(0.6)  # noqa: ASYNC251 - this is what is to be seen
        while watched.value("dialboard_event_loop_lag_seconds_sum") < before + 0.2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4"}, 403),
        ("127.0.0.1", {"Host": "dialboard.example.com"}, 403),
        ("10.0.0.7", {}, 403),
    ],
)
async def test_without_a_token_only_this_machine_reads(
    start: Start, address: str, headers: dict[str, str], status: int
) -> None:
    async with start(address) as watched:
        response = await watched.client.get("/metrics", headers=headers)
        assert response.status_code == status
        assert ("dialboard_" in response.text) == (status == 200)


@pytest.mark.parametrize(
    ("header", "status"),
    [("Bearer " + "t" * 20, 200), ("bearer " + "t" * 20, 401), ("Bearer t", 401), ("Bearer ü", 401), ("", 401)],
)
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7"])
async def test_with_a_token_whoever_has_it_reads(start: Start, address: str, header: str, status: int) -> None:
    async with start(address, metrics_token="t" * 20) as watched:
        response = await watched.client.get("/metrics", headers=[(b"Authorization", header.encode())])
        assert response.status_code == status
        assert ("dialboard_" in response.text) == (status == 200)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/graphql", "/graphql"),
        ("/graphqlx", "other"),
        ("/export/widgets/V2lkZ2V0OjE=.csv", "/export/widgets"),
        ("/export/calls.jsonl", "/export/calls"),
        ("/", "other"),
    ],
)
def test_routes_are_a_closed_set(path: str, route: str) -> None:
    assert route_of(path) == route


@pytest.mark.parametrize(
    ("sql", "verb"),
    [("select 1", "select"), ("\n  WITH a as (select 1) select 1", "with"), ("", "other"), ("vacuum", "other")],
)
def test_verbs_are_a_closed_set(sql: str, verb: str) -> None:
    assert verb_of(sql) == verb
