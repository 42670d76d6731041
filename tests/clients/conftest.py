"""A server with a dozen widgets over some calls, for the tests of clients."""

import json
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import build_schema
from sqlalchemy.ext.asyncio import AsyncEngine

from graph.client_config.client import Client
from graph.client_config.config import print_client_config
from graph.node_ids import encode
from graph.schema import print_sdl
from models import Aggregation, ChartType, Dashboard, EvaluationType, Metric, TimePeriod, Widget
from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.clients.installed import FOLDER, node, require_packages
from tests.server.http.serving import listening

CALLS = 60
TOPICS = ("billing", "delivery", "refund", None)
DAYS = {"aggregation": Aggregation.AVG, "time_period": TimePeriod.DAY}
VALUE = "metric_evaluations.value"
WIDGETS: dict[str, dict[str, Any]] = {
    "Overview": {"chart_type": ChartType.STAT},
    "Longest": {"chart_type": ChartType.STAT, "field": "duration", "aggregation": Aggregation.MAX},
    "Durations": {"chart_type": ChartType.LINE, "field": "duration"},
    "Latencies": {"chart_type": ChartType.LINE, "field": VALUE},
    "Calls a day": {"chart_type": ChartType.BAR, "field": "timestamp", **DAYS, "aggregation": Aggregation.COUNT},
    "Duration a day": {"chart_type": ChartType.BAR, "field": "duration", **DAYS},
    "Latency a day": {"chart_type": ChartType.BAR, "field": VALUE, **DAYS},
    "Topics": {"chart_type": ChartType.PIE, "field": "topic"},
    "Success": {"chart_type": ChartType.PIE, "field": "success"},
    "Topics by calls": {"chart_type": ChartType.LIST, "field": "topic"},
    "How long": {"chart_type": ChartType.HISTOGRAM, "field": "duration"},
    "Wrong": {"chart_type": ChartType.PIE, "field": "topic", "filters": {"field": "nope", "op": "eq", "value": 1}},
}


@dataclass(frozen=True)
class Served:
    """What the tests in TypeScript have to know, as ``tests/server.ts`` there names it."""

    dashboard: str
    line: str
    widgets: int


@pytest.fixture
async def environment(
    engine: AsyncEngine, sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[dict[str, str]]:
    """The variables that say where a server is, and what it has: a dozen widgets over some calls."""
    # A stream whose client is gone ends when something is sent to it.
    monkeypatch.setattr("server.http.event_stream.QUIET_SECONDS", 0.2)
    async with sessions.write(project_id) as session:
        dashboard = Dashboard(
            project_id=project_id, name="Calls", filters={"field": "timestamp", "op": "gte", "value": "now-7d"}
        )
        metric = Metric(project_id=project_id, name="latency", evaluation_type=EvaluationType.NUMERIC)
        session.add_all([dashboard, metric])
        await session.flush()
        await upsert_calls(session, project_id, [parse_call(_call(number)) for number in range(CALLS)])
        widgets = {
            name: Widget(
                project_id=project_id,
                dashboard_id=dashboard.id,
                name=name,
                position=at,
                metric_id=metric.id if columns.get("field") == VALUE else None,
                **columns,
            )
            for at, (name, columns) in enumerate(WIDGETS.items())
        }
        session.add_all(widgets.values())
        await session.flush()
        line = encode("Widget", widgets["Durations"].id)
        served = Served(encode("Dashboard", dashboard.id), line, len(widgets))
    key = await create_key(sessions, project_id, "examples")
    async with listening(create_app(Settings(), Runtime(engine, sessions, head()))) as url:
        yield {"DIALBOARD_URL": url, "DIALBOARD_KEY": key, "DIALBOARD_SERVED": json.dumps(asdict(served))}


def _call(number: int) -> dict[str, Any]:
    return {
        "call_id": str(number),
        "agent": ("Ada", "Bo")[number % 2],
        "timestamp": (datetime.now(UTC) - timedelta(hours=2 * number, minutes=1)).isoformat(),
        "duration": 10 + number,
        "success": number % 3 > 0,
        "topic": TOPICS[number % len(TOPICS)],
        "metrics": [{"metric": "latency", "type": "numeric", "value": 1 + number / 10}],
    }


@pytest.fixture(scope="session")
def generated() -> None:
    """What ``npm run generate`` makes, of the schema as it is."""
    require_packages()
    folder = FOLDER / "generated"
    (folder / "relay").mkdir(parents=True, exist_ok=True)
    (folder / "schema.graphql").write_text(print_sdl(), encoding="utf-8")
    for client in (Client.APOLLO, Client.URQL):
        (folder / f"{client}.ts").write_text(print_client_config(client, build_schema(print_sdl())), encoding="utf-8")
    node("node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.ts")
    node("node_modules/relay-compiler/cli.js", "relay.config.json")
