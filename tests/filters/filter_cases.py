"""The filters that the product's text shows, one by one, and short ways to run the stages."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import Checked, check_json

NOW = datetime(2025, 11, 10, 12, 0, tzinfo=UTC)


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def group(operator: str, *conditions: Any) -> dict[str, Any]:
    return {"operator": operator, "conditions": list(conditions)}


def checked(raw: object, zone: str = "UTC", now: datetime = NOW) -> Checked:
    return check_json(raw, CALL_LOG_FIELDS, now=now, zone=ZoneInfo(zone))[1]


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
