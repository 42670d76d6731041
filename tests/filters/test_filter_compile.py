"""Checked tree -> SQL text: one shape for every operator and reach, and never a value of the user's in it."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import FilterError, compile_filter
from models import CallLog
from tests.filters.filter_cases import DOCUMENTED, checked, condition, group

VALUE = "metric_evaluations.value"
NAME = "metric_evaluations.metric.name"
TODAY, TOMORROW = datetime(2025, 11, 10, tzinfo=UTC), datetime(2025, 11, 11, tzinfo=UTC)
EVALUATION = (
    "EXISTS (SELECT 1 FROM metric_evaluations AS e WHERE e.project_id = ? AND e.call_log_id = call_logs.id AND "
)
EVALUATION_AND_METRIC = (
    "EXISTS (SELECT 1 FROM metric_evaluations AS e, metrics AS m "
    "WHERE e.project_id = ? AND e.call_log_id = call_logs.id "
    "AND m.project_id = ? AND m.id = e.metric_id AND "
)
AGENT = "EXISTS (SELECT 1 FROM agents AS a WHERE a.project_id = ? AND a.id = call_logs.agent_id AND "
ANY_VALUE = "nullif(num_nonnulls(e.number_value, e.boolean_value, e.text_value), 0)"

PROJECT = 77
AGENT_IS_A = condition("agent.agent_name", "eq", "a")
SQL: dict[str, tuple[Any, str, tuple[Any, ...]]] = {
    "nothing": (None, "true", ()),
    "eq": (condition("topic", "eq", "a"), "topic = ?", ("a",)),
    "neq": (condition("topic", "neq", "a"), "topic IS DISTINCT FROM ?", ("a",)),
    "gt": (condition("duration", "gt", 5), "duration > ?", (5.0,)),
    "gte": (condition("duration", "gte", 5), "duration >= ?", (5.0,)),
    "lt": (condition("duration", "lt", 5), "duration < ?", (5.0,)),
    "lte": (condition("duration", "lte", 5), "duration <= ?", (5.0,)),
    "contains": (condition("topic", "contains", r"5%_\a"), "topic ILIKE ?", (r"%5\%\_\\a%",)),
    "startswith": (condition("topic", "startswith", "a"), "topic ILIKE ?", ("a%",)),
    "endswith": (condition("topic", "endswith", "a"), "topic ILIKE ?", ("%a",)),
    "in": (condition("id", "in", [1, 2]), "id = ANY (?)", ([1, 2],)),
    "isnull": (condition("topic", "isnull", True), "topic IS NULL", ()),
    "isnull false": (condition("topic", "isnull", False), "topic IS NOT NULL", ()),
    "regex": (condition("topic", "regex", "^a"), "topic ~ ?", ("^a",)),
    "metadata": (condition("metadata.a b", "eq", True), "(metadata ->> ?) = ?", ("a b", "true")),
    "metadata in": (condition("metadata.a", "in", ["x", 1]), "(metadata ->> ?) = ANY (?)", ("a", ["x", "1"])),
    "a day": (condition("timestamp", "eq", "today"), "timestamp >= ? AND timestamp < ?", (TODAY, TOMORROW)),
    "not a day": (
        condition("timestamp", "neq", "today"),
        "(timestamp >= ? AND timestamp < ?) IS NOT true",
        (TODAY, TOMORROW),
    ),
    "until the end of a day": (condition("timestamp", "lte", "today"), "timestamp < ?", (TOMORROW,)),
    "agent id": (condition("agent_id", "eq", 5), "agent_id = ?", (5,)),
    "agent name": (condition("agent.agent_name", "eq", "a"), f"{AGENT}a.agent_name = ?)", ("a",)),
    "agent by several conditions": (
        group("and", AGENT_IS_A, condition("topic", "eq", "t"), condition("agent.assistant_id", "neq", "b")),
        f"({AGENT}a.agent_name = ? AND a.assistant_id IS DISTINCT FROM ?)) AND call_logs.topic = ?",
        ("a", "b", "t"),
    ),
    "agent by groups": (
        group("or", AGENT_IS_A, group("and", AGENT_IS_A, condition("agent.assistant_id", "eq", "b"))),
        f"{AGENT}(a.agent_name = ? OR a.agent_name = ? AND a.assistant_id = ?))",
        ("a", "a", "b"),
    ),
    "not of agents": (
        group("and", *(group("not", condition("agent.agent_name", "eq", name)) for name in ("a", "b"))),
        f"NOT ({AGENT}(a.agent_name = ? OR a.agent_name = ?)))",
        ("a", "b"),
    ),
    "not of agents in or": (
        group("or", *(group("not", condition("agent.agent_name", "eq", name)) for name in ("a", "b"))),
        f"NOT ({AGENT}a.agent_name = ? AND a.agent_name = ?))",
        ("a", "b"),
    ),
    "not": (group("not", condition("topic", "eq", "a")), "(topic = ?) IS NOT true", ("a",)),
    "not of some evaluation": (
        group("not", condition(VALUE, "eq", 1)),
        f"NOT ({EVALUATION}e.number_value = ?))",
        (1.0,),
    ),
    "groups": (DOCUMENTED["nested groups"], "success = ? AND (duration >= ? OR call_ended_reason ILIKE ?)",
               (True, 120.0, "%timeout%")),
    "group of nothing in or": (group("or", group("and"), condition("topic", "eq", "a")), "true", ()),
    "number": (condition(VALUE, "gte", 0.5), f"{EVALUATION}e.number_value >= ?)", (0.5,)),
    "boolean": (condition(VALUE, "eq", False), f"{EVALUATION}e.boolean_value = ?)", (False,)),
    "text": (condition(VALUE, "neq", "a"), f"{EVALUATION}e.text_value IS DISTINCT FROM ?)", ("a",)),
    "no evaluation": (condition(VALUE, "isnull", True), f"NOT ({EVALUATION}{ANY_VALUE} IS NOT NULL))", ()),
    "some evaluation": (condition(VALUE, "isnull", False), f"{EVALUATION}{ANY_VALUE} IS NOT NULL)", ()),
    "metric name": (condition(NAME, "eq", "a"), f"{EVALUATION_AND_METRIC}m.name = ?)", ("a",)),
    "same row": (DOCUMENTED["same row"], f"{EVALUATION_AND_METRIC}m.name = ? AND e.number_value >= ?)",
                 ("accuracy", 0.9)),
    "same row isnull": (group("same_row", condition(VALUE, "isnull", True)), f"{EVALUATION}{ANY_VALUE} IS NULL)", ()),
    "same row not": (group("same_row", group("not", condition(VALUE, "gt", 1))),
                     f"{EVALUATION}(e.number_value > ?) IS NOT true)", (1.0,)),
}  # fmt: skip


def compiled(raw: Any) -> tuple[str, tuple[Any, ...]]:
    """The WHERE of a statement over call logs: parameters as ``?``, short aliases, no casts. The project, which every
    related table names, is not among the parameters."""
    statement = sa.select(CallLog.id).where(compile_filter(checked(raw), CALL_LOG_FIELDS, PROJECT))
    made = statement.compile(dialect=psycopg.dialect())
    text = re.sub(r"\s+", " ", str(made)).partition(" WHERE ")[2]
    text = re.sub(r"%\(\w+\)s(::(VARCHAR|BIGINT|TIMESTAMP WITH TIME ZONE|TEXT)(\[\])?)?", "?", text)
    for long, short in (("filter_evaluations", "e"), ("filter_metrics", "m"), ("filter_agents", "a")):
        text = text.replace(long, short)
    if "EXISTS" not in text:
        text = text.replace("call_logs.", "")
    projects = {name: value for name, value in made.params.items() if name.startswith("project_id_")}
    assert set(projects.values()) <= {PROJECT}
    return text, tuple(value for name, value in made.params.items() if name not in projects)


@pytest.mark.parametrize(("raw", "where", "parameters"), SQL.values(), ids=SQL.keys())
def test_sql(raw: Any, where: str, parameters: tuple[Any, ...]) -> None:
    assert compiled(raw) == (where, parameters)


def test_one_condition_may_stand_twice() -> None:
    twice = condition("metadata.a", "eq", "x")
    text, parameters = compiled(group("or", twice, group("not", twice)))
    assert text == "(metadata ->> ?) = ? OR ((metadata ->> ?) = ?) IS NOT true"
    assert parameters == ("a", "x")


HOSTILE = ("' or true --", "'); drop table call_logs; --", '" or 1=1', "%s", "%(id)s", ":id", "\\", "$1", "\n", "é")
PLACES = {
    "value": lambda text: condition("topic", "eq", text),
    "pattern": lambda text: condition("topic", "contains", text),
    "list": lambda text: condition("topic", "in", ["a", text]),
    "evaluation": lambda text: condition(VALUE, "neq", text),
    "metric name": lambda text: condition(NAME, "eq", text),
    "agent name": lambda text: condition("agent.agent_name", "endswith", text),
    "metadata key": lambda text: condition(f"metadata.{text}", "eq", "a"),
    "metadata value": lambda text: condition("metadata.a", "startswith", text),
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_values_and_keys_never_reach_the_text(place: Any, text: str) -> None:
    assert compiled(place(text))[0] == compiled(place("harmless"))[0]


REFUSED = {
    "field": lambda text: condition(text, "eq", "a"),
    "field below evaluations": lambda text: condition(f"metric_evaluations.{text}", "eq", "a"),
    "field with more behind it": lambda text: condition(f"topic{text}", "eq", "a"),
    "operator": lambda text: condition("topic", text, "a"),
    "operator with more behind it": lambda text: condition("topic", f"eq{text}", "a"),
    "group operator": lambda text: group(text, condition("topic", "eq", "a")),
    "key": lambda text: {**condition("topic", "eq", "a"), text: 1},
    "number": lambda text: condition("duration", "gt", text),
    "id": lambda text: condition("id", "in", [text]),
    "boolean": lambda text: condition("success", "eq", text),
    "time": lambda text: condition("timestamp", "gte", f"now{text}"),
    "isnull": lambda text: condition("topic", "isnull", text),
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", REFUSED.values(), ids=REFUSED.keys())
def test_names_and_typed_values_refuse_text(place: Any, text: str) -> None:
    with pytest.raises(FilterError):
        checked(place(text))
