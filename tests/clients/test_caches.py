"""Answers through the real caches of Apollo, urql and Relay: every value is read back as it was sent.

The caches keep one object for each type and ``id``. Points of the same calls in two charts are different things.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from sqlalchemy.ext.asyncio import AsyncEngine

from graph.node_ids import encode
from graph.schema import print_sdl, schema
from models import ChartType, Dashboard, EvaluationType, Metric, Widget
from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.clients.installed import FOLDER, node, require_packages
from tests.graph.test_large_numbers import KINDS, selection
from tests.server.http.serving import listening

pytestmark = [pytest.mark.processes, pytest.mark.slow]
CALLS = 60
CACHES = {"apollo", "urql", "relay"}


def leaves(type_name: str) -> str:
    """All fields of a type that are plain values: an ``id`` too, where it has one."""
    kind = schema._schema.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    names = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args]
    return " ".join(names)


CHART = f"""{{
  id name
  data {{
    ... on LineChart {{
      {leaves("LineChart")}
      points {{ {leaves("LinePoint")} }}
      series {{ {leaves("LineSeries")} points {{ {leaves("LinePoint")} }} }}
    }}
  }}
}}"""
QUERY = (
    f"query LinesQuery($first: ID!, $second: ID!) {{ first: widget(id: $first) {CHART} second: widget(id: $second) "
    f"{CHART} }}"
)


EVERYTHING = "query LinesQuery($id: ID!) {{ {} }}".format(
    " ".join(
        [
            f"dashboard(id: $id) {{ {selection(KINDS['Dashboard'], 3)} revisions {{ nodes {{ id number }} }} }}",
            f"again: dashboard(id: $id) {{ id widgets {{ id {selection(KINDS['Widget'], 0)} }} }}",
            f"node(id: $id) {{ {selection(KINDS['Node'], 0)} }}",
            f"viewer {{ {selection(KINDS['Viewer'], 2)} }}",
            f"callLogs(first: 5) {{ {selection(KINDS['CallLogConnection'], 4)} }}",
            f"predefinedWidgets {{ {selection(KINDS['WidgetTemplate'], 2)} }}",
            f"widgetFields {{ {selection(KINDS['WidgetField'], 1)} }}",
            f"filterFields {{ {selection(KINDS['FilterField'], 1)} }}",
            *(
                f"{name}(first: 5) {{ {selection(KINDS[kind], 2)} }}"
                for name, kind in (
                    ("agents", "AgentConnection"),
                    ("metrics", "MetricConnection"),
                    ("apiKeys", "ApiKeyConnection"),
                    ("auditEvents", "AuditEventConnection"),
                )
            ),
        ]
    )
)
"""All fields of a dashboard, its widgets and charts down to the items, of calls, and of what else there is."""


@dataclass(frozen=True)
class Served:
    """A server with two line charts of the same calls."""

    url: str
    key: str
    variables: dict[str, str]


@pytest.fixture
async def served(engine: AsyncEngine, sessions: Sessions, project_id: int) -> AsyncGenerator[Served]:
    now = datetime.now(UTC)
    calls = [
        parse_call(
            {
                "call_id": str(at),
                "agent": "Ada",
                "timestamp": (now - timedelta(hours=at, minutes=1)).isoformat(),
                "duration": 10 + at,
                "metrics": [{"metric": "latency", "type": "numeric", "value": 1000 + at}],
            }
        )
        for at in range(CALLS)
    ]
    async with sessions.write(project_id) as session:
        dashboard = Dashboard(project_id=project_id, name="Calls")
        metric = Metric(project_id=project_id, name="latency", evaluation_type=EvaluationType.NUMERIC)
        session.add_all([dashboard, metric])
        await session.flush()
        await upsert_calls(session, project_id, calls)
        common: dict[str, Any] = {"project_id": project_id, "dashboard_id": dashboard.id, "chart_type": ChartType.LINE}
        fields = (("duration", None), ("metric_evaluations.value", metric.id))
        widgets = [
            Widget(**common, name=field, field=field, metric_id=metric_id, position=at)
            for at, (field, metric_id) in enumerate(fields)
        ]
        session.add_all(widgets)
        await session.flush()
        first, second = (encode("Widget", one.id) for one in widgets)
    key = await create_key(sessions, project_id, "test")
    async with listening(create_app(Settings(), Runtime(engine, sessions, head()))) as url:
        yield Served(url, key, {"first": first, "second": second})


def compiled(folder: Path, query: str) -> Path:
    """The artifact that Relay's compiler makes of the query and the schema."""
    (folder / "schema.graphql").write_text(print_sdl(), encoding="utf-8")
    (folder / "Lines.js").write_text(f"graphql`{query}`;\n", encoding="utf-8")
    config = {"src": ".", "schema": "schema.graphql", "language": "javascript", "eagerEsModules": False}
    (folder / "relay.config.json").write_text(json.dumps(config))
    node(str(FOLDER / "node_modules/relay-compiler/cli.js"), "relay.config.json", cwd=folder)
    return folder / "__generated__" / "LinesQuery.graphql.js"


async def through_caches(folder: Path, url: str, key: str, query: str, variables: dict[str, str], **more: str) -> Any:
    """What each cache read back."""
    await asyncio.to_thread(require_packages)
    artifact = await asyncio.to_thread(compiled, folder, query)
    given = {"url": url, "key": key, "query": query, "variables": variables, "artifact": str(artifact), **more}
    script = str(Path(__file__).parent / "caches.mjs")
    answers = json.loads(await asyncio.to_thread(node, script, json.dumps(given)))
    assert set(answers) == CACHES
    for cache, found in answers.items():
        assert found["wrong"] == [], cache
    return answers


async def test_caches_read_back_what_was_sent(served: Served, tmp_path: Path) -> None:
    answers = await through_caches(tmp_path, served.url, served.key, QUERY, served.variables)
    for cache, found in answers.items():
        # Two charts, each with its points twice.
        assert found["compared"] > 2 * 2 * CALLS * len(leaves("LinePoint").split()), cache


@pytest.mark.usefixtures("generated")
async def test_configured_caches_keep_every_field_without_a_warning(
    environment: dict[str, str], tmp_path: Path
) -> None:
    url, key = environment["DIALBOARD_URL"], environment["DIALBOARD_KEY"]
    id = json.loads(environment["DIALBOARD_SERVED"])["dashboard"]
    answers = await through_caches(tmp_path, url, key, EVERYTHING, {"id": id}, configs=str(FOLDER / "generated"))
    for cache, found in answers.items():
        assert found["told"] == [], cache
        assert found["compared"] > 1000, cache
