"""The compiled SQL against the oracle, on real PostgreSQL: random filters over a small, awkward set of calls."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import OPERATORS, Checked, FieldType, Op, compile_filter, complement, window
from filters.metadata_names import name_of
from filters.operators import Arity
from filters.window import without_bounds
from models import Agent, CallLog, DataType, EvaluationType, Metric, MetricEvaluation, Project, call_fields
from models.call_fields import CALL_FIELDS, CallField
from models.sessions import Sessions
from server.owner import owner_of
from tests.filters.filter_cases import (
    DOCUMENTED,
    DOCUMENTED_OPERATORS,
    NOW,
    checked,
    condition,
    conditions,
    group,
    is_range,
)
from tests.filters.oracle import Call, evaluate

SEED = 20251110
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")
TEXTS = ("", "a", "A", "ab", "b%", "a_b", "axb", "a\\b", "É", "é", "100%", 'it\'s "x"', "🎉 naïve", "true", "5", "1.5")
NUMBERS = (0, 1, 5, 1.5, -2.25, 60, 120, 1e20, 0.1)
JSON_VALUES = (None, True, False, 0, 5, 1.5, 1.0, 1e20, -0.5, [1, "a"], {"a": 5}, *TEXTS)
KEYS = ("region", "a b", "it's", "100%", "É", "a.b", '"quoted"', "*")
TIMES = tuple(
    datetime(2025, 11, day, hour, tzinfo=UTC) + timedelta(microseconds=tick)
    for day, hour, tick in product((3, 9, 10, 11), (0, 5, 12), (-1, 0, 1))
)
POOLS: dict[DataType, tuple[Any, ...]] = {
    DataType.STRING: TEXTS,
    DataType.NUMBER: NUMBERS,
    DataType.BOOLEAN: (True, False),
    DataType.DATETIME: TIMES,
}
TIME_TEXTS = (
    *("now", "now-1d", "now-7d", "today", "today-7d", "today-1d+5h", "2025-11-10", "2025-11-03T05:00:00Z"),
    *("today/w", "now-1d/d", "now/h", "now-1M/M", "now/q", "now/M+8d+5h"),
)
REGEXES = ("^a", "b$", "[0-9]+", "a|É", "%", "^$", r"\.", r"\\")
METRICS = (
    (1, "accuracy", EvaluationType.NUMERIC, NUMBERS),
    (2, "stars", EvaluationType.RATING, (0, 5, 1.5)),
    (3, "greeted", EvaluationType.BINARY, (True, False)),
    (4, "É%", EvaluationType.ENUM, TEXTS[1:6]),
)


class Data(NamedTuple):
    """The calls, as the oracle sees them, and the project they are stored in."""

    project_id: int
    calls: tuple[Call, ...]

    def __repr__(self) -> str:
        return f"Data of seed {SEED}"


def make_calls() -> Iterator[Call]:
    draw = random.Random(SEED)

    def maybe(values: tuple[Any, ...]) -> Any:
        return None if draw.random() < 0.25 else draw.choice(values)

    def value(field: CallField) -> Any:
        values = POOLS[field.data_type]
        return maybe(values) if field.is_nullable else draw.choice(values)

    for number in range(1, 81):
        agent = draw.randrange(3)
        yield {
            "id": number,
            "call_id": f"{draw.choice(TEXTS)}{number}",
            "timestamp": draw.choice(TIMES),
            **{field.name: value(field) for field in call_fields.VALUES},
            "created_at": draw.choice(TIMES),
            "updated_at": draw.choice(TIMES),
            "metadata": {key: draw.choice(JSON_VALUES) for key in KEYS if draw.random() < 0.7},
            "agent": {
                "id": agent + 1,
                "agent_name": ("a", "É_b", "bot")[agent],
                "assistant_id": (None, "", "a")[agent],
            },
            "evaluations": [
                {"value": maybe(values), "metric": {"id": metric, "name": name}, "created_at": draw.choice(TIMES)}
                for metric, name, _, values in draw.choices(METRICS, k=draw.choice((0, 0, 1, 2, 4)))
            ],
        }


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine, sessions: Sessions) -> Data:
    """The calls, stored in a project of their own."""
    async with owner_of(engine).begin() as connection:
        made = sa.insert(Project).values(name=f"Filter oracle {SEED}").returning(Project.id)
        project = (await connection.execute(made)).scalar_one()
    calls = tuple(make_calls())
    agents = {call["agent"]["id"]: call["agent"] for call in calls}
    async with sessions.write(project) as session:
        session.add_all(Agent(project_id=project, **agent) for agent in agents.values())
        session.add_all(
            Metric(project_id=project, id=number, name=name, evaluation_type=kind) for number, name, kind, _ in METRICS
        )
        await session.flush()
        for call in calls:
            own = {key: value for key, value in call.items() if key not in ("metadata", "agent", "evaluations")}
            row = CallLog(project_id=project, agent_id=call["agent"]["id"], call_metadata=call["metadata"], **own)
            session.add(row)
        await session.flush()
        session.add_all(
            MetricEvaluation(
                project_id=project,
                call_log_id=call["id"],
                metric_id=row["metric"]["id"],
                created_at=row["created_at"],
                **value_columns(row["value"]),
            )
            for call in calls
            for row in call["evaluations"]
        )
    return Data(project, calls)


def value_columns(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case bool():
            return {"boolean_value": value}
        case str():
            return {"text_value": value}
        case _:
            return {"number_value": value}


def texts(field: str, values: tuple[Any, ...] = TEXTS) -> st.SearchStrategy[dict[str, Any]]:
    return conditions(field, FieldType.STRING, values, (*TEXTS, "%", "_", "\\", "x", "b"), regex=REGEXES)


def numbers(field: str, values: tuple[Any, ...] = NUMBERS) -> st.SearchStrategy[dict[str, Any]]:
    return conditions(field, FieldType.NUMBER, values)


def booleans(field: str) -> st.SearchStrategy[dict[str, Any]]:
    return conditions(field, FieldType.BOOLEAN, (True, False))


def times(field: str) -> st.SearchStrategy[dict[str, Any]]:
    return conditions(field, FieldType.DATETIME, (*TIME_TEXTS, *(time.isoformat() for time in TIMES)))


def conditions_on(field: CallField) -> st.SearchStrategy[dict[str, Any]]:
    match field.data_type:
        case DataType.STRING:
            return texts(field.name)
        case DataType.NUMBER:
            return numbers(field.name)
        case DataType.BOOLEAN:
            return booleans(field.name)
        case DataType.DATETIME:
            return times(field.name)


IDS = (1, 2, 3, 40, 99, 2**62)
METADATA_VALUES = tuple(value for value in JSON_VALUES if isinstance(value, str | bool | int | float))
EVALUATION = st.one_of(
    texts("metric_evaluations.value"),
    numbers("metric_evaluations.value"),
    booleans("metric_evaluations.value"),
    numbers("metric_evaluations.metric.id", (1, 2, 3, 4, 5)),
    texts("metric_evaluations.metric.name", ("accuracy", "stars", "greeted", "É%")),
    times("metric_evaluations.created_at"),
)
OWN = st.one_of(
    *(conditions_on(field) for field in CALL_FIELDS),
    *(texts(name_of(key), METADATA_VALUES) for key in (*KEYS, "absent", "absent.too")),
    *(numbers(name_of(key, FieldType.NUMBER)) for key in (*KEYS, "absent")),
    *(booleans(name_of(key, FieldType.BOOLEAN)) for key in (*KEYS, "absent")),
    *(texts(field, ("a", "É_b", "bot", "")) for field in ("agent.agent_name", "agent.assistant_id")),
    numbers("id", IDS),
    numbers("agent.id", IDS),
    numbers("agent_id", IDS),
    times("timestamp"),
)


def groups(members: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(members, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda found: group("and", *found)),
        several.map(lambda found: group("or", *found)),
        members.map(lambda found: group("not", found)),
        st.just(group("and")),
    )


SAME_ROW = st.lists(st.recursive(EVALUATION, groups, max_leaves=5), min_size=1, max_size=3).map(
    lambda found: group("same_row", *found)
)
FILTERS = st.recursive(st.one_of(OWN, EVALUATION, SAME_ROW), groups, max_leaves=8)


async def selected(sessions: Sessions, data: Data, where: sa.ColumnElement[bool]) -> set[int]:
    statement = sa.select(CallLog.id).where(CallLog.project_id == data.project_id, where)
    async with sessions.read(data.project_id) as session:
        return set(await session.scalars(statement))


async def agree(sessions: Sessions, data: Data, raw: dict[str, Any], zone: str) -> Checked:
    """Asserts that PostgreSQL selects by ``raw`` what the oracle does, and by its complement the rest."""
    tree = checked(raw, zone)
    expected = {call["id"] for call in data.calls if evaluate(raw, call, NOW, ZoneInfo(zone))}
    where = compile_filter(tree, CALL_LOG_FIELDS, data.project_id)
    assert await selected(sessions, data, where) == expected, f"data of seed {SEED}"
    rest = {call["id"] for call in data.calls} - expected
    assert await selected(sessions, data, complement(where)) == rest, f"data of seed {SEED}"
    bounds = window(tree)
    time_bounds = [] if bounds.start is None else [CallLog.timestamp >= bounds.start]
    time_bounds += [] if bounds.end is None else [CallLog.timestamp < bounds.end]
    apart = sa.and_(compile_filter(without_bounds(tree), CALL_LOG_FIELDS, data.project_id), *time_bounds)
    assert await selected(sessions, data, apart) == expected, f"window {bounds}, data of seed {SEED}"
    return tree


VALUE = "metric_evaluations.value"


@pytest.mark.fuzz
@given(raw=FILTERS, zone=st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
@example(raw=condition(VALUE, "isnull", True), zone="UTC")
@example(raw=group("not", condition(VALUE, "neq", 5)), zone="UTC")
@example(raw=group("same_row", condition(VALUE, "isnull", True)), zone="UTC")
@example(raw=group("same_row", group("not", condition(VALUE, "gt", 5))), zone="UTC")
@example(raw=group("not", group("not", condition("topic", "eq", "a"))), zone="UTC")
async def test_random_filters(sessions: Sessions, data: Data, raw: dict[str, Any], zone: str) -> None:
    await agree(sessions, data, raw, zone)


OF_AGENTS = st.one_of(
    *(texts(field, ("a", "É_b", "bot", "")) for field in ("agent.agent_name", "agent.assistant_id")),
    st.sampled_from([condition("topic", "eq", "a"), condition("agent.id", "eq", 1), condition(VALUE, "gt", 1)]),
)


@pytest.mark.fuzz
@given(raw=st.recursive(OF_AGENTS, groups, max_leaves=12), zone=st.just("UTC"))
@settings(max_examples=100, deadline=None)
async def test_random_filters_of_agents(sessions: Sessions, data: Data, raw: dict[str, Any], zone: str) -> None:
    """Conditions on the agent are put together, as a call has one."""
    await agree(sessions, data, raw, zone)


@pytest.mark.parametrize("raw", DOCUMENTED.values(), ids=DOCUMENTED.keys())
async def test_documented_examples(sessions: Sessions, data: Data, raw: dict[str, Any]) -> None:
    await agree(sessions, data, raw, "UTC")


PROMISED = [
    condition(field, op, value) for field, values in DOCUMENTED_OPERATORS.items() for op, value in values.items()
]


@pytest.mark.parametrize("raw", PROMISED, ids=lambda raw: f"{raw['field']} {raw['op']}")
async def test_documented_operators(sessions: Sessions, data: Data, raw: dict[str, Any]) -> None:
    await agree(sessions, data, raw, "America/New_York")


async def test_every_text_finds_itself_by_every_text_operator(sessions: Sessions, data: Data) -> None:
    """Special characters of LIKE are themselves, and case is folded beyond ASCII."""
    for text, op in product(TEXTS, [name for name in names_of(FieldType.STRING) if name != Op.REGEX]):
        await agree(sessions, data, condition("topic", op, text), "UTC")


@pytest.mark.parametrize("zone", ZONES)
async def test_every_time_by_every_operator(sessions: Sessions, data: Data, zone: str) -> None:
    """Among the calls are some at the first instant of days, and a microsecond before and after it."""
    for text, op in product(TIME_TEXTS, names_of(FieldType.DATETIME)):
        await agree(sessions, data, condition("timestamp", op, text), zone)


async def test_every_range_of_times(sessions: Sessions, data: Data) -> None:
    """Both ends are included, whole days of ends that are days; a range that is upside down for now holds nothing."""
    for low, high in product(TIME_TEXTS, TIME_TEXTS):
        if is_range([low, high]):
            await agree(sessions, data, condition("timestamp", "between", [low, high]), "America/New_York")


def names_of(kind: FieldType) -> list[str]:
    """The operators that compare a type with one value."""
    return [name for name, row in OPERATORS.items() if kind in row.types and row.arity is Arity.ONE]


HOSTILE = ("' or true --", "'); drop table call_logs; --", '" or 1=1', "%s", "%(id)s", ":id", "\\", "$1", "a'b\"c;--")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["topic", "agent.agent_name", "metadata.region", "metric_evaluations.metric.name"])
async def test_hostile_values_are_only_values(sessions: Sessions, data: Data, field: str, text: str) -> None:
    for name, row in OPERATORS.items():
        if FieldType.STRING in row.types and row.arity is not Arity.FLAG and name != Op.REGEX:
            await agree(sessions, data, condition(field, name, [text] if row.arity.is_list else text), "UTC")


@pytest.mark.parametrize("key", HOSTILE)
async def test_hostile_metadata_keys_are_only_keys(sessions: Sessions, data: Data, key: str) -> None:
    raw = condition(f"metadata.{key}", "isnull", True)
    await agree(sessions, data, raw, "UTC")
    where = compile_filter(checked(raw), CALL_LOG_FIELDS, data.project_id)
    assert len(await selected(sessions, data, where)) == len(data.calls)
