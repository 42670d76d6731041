"""The loaders: one statement for many keys, each project by itself, and one key's failure is its own."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregation.question.faults import InvalidFilterError
from aggregation.question.needed_metrics import NeededMetrics
from filters import Checked
from models import Agent, Dashboard, Metric, Widget
from models.sessions import Sessions
from models.types import ChartType, EvaluationType
from resolvers.call_logs import check_filters
from resolvers.scope import Scope

NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)


@pytest.fixture
def scope(sessions: Sessions, project_id: int) -> Scope:
    return Scope(project_id, sessions, NOW, None)


async def _save(sessions: Sessions, project_id: int, *rows: Any) -> list[int]:
    async with sessions.write(project_id) as session:
        session.add_all(rows)
        await session.flush()
        return [row.id for row in rows]


async def test_many_keys_take_one_statement(scope: Scope, statements: Any) -> None:
    ids = await _save(
        scope.sessions,
        scope.project_id,
        *(Agent(project_id=scope.project_id, agent_name=f"agent {n}") for n in range(5)),
    )
    statements.clear()
    rows = await scope.loaders.agents.load_many([*ids, 2**62, ids[0]])
    assert [row.id if row else None for row in rows] == [*ids, None, ids[0]]
    assert len(statements) == 1


async def test_rows_of_another_project_are_not_there(scope: Scope, other_project_id: int) -> None:
    [agent] = await _save(scope.sessions, other_project_id, Agent(project_id=other_project_id, agent_name="a"))
    [metric] = await _save(
        scope.sessions,
        other_project_id,
        Metric(project_id=other_project_id, name="m", evaluation_type=EvaluationType.BINARY),
    )
    [dashboard] = await _save(scope.sessions, other_project_id, Dashboard(project_id=other_project_id, name="d"))
    [widget] = await _save(
        scope.sessions,
        other_project_id,
        Widget(project_id=other_project_id, dashboard_id=dashboard, name="w", chart_type=ChartType.STAT),
    )
    loaders = scope.loaders
    assert await loaders.agents.load(agent) is None
    assert await loaders.metrics.load(metric) is None
    assert await loaders.dashboards.load(dashboard) is None
    assert await loaders.whole_dashboards.load(dashboard) is None
    assert await loaders.widgets.load(widget) is None
    assert await loaders.widgets_of_dashboard.load(dashboard) == ()
    assert await loaders.widget_counts.load(dashboard) == 0
    assert await loaders.chart_metrics.load(NeededMetrics(frozenset({metric}), latency=True)) == {}


async def test_a_whole_dashboard_brings_what_its_charts_will_ask_for(scope: Scope, statements: Any) -> None:
    project_id = scope.project_id
    full, empty = await _save(
        scope.sessions, project_id, *(Dashboard(project_id=project_id, name=name) for name in ("full", "empty"))
    )
    [metric] = await _save(
        scope.sessions, project_id, Metric(project_id=project_id, name="m", evaluation_type=EvaluationType.BINARY)
    )
    names = ["third", "first", "second"]
    positions = [2, 0, 1]
    await _save(
        scope.sessions,
        project_id,
        *(
            Widget(
                project_id=project_id,
                dashboard_id=full,
                name=name,
                chart_type=ChartType.STAT,
                position=position,
                metric_id=metric if name == "first" else None,
            )
            for name, position in zip(names, positions, strict=True)
        ),
    )
    statements.clear()
    assert all(await scope.loaders.whole_dashboards.load_many([full, empty]))
    widgets = await scope.loaders.widgets_of_dashboard.load_many([full, empty])
    assert [[widget.name for widget in of_one] for of_one in widgets] == [["first", "second", "third"], []]
    assert await scope.loaders.widget_counts.load_many([full, empty]) == [3, 0]
    assert (await scope.loaders.metrics.load(metric)) is not None
    assert (await scope.loaders.dashboards.load(full)) is not None
    assert len(statements) == 2


async def test_what_a_mutation_changed_is_read_again(scope: Scope) -> None:
    [dashboard] = await _save(scope.sessions, scope.project_id, Dashboard(project_id=scope.project_id, name="old"))
    row = await scope.loaders.dashboards.load(dashboard)
    assert row is not None
    async with scope.sessions.write(scope.project_id) as session:
        (await session.get_one(Dashboard, (scope.project_id, dashboard))).name = "new"
    scope.forget()
    row = await scope.loaders.dashboards.load(dashboard)
    assert row is not None
    assert row.name == "new"


async def test_a_regex_that_does_not_compile_spoils_only_its_own_count(scope: Scope) -> None:
    good = check_filters(scope, {"field": "topic", "op": "eq", "value": "x"})
    bad = check_filters(scope, {"field": "topic", "op": "regex", "value": "("})
    keys: list[tuple[int, Checked]] = [(scope.project_id, good), (scope.project_id, bad)]
    counts = await asyncio.gather(*map(scope.loaders.call_counts.load, keys), return_exceptions=True)
    assert counts[0] == 0
    assert isinstance(counts[1], InvalidFilterError)
