"""Calls to chart: made from a seed, full of nulls, ties, several evaluations and times on the edge of something."""

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.question.query import MetricRef
from models import Agent, CallLog, DataType, EvaluationType, Metric, MetricEvaluation, Project, call_fields
from models.call_fields import CallField
from models.sessions import Sessions
from server.owner import owner_of

TOPICS = (None, None, "billing", "billing", "Billing", "", "ünï🎈", "日本", "a%b_c\\", "O'Brien\"; --", "null", "Other")
REASONS = (None, "timeout", "customer ended", "TIMEOUT")
REGIONS: tuple[Any, ...] = (None, "EU", "EU", "US", 5, 1.5, True, "true", {"a": [1]}, "")
TURNS: tuple[Any, ...] = (None, 0, 1, 4, 4, 7, 2.5, -3, 1e9, "8", "", True, [4], {"n": 4})
DURATIONS = (None, None, 0.0, 1.5, 30.0, 60.0, 60.0, 120.25, 1e-7, -3.0)
ANY: dict[DataType, tuple[Any, ...]] = {
    DataType.STRING: (None, "a", "A", "", "it's", "日本"),
    DataType.NUMBER: DURATIONS,
    DataType.BOOLEAN: (True, True, False, None),
    DataType.DATETIME: (None, *(datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 5))),
}
POOLS: dict[str, tuple[Any, ...]] = {
    "is_reviewed": (False, False, False, False, True),
    "customer_number": (None, "+1", "+49 30"),
    "call_ended_reason": REASONS,
    "dropoff_point": (None, "menu"),
    "topic": TOPICS,
}
"""What the fields of calls are drawn from, where that is not just anything of their type."""

VALUES: dict[EvaluationType, tuple[Any, ...]] = {
    EvaluationType.NUMERIC: (None, 0.0, -0.0, 0.25, 1.0, 100.0, 1e22, 3.5),
    EvaluationType.RATING: (None, 0.0, 1.0, 4.0, 5.0, 5.0),
    EvaluationType.BINARY: (None, True, False),
    EvaluationType.ENUM: (None, "happy", "sad", "né", "it's"),
}
COLUMNS = {
    EvaluationType.NUMERIC: "number_value",
    EvaluationType.RATING: "number_value",
    EvaluationType.BINARY: "boolean_value",
    EvaluationType.ENUM: "text_value",
}
METRICS = {
    "latency": EvaluationType.NUMERIC,
    "stars": EvaluationType.RATING,
    "resolved": EvaluationType.BINARY,
    "mood": EvaluationType.ENUM,
}


@dataclass(frozen=True)
class Dataset:
    """A project with its calls, as the oracle reads them, and its metrics by name."""

    project_id: int
    calls: list[dict[str, Any]]
    metrics: dict[str, MetricRef]

    @property
    def by_id(self) -> dict[int, MetricRef]:
        return {metric.id: metric for metric in self.metrics.values()}


async def new_project(engine: AsyncEngine) -> int:
    async with owner_of(engine).begin() as connection:
        return (
            await connection.execute(insert(Project).values(name=f"Charts {uuid.uuid4()}").returning(Project.id))
        ).scalar_one()


def times(rng: random.Random, zone: ZoneInfo, now: datetime, around: datetime, count: int) -> list[datetime]:
    """Times of the 65 days before ``now`` and a few after: many on or beside local hours and midnights."""
    found: list[datetime] = []
    for _ in range(count):
        days = rng.choice((1, 3, 30, 30, 65))
        at = now - timedelta(seconds=rng.randrange(-3600, days * 86400))
        if rng.random() < 0.3:
            at = around + timedelta(minutes=15 * rng.randrange(-14, 15))
        match rng.randrange(5):
            case 0:
                at = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
            case 1:
                at = at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
            case 2:
                at = now - timedelta(days=rng.choice((0, 1, 7, 30, 60)))
            case _:
                pass
        found.append(at + timedelta(microseconds=rng.choice((0, 0, 0, -1, 1))))
    return found


def drawn(field: CallField, rng: random.Random) -> Any:
    """A value of a field; None where it can be null."""
    values = [value for value in POOLS.get(field.name, ANY[field.data_type]) if value is not None or field.is_nullable]
    if field.data_type is DataType.NUMBER:
        values.append(rng.uniform(0, 500))
    return rng.choice(values)


async def make_dataset(
    engine: AsyncEngine, seed: int, zone: ZoneInfo, now: datetime, around: datetime, count: int = 90
) -> Dataset:
    """A new project with ``count`` calls. ``around`` is a moment where the zone's clock changes."""
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number, at in enumerate(times(rng, zone, now, around, count)):
        metadata = {"region": rng.choice(REGIONS)} if rng.random() < 0.8 else {}
        metadata |= {"turns": rng.choice(TURNS)} if rng.random() < 0.9 else {}
        rows.append(
            {
                "call_id": str(number),
                "timestamp": at,
                **{field.name: drawn(field, rng) for field in call_fields.VALUES},
                "metadata": metadata,
                "agent": rng.randrange(3),
                "evaluations": [
                    (name, rng.choice(VALUES[kind]))
                    for name, kind in METRICS.items()
                    for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))
                ],
            }
        )
    return await store(engine, rows)


async def store(engine: AsyncEngine, rows: list[dict[str, Any]]) -> Dataset:
    """Stores calls in a new project. ``agent`` is a number from 0; evaluations are pairs of metric name and value."""
    project_id = await new_project(engine)
    async with Sessions(engine).write(project_id) as session:
        agents = [Agent(project_id=project_id, agent_name=name, assistant_id=None) for name in ("Ava", "Ben", "Çem")]
        metrics = {
            name: Metric(project_id=project_id, name=name, evaluation_type=kind) for name, kind in METRICS.items()
        }
        calls = [
            CallLog(
                project_id=project_id,
                call_metadata=row.get("metadata", {}),
                **{key: row[key] for key in row if key not in ("metadata", "agent", "evaluations")},
            )
            for row in rows
        ]
        session.add_all([*agents, *metrics.values()])
        await session.flush()
        for call, row in zip(calls, rows, strict=True):
            call.agent_id = agents[row.get("agent", 0)].id
        session.add_all(calls)
        await session.flush()
        for call, row in zip(calls, rows, strict=True):
            for name, value in row.get("evaluations", ()):
                metric = metrics[name]
                column = {COLUMNS[metric.evaluation_type]: value}
                session.add(MetricEvaluation(project_id=project_id, call_log_id=call.id, metric_id=metric.id, **column))
        plain = [_plain(call, agents[row.get("agent", 0)], metrics, row) for call, row in zip(calls, rows, strict=True)]
        refs = {name: MetricRef(metric.id, name, metric.evaluation_type) for name, metric in metrics.items()}
    return Dataset(project_id, plain, refs)


def _plain(call: CallLog, agent: Agent, metrics: dict[str, Metric], row: dict[str, Any]) -> dict[str, Any]:
    nothing = dict.fromkeys(field.name for field in call_fields.VALUES)
    given = {key: row[key] for key in row if key not in ("agent", "evaluations")}
    return {
        **nothing,
        "is_reviewed": False,
        "metadata": {},
        **given,
        "id": call.id,
        "agent": {"id": agent.id, "agent_name": agent.agent_name, "assistant_id": None},
        "evaluations": [
            {"value": value, "metric": {"id": metrics[name].id, "name": name}, "created_at": None}
            for name, value in row.get("evaluations", ())
        ],
    }
