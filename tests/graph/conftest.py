"""A small project that every chart has something to show of, and a way to ask it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from strawberry.types import ExecutionResult

from graph.context import Context
from graph.node_ids import encode
from graph.schema import schema
from models import (
    Agent,
    Aggregation,
    CallLog,
    ChartType,
    Dashboard,
    EvaluationType,
    Metric,
    MetricEvaluation,
    TimePeriod,
    Widget,
)
from models.sessions import Sessions
from resolvers.scope import Scope

NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
TOPICS = ("billing", "billing", "billing", "delivery", "delivery", "refund", None, "")
REASONS = ("customer_ended_call", "agent_ended_call", "timeout", None)
REGIONS = ("US", "EU", None)
CALLS = 48
LAST_WEEK = {"field": "timestamp", "op": "gte", "value": "now-7d"}

# name, chart type, field, aggregation, period, metric, grouping
WIDGETS: tuple[tuple[str, ChartType, str | None, Aggregation | None, TimePeriod | None, str | None, Any], ...] = (
    ("Overview", ChartType.STAT, None, None, None, None, None),
    ("Calls", ChartType.BAR, "timestamp", Aggregation.COUNT, TimePeriod.DAY, None, None),
    ("Success rate", ChartType.BAR, "success", Aggregation.AVG, TimePeriod.DAY, None, None),
    ("Duration", ChartType.BAR, "duration", Aggregation.P95, TimePeriod.WEEK, None, None),
    ("Durations", ChartType.LINE, "duration", None, None, None, None),
    ("Success", ChartType.PIE, "success", None, None, None, None),
    ("Topics", ChartType.PIE, "topic", None, None, None, None),
    ("Reasons", ChartType.LIST, "call_ended_reason", None, None, None, None),
    ("Regions", ChartType.PIE, "metadata.region", None, None, None, None),
    ("Accuracy", ChartType.BAR, "metric_evaluations.value", Aggregation.AVG, TimePeriod.DAY, "accuracy", None),
    ("Mood", ChartType.PIE, "metric_evaluations.value", None, None, "mood", None),
    ("Longest", ChartType.STAT, "duration", Aggregation.MAX, None, None, None),
)


@dataclass(frozen=True)
class World:
    """The rows of the project, and who asks."""

    project_id: int
    sessions: Sessions
    agents: list[int]
    metrics: dict[str, int]
    calls: list[int]
    dashboard: int
    widgets: dict[str, int]

    def id(self, type_name: str, row_id: int) -> str:
        return encode(type_name, row_id)

    def widget(self, name: str) -> str:
        return encode("Widget", self.widgets[name])

    async def run(
        self, query: str, variables: dict[str, Any] | None = None, *, sessions: Sessions | None = None, **context: Any
    ) -> ExecutionResult:
        given = {"project_id": self.project_id, "now": NOW, "max_window": timedelta(days=30), **context}
        return await schema.execute(
            query, variables, context_value=Context(Scope(sessions=sessions or self.sessions, **given))
        )

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **context: Any) -> dict[str, Any]:
        """The data of a request that has no errors."""
        result = await self.run(query, variables, **context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def refused(self, query: str, variables: dict[str, Any] | None = None, **context: Any) -> Any:
        """The one error of a request."""
        result = await self.run(query, variables, **context)
        assert result.errors is not None
        assert len(result.errors) == 1
        return result.errors[0].formatted


Saver = Callable[..., Awaitable[str]]


@pytest.fixture
async def world(sessions: Sessions, project_id: int) -> World:
    """48 calls of two agents over six days, with four metrics, and a dashboard of twelve widgets."""
    return await make_world(sessions, project_id)


async def make_world(sessions: Sessions, project_id: int) -> World:
    """The same, in a project of one's own."""
    async with sessions.write(project_id) as session:
        agents = [Agent(project_id=project_id, agent_name=name) for name in ("Ada", "Bo")]
        metrics = [
            Metric(project_id=project_id, name="accuracy", evaluation_type=EvaluationType.RATING),
            Metric(project_id=project_id, name="polite", evaluation_type=EvaluationType.BINARY),
            Metric(project_id=project_id, name="latency", evaluation_type=EvaluationType.NUMERIC),
            Metric(
                project_id=project_id, name="mood", evaluation_type=EvaluationType.ENUM, enum_values=["good", "bad"]
            ),
        ]
        session.add_all([*agents, *metrics])
        await session.flush()
        calls = [_call(project_id, agents, number) for number in range(CALLS)]
        session.add_all(calls)
        await session.flush()
        for number, call in enumerate(calls):
            session.add_all(_evaluations(project_id, metrics, call, number))
        dashboard = Dashboard(project_id=project_id, name="Support", filters=LAST_WEEK)
        session.add(dashboard)
        await session.flush()
        by_name = {metric.name: metric.id for metric in metrics}
        widgets = [
            Widget(
                project_id=project_id,
                dashboard_id=dashboard.id,
                name=name,
                chart_type=chart,
                field=field,
                metric_id=by_name.get(metric or ""),
                aggregation=aggregation,
                time_period=period,
                group_by=group,
                position=position,
            )
            for position, (name, chart, field, aggregation, period, metric, group) in enumerate(WIDGETS)
        ]
        session.add_all(widgets)
        await session.flush()
        return World(
            project_id=project_id,
            sessions=sessions,
            agents=[agent.id for agent in agents],
            metrics=by_name,
            calls=[call.id for call in calls],
            dashboard=dashboard.id,
            widgets={widget.name: widget.id for widget in widgets},
        )


def _call(project_id: int, agents: list[Agent], number: int) -> CallLog:
    region = REGIONS[number % len(REGIONS)]
    return CallLog(
        project_id=project_id,
        agent_id=agents[number % 2].id,
        call_id=f"call-{number}",
        timestamp=NOW - timedelta(hours=3 * number, minutes=number + 1),
        duration=None if number % 11 == 10 else 10.0 + 7 * (number % 13),
        success=None if number % 7 == 6 else number % 3 != 0,
        topic=TOPICS[number % len(TOPICS)],
        call_ended_reason=REASONS[number % len(REASONS)],
        call_metadata={"region": region} if region else {},
    )


def _evaluations(project_id: int, metrics: list[Metric], call: CallLog, number: int) -> list[MetricEvaluation]:
    accuracy, polite, latency, mood = (metric.id for metric in metrics)
    common = {"project_id": project_id, "call_log_id": call.id}
    return [
        MetricEvaluation(**common, metric_id=accuracy, number_value=None if number % 5 == 4 else float(number % 6)),
        MetricEvaluation(**common, metric_id=polite, boolean_value=number % 4 != 0),
        MetricEvaluation(**common, metric_id=latency, number_value=0.25 * number),
        MetricEvaluation(**common, metric_id=mood, text_value=("good", "bad")[number % 2]),
    ]


@pytest.fixture
async def save_widget(world: World) -> Saver:
    """Puts a widget on the dashboard and returns its global id. Nothing checks it: rows can be older than rules."""

    async def save(name: str, chart_type: ChartType, **columns: Any) -> str:
        async with world.sessions.write(world.project_id) as session:
            widget = Widget(
                project_id=world.project_id,
                dashboard_id=columns.pop("dashboard_id", world.dashboard),
                name=name,
                chart_type=chart_type,
                position=columns.pop("position", 100),
                **columns,
            )
            session.add(widget)
            await session.flush()
            return encode("Widget", widget.id)

    return save
