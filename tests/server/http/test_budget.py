"""Costs and budgets as clients see them: headers, extensions, refusals."""

import time
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
import pytest

from models import Aggregation, ChartType, TimePeriod, Widget
from models.sessions import Sessions
from resolvers.budgets import SECONDS, Budgets
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.graph.conftest import World, make_world

SMALL = {"query": "{ viewer { maxWindowDays } }"}
DEAR = {"query": "{ callLogs(first: 500) { edges { node { id } } } }"}


@pytest.fixture
async def limited(
    runtime: Runtime, sessions: Sessions, project_id: int, request: pytest.FixtureRequest
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with a key that has 100 points a minute, or as many as the test says."""
    points = getattr(request, "param", 100)
    app = create_app(Settings(), replace(runtime, budgets=Budgets(sessions, points, 0)))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        client.headers["X-API-Key"] = await create_key(sessions, project_id, "test")
        yield client


async def test_the_headers_tell_what_is_left(limited: httpx.AsyncClient) -> None:
    first = await limited.post("/graphql", json=SMALL)
    assert first.status_code == 200
    assert first.headers["RateLimit-Policy"] == '"points";q=100;w=60'
    assert first.headers["RateLimit"] == '"points";r=99;t=1'
    assert (await limited.post("/graphql", json=DEAR)).status_code == 200
    left = (await limited.post("/graphql", json=SMALL)).headers["RateLimit"]
    assert int(left.partition("r=")[2].partition(";")[0]) < 30


async def test_a_spent_budget_is_429_and_says_when_to_come_again(limited: httpx.AsyncClient) -> None:
    assert (await limited.post("/graphql", json=DEAR)).status_code == 200
    refused = await limited.post("/graphql", json=DEAR)
    assert refused.status_code == 429
    error = refused.json()["errors"][0]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 30 <= int(refused.headers["Retry-After"]) == error["extensions"]["retryAfter"] <= 60
    assert (await limited.post("/graphql", json=SMALL)).status_code == 200, "smaller requests still pass"
    assert (await limited.get("/export/calls.csv")).status_code == 429, "files are paid from the same budget"


async def test_the_cost_is_told_when_it_is_asked_for(limited: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    assert "extensions" not in (await limited.post("/graphql", json=SMALL)).json()
    told = (await limited.post("/graphql", json={**SMALL, "extensions": {"cost": True}})).json()
    assert told["extensions"]["cost"] == {"requested": 1, "ceiling": 5_000, "mostExpensive": [], "remaining": 98}
    without = await client.post("/graphql", json={**SMALL, "extensions": {"cost": True}})
    assert without.json()["extensions"]["cost"] == {"requested": 1, "ceiling": 5_000, "mostExpensive": []}
    assert "RateLimit" not in without.headers


async def test_what_costs_too_much_is_refused_with_its_cost_and_spends_little(limited: httpx.AsyncClient) -> None:
    fields = " ".join(
        f"a{n}: callLogs(first: 500) {{ edges {{ node {{ transcript {{ text }} }} }} }}" for n in range(20)
    )
    refused = await limited.post("/graphql", json={"query": f"{{ {fields} }}"})
    error = refused.json()["errors"][0]
    assert error["extensions"]["code"] == "COST_EXCEEDED"
    assert error["extensions"]["cost"]["ceiling"] == 5_000
    assert (await limited.post("/graphql", json=SMALL)).headers["RateLimit"].startswith('"points";r=79;')


HOURS = """query ($id: ID!) { widget(id: $id) { data(timeRange: {from: "now-29d"}) { ... on BarChart {
    buckets { %s } } } } }"""


@pytest.fixture
async def hourly(sessions: Sessions, project_id: int) -> str:
    """The id of a widget with a bar for each hour."""
    world: World = await make_world(sessions, project_id)
    widget = Widget(
        project_id=project_id,
        dashboard_id=world.dashboard,
        name="Hours",
        chart_type=ChartType.BAR,
        field="timestamp",
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.HOUR,
        position=20,
    )
    async with sessions.write(project_id) as session:
        session.add(widget)
    return world.id("Widget", widget.id)


def _left(response: httpx.Response) -> int:
    return int(response.headers["RateLimit"].partition("r=")[2].partition(";")[0])


async def _asked(client: httpx.AsyncClient, id: str, selected: str) -> httpx.Response:
    request = {"query": HOURS % selected, "variables": {"id": id}, "extensions": {"cost": True}}
    response = await client.post("/graphql", json=request)
    assert response.status_code == 200
    return response


async def test_what_charts_cost_beyond_their_price_is_taken_afterwards(limited: httpx.AsyncClient, hourly: str) -> None:
    begin = time.monotonic()
    response = await _asked(limited, hourly, "start a: filters b: filters c: filters")
    refilled = (time.monotonic() - begin) * 100 / SECONDS
    told = response.json()
    buckets = len(told["data"]["widget"]["data"]["buckets"])
    assert buckets >= 29 * 24
    price = told["extensions"]["cost"]["requested"]
    surplus = (buckets - 31) * (0.01 + 0.001 + 3 * 0.021)  # an object of a scalar and three filters; 31 were paid
    assert surplus > 40
    assert int(100 - price - surplus) <= _left(response) <= 100 - price - surplus + refilled
    assert _left(response) == told["extensions"]["cost"]["remaining"]
    # It is taken also where too little is left, and then nothing else runs.
    last = await _asked(limited, hourly, "start a: filters b: filters c: filters")
    assert _left(last) == 0
    refused = await limited.post("/graphql", json=SMALL)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 1


@pytest.mark.parametrize("limited", [1_000], indirect=True)
async def test_a_chart_that_is_refused_for_its_size_takes_its_price_alone(
    limited: httpx.AsyncClient, hourly: str
) -> None:
    response = await _asked(limited, hourly, "calls(first: 1) { totalCount }")
    told = response.json()
    assert told["errors"][0]["extensions"]["code"] == "COST_EXCEEDED"
    assert _left(response) == 1_000 - told["extensions"]["cost"]["requested"] < 750
