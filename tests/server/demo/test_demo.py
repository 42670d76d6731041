"""The demo project: its calls and its dashboards."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import URL, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from models import CallLog, ChartType, Dashboard, EvaluationType, Metric, Project, Widget
from models.key_text import Holder, KeyKind, holder_of
from models.sessions import Sessions
from server.demo import load_demo
from server.demo.calls import draw_calls
from server.demo.dashboards import DASHBOARDS, GRID_COLUMNS, WidgetPlan, layouts
from server.demo.key import NoDemoProjectError, demo_key
from server.demo.service import NameTakenError
from server.keys import create_key, list_keys

NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)


@pytest.fixture
async def own_sessions(own_database_url: URL) -> AsyncGenerator[Sessions]:
    engine = create_async_engine(own_database_url)
    yield Sessions(engine)
    await engine.dispose()


def test_the_seed_decides_all_but_the_times() -> None:
    calls = list(draw_calls(300, 1, NOW))
    assert calls == list(draw_calls(300, 1, NOW))
    assert calls != list(draw_calls(300, 2, NOW))
    later = draw_calls(300, 1, NOW + timedelta(days=3, hours=5))
    assert [replace(call, timestamp=NOW) for call in later] == [replace(call, timestamp=NOW) for call in calls]


def test_calls_are_believable() -> None:
    calls = list(draw_calls(5_000, 1, NOW))
    assert len({call.call_id for call in calls}) == 5_000
    assert NOW - timedelta(days=30) < calls[0].timestamp < NOW - timedelta(days=29)
    assert NOW - timedelta(hours=2) < calls[-1].timestamp <= NOW
    by_hour = [sum(call.timestamp.hour == hour for call in calls) for hour in range(24)]
    assert by_hour[10] > 10 * by_hour[3]
    by_weekday = [sum(call.timestamp.weekday() == day for call in calls) for day in range(7)]
    assert by_weekday[1] > 2 * by_weekday[6]

    def success_rate(agent: str) -> float:
        answers = [call.values["success"] for call in calls if call.agent == agent and "success" in call.values]
        return answers.count(True) / len(answers)

    assert success_rate("Ava") > success_rate("Hugo") + 0.2
    assert len({call.agent for call in calls}) == 6
    for key in ("duration", "success", "customer_number", "dropoff_point", "topic"):
        missing = sum(key not in call.values for call in calls)
        assert 0 < missing < len(calls), key
    assert {key for call in calls for key in call.metadata} == {"org_name", "region", "plan", "language", "channel"}
    assert any("channel" not in call.metadata for call in calls)


def test_all_kinds_of_metric_with_skipped_and_absent_values() -> None:
    calls = list(draw_calls(2_000, 1, NOW))
    assert {value.type for call in calls for value in call.metrics} == set(EvaluationType)
    assert any(not call.metrics for call in calls)
    assert any(value.value is None for call in calls for value in call.metrics)
    assert {value.metric for call in calls for value in call.metrics} >= {"latency", "satisfaction"}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.name)
def test_layouts_fill_the_grid_without_overlap(dashboard: object) -> None:
    placed = layouts(next(plan for plan in DASHBOARDS if plan is dashboard).widgets)
    assert all(place["x"] + place["width"] <= GRID_COLUMNS for place in placed)
    for one, other in combinations(placed, 2):
        apart_x = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        apart_y = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
        assert apart_x or apart_y


def test_a_row_is_as_high_as_its_highest_widget() -> None:
    widgets = [WidgetPlan("w", ChartType.STAT, width=6, height=height) for height in (2, 5, 1)]
    assert [place["y"] for place in layouts(widgets)] == [0, 0, 5]


async def test_loading_twice_doubles_nothing(own_sessions: Sessions) -> None:
    first = await load_demo(own_sessions, calls=1_000, seed=3)
    again = await load_demo(own_sessions, calls=1_000, seed=3)
    assert first == again
    assert (first.project_name, first.calls) == ("Demo", 1_000)
    async with own_sessions.read(first.project_id) as session:
        mine = CallLog.project_id == first.project_id
        assert len((await session.scalars(select(CallLog.id).where(mine))).all()) == 1_000
        expected = sum(len(call.metrics) for call in draw_calls(1_000, 3, NOW))
        assert await session.scalar(text("select count(*) from metric_evaluations")) == expected
        dashboards = (await session.scalars(select(Dashboard).order_by(Dashboard.id))).all()
        widgets = (await session.scalars(select(Widget).order_by(Widget.dashboard_id, Widget.position))).all()
        metrics = {metric.id: metric.name for metric in await session.scalars(select(Metric))}
    assert [(row.name, row.is_default) for row in dashboards] == [("Call overview", True), ("Quality", False)]
    assert [widget.name for widget in widgets] == [plan.name for board in DASHBOARDS for plan in board.widgets]
    assert {widget.chart_type for widget in widgets if widget.dashboard_id == dashboards[0].id} == set(ChartType)
    assert sum(widget.dashboard_id == dashboards[0].id for widget in widgets) == 12
    plotted = {metrics[widget.metric_id] for widget in widgets if widget.metric_id}
    assert plotted == {"latency", "satisfaction", "goal_achieved", "sentiment"}


async def test_the_demo_folds_the_marks_that_it_leaves(own_sessions: Sessions) -> None:
    made = await load_demo(own_sessions, calls=300)
    for _ in range(2):
        await load_demo(own_sessions, calls=300)
    async with own_sessions.read(made.project_id) as session:
        marks = "select max(marks) from (select count(*) as marks from change_marks group by slot) counted"
        assert await session.scalar(text(marks)) <= 3


async def _make_project(sessions: Sessions, name: str) -> int:
    async with sessions.engine.begin() as connection:
        return (await connection.execute(insert(Project).values(name=name).returning(Project.id))).scalar_one()


async def test_no_key_to_a_project_that_is_not_the_demos(own_sessions: Sessions, tmp_path: Path) -> None:
    project_id = await _make_project(own_sessions, "Acme")
    with pytest.raises(NoDemoProjectError, match="it has 'Acme'"):
        await demo_key(own_sessions, tmp_path)
    assert await list_keys(own_sessions, project_id) == []
    assert not (tmp_path / "demo-key").exists()


async def test_a_kept_key_to_another_project_is_not_handed_out(own_sessions: Sessions, tmp_path: Path) -> None:
    acme = await _make_project(own_sessions, "Acme")
    (tmp_path / "demo-key").write_text(await create_key(own_sessions, acme, "from before"))
    made = await load_demo(own_sessions, calls=10)
    key = await demo_key(own_sessions, tmp_path)
    assert holder_of(key) == Holder(KeyKind.PROJECT, made.project_id)
    assert await demo_key(own_sessions, tmp_path) == key


async def test_nothing_is_written_to_a_project_that_only_has_the_name(own_sessions: Sessions) -> None:
    project_id = await _make_project(own_sessions, "Demo")
    with pytest.raises(NameTakenError, match="is not the demo's"):
        await load_demo(own_sessions, calls=10)
    async with own_sessions.read(project_id) as session:
        assert (await session.scalars(select(CallLog.id))).all() == []
