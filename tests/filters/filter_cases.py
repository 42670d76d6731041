"""The filters that the product's text shows, one by one, and short ways to run the stages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import OPERATORS, Checked, FieldType, Operator, check_json
from filters.operators import Arity
from filters.selections import Matching

NOW = datetime(2025, 11, 10, 12, 0, tzinfo=UTC)


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def group(operator: str, *conditions: Any) -> dict[str, Any]:
    return {"operator": operator, "conditions": list(conditions)}


def checked(raw: object, zone: str = "UTC", now: datetime = NOW) -> Checked:
    return check_json(raw, CALL_LOG_FIELDS, now=now, zone=ZoneInfo(zone))[1]


def conditions(
    field: str, kind: FieldType, values: tuple[Any, ...], patterns: tuple[Any, ...] = (), **patterns_of: tuple[Any, ...]
) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on a field by every operator that its type takes, as the table of operators has them."""
    return st.one_of(
        [
            st.builds(
                condition,
                st.just(field),
                st.just(name),
                _value(row, patterns_of.get(name) or (isinstance(row.selects, Matching) and patterns) or values),
            )
            for name, row in OPERATORS.items()
            if kind in row.types
        ]
    )


def _value(row: Operator, values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    one = st.sampled_from(values)
    match row.arity:
        case Arity.ONE:
            return one
        case Arity.LIST:
            return st.lists(one, min_size=1, max_size=4)
        case Arity.PAIR:
            return st.tuples(one, one).map(list).filter(is_range)
        case Arity.FLAG:
            return st.booleans()


def is_range(pair: list[Any]) -> bool:
    """Whether the first end is not above the second: texts are times, and only relative ones may be."""
    if not isinstance(pair[0], str):
        return pair[0] <= pair[1]
    if any(text.startswith(("now", "today")) for text in pair):
        return True
    # Whatever the zone: two days apart, or the same.
    first, second = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in pair)
    return pair[0] == pair[1] or second - first > timedelta(days=2)


DOCUMENTED: dict[str, dict[str, Any]] = {
    "single condition": condition("success", "eq", True),
    "grouped conditions": group("and", condition("success", "eq", True), condition("duration", "gte", 60)),
    "nested groups": group(
        "and",
        condition("success", "eq", True),
        group("or", condition("duration", "gte", 120), condition("call_ended_reason", "contains", "timeout")),
    ),
    "metadata eq": condition("metadata.org_name", "eq", "Acme Corp"),
    "metadata in": condition("metadata.region", "in", ["US", "EU"]),
    "same row": group(
        "same_row",
        condition("metric_evaluations.metric.name", "eq", "accuracy"),
        condition("metric_evaluations.value", "gte", 0.9),
    ),
    "the last 7 days": group("and", condition("timestamp", "gte", "today-7d"), condition("timestamp", "lte", "now")),
}
"""Every example filter of the product's text."""

_TEXT = {"eq": "a", "neq": "a", "contains": "a", "startswith": "a", "in": ["a", "b"], "isnull": True}
_NUMBER = {"eq": 5, "gt": 5, "gte": 5, "lt": 5, "lte": 5}
DOCUMENTED_OPERATORS: dict[str, dict[str, Any]] = {
    "id": {**_NUMBER, "in": [5, 6]},
    "success": {"eq": True, "neq": True, "isnull": False},
    "duration": _NUMBER,
    "customer_number": {op: _TEXT[op] for op in ("eq", "neq", "contains", "startswith", "in")},
    "call_ended_reason": {op: _TEXT[op] for op in ("eq", "neq", "contains", "in")},
    "dropoff_point": {op: _TEXT[op] for op in ("eq", "neq", "contains", "in", "isnull")},
    "topic": {op: _TEXT[op] for op in ("eq", "neq", "contains", "in", "isnull")},
    "timestamp": dict.fromkeys(("eq", "gt", "gte", "lt", "lte"), "now-30m"),
    "is_reviewed": {"eq": False},
    "agent.id": {"eq": 5},
    "agent.agent_name": {"eq": "a"},
    "metric_evaluations.value": {"gte": 0.9},
    "metric_evaluations.metric.id": {"eq": 5},
    "metric_evaluations.metric.name": {"eq": "a"},
}
"""Every field of the product's text with every operator that it promises for it."""
