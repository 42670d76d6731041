"""A project of very many metrics: what reads dashboards reads only the metrics that these name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from models import EvaluationType, Metric
from resolvers.documents.export import export_documents
from tests.conftest import Statements
from tests.graph.conftest import World

MANY = 90_000
CHARTS = "data { __typename ... on BarChart { sampleCount } ... on Error { code message } }"


@contextmanager
def metrics_read() -> Iterator[list[str]]:
    """The names of the metrics that are read, each time that one is."""
    read: list[str] = []

    def loaded(metric: Metric, _context: Any) -> None:
        read.append(metric.name)

    event.listen(Metric, "load", loaded)
    try:
        yield read
    finally:
        event.remove(Metric, "load", loaded)


@pytest.fixture
async def crowded(world: World) -> World:
    """The world with 90,000 further metrics."""
    columns = ["project_id", "name", "evaluation_type"]
    made = sa.func.generate_series(1, MANY).table_valued("number").render_derived()
    kind = sa.literal(EvaluationType.NUMERIC, Metric.evaluation_type.type)
    names = sa.func.concat("made ", made.c.number)
    rows = sa.select(sa.literal(world.project_id), names, kind).select_from(made)
    async with world.sessions.write(world.project_id) as session:
        await session.execute(sa.insert(Metric).from_select(columns, rows))
    return world


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"dashboard(id: $dashboard) {{ widgets {{ {CHARTS} metric {{ name }} }} }}", ["accuracy", "latency", "mood"]),
        (f"dashboards {{ edges {{ node {{ widgets {{ {CHARTS} }} }} }} }}", ["accuracy", "latency", "mood"]),
        (f"widget(id: $mood) {{ {CHARTS} }}", ["mood"]),
        (f"widget(id: $calls) {{ {CHARTS} }}", []),
        (f"widget(id: $overview) {{ {CHARTS} }}", ["latency"]),
        ("dashboard(id: $dashboard) { document }", ["accuracy", "latency", "mood"]),
        ('validateFilters(groupBy: {type: "field", field: $polite}) { __typename }', ["polite"]),
        ("predefinedWidgets { name metric { name } }", ["latency"]),
    ],
    ids=["dashboard", "dashboards", "widget", "no metric", "overview", "document", "grouping", "predefined"],
)
async def test_only_the_metrics_that_are_named_are_read(crowded: World, query: str, expected: list[str]) -> None:
    ids = {name.lower(): crowded.widget(name) for name in ("Mood", "Calls", "Overview")}
    ids |= {"dashboard": crowded.id("Dashboard", crowded.dashboard), "polite": f"metric:{crowded.metrics['polite']}"}
    for name, value in ids.items():
        query = query.replace(f"${name}", f'"{value}"')
    with metrics_read() as read:
        await crowded.ask(f"{{ {query} }}")
    assert sorted(set(read)) == expected
    assert len(read) <= 2 * len(expected)


async def test_files_of_dashboards_read_only_the_metrics_that_they_name(crowded: World) -> None:
    with metrics_read() as read:
        (document,) = await export_documents(crowded.sessions, crowded.project_id, None)
    assert sorted(read) == ["accuracy", "mood"]
    assert {widget["metric"] for widget in document["widgets"] if "metric" in widget} == {"accuracy", "mood"}


async def test_charts_with_and_without_metrics_are_asked_together(world: World, statements: Statements) -> None:
    """One chart waits for its metric, and the others with it, so that all of them see one snapshot."""
    names = ("Calls", "Mood", "Overview", "Topics")
    asked = " ".join(f'{name}: widget(id: "{world.widget(name)}") {{ {CHARTS} }}' for name in names)
    await world.ask(f"{{ {asked} }}")
    assert sum("FROM metrics" in sql for sql in statements.executed) == 1
    assert sum("FROM call_logs" in sql for sql in statements.executed) <= 2
