"""Filters in plain English."""

from typing import Any

import pytest

from filters import describe
from tests.filters.filter_cases import DOCUMENTED, checked, condition, group

SENTENCES: dict[str, tuple[Any, str]] = {
    "nothing": (None, "every call"),
    "nested": (
        DOCUMENTED["nested groups"],
        'success is true and (duration is at least 120 or call ended reason contains "timeout")',
    ),
    "metadata": (DOCUMENTED["metadata in"], 'metadata "region" is one of "US", "EU"'),
    "same row": (
        DOCUMENTED["same row"],
        'one evaluation has (metric name is "accuracy" and evaluation value is at least 0.9)',
    ),
    "days": (
        DOCUMENTED["the last 7 days"],
        "timestamp is at or after the start of today-7d (2025-11-03T00:00:00Z) and "
        "timestamp is at or before now (2025-11-10T12:00:00Z)",
    ),
    "on a day": (
        condition("timestamp", "eq", "today"),
        "timestamp is the day today (2025-11-10T00:00:00Z to 2025-11-11T00:00:00Z)",
    ),
    "a metadata number": (condition('metadata."a.b"::number', "gt", 8), 'metadata "a.b" as a number is more than 8'),
    "no metadata boolean": (
        condition("metadata.vip::boolean", "isnull", True),
        'metadata "vip" as a boolean has no value',
    ),
    "before a rounded time": (
        condition("timestamp", "lt", "today-1M/M"),
        "timestamp is before today-1M/M (2025-10-01T00:00:00Z)",
    ),
    "literal time": (condition("created_at", "lt", "2025-11-03"), "created at is before 2025-11-03T00:00:00Z"),
    "range": (condition("duration", "between", [1, 2.5]), "duration is between 1 and 2.5"),
    "range of days": (
        condition("timestamp", "between", ["2025-11-03", "2025-11-04"]),
        "timestamp is between 2025-11-03T00:00:00Z and 2025-11-04T23:59:59.999999Z",
    ),
    "not": (group("not", condition("topic", "eq", "a")), 'not (topic is "a")'),
    "no value": (condition("topic", "isnull", True), "topic has no value"),
    "a value": (condition("topic", "isnull", False), "topic has a value"),
    "some evaluation": (condition("metric_evaluations.value", "neq", True), "some evaluation value is not true"),
    "no evaluation": (condition("metric_evaluations.value", "isnull", True), "no evaluation value has a value"),
    "ids": (condition("agent_id", "in", [1, 2]), "agent number is one of 1, 2"),
    "long list": (
        condition("id", "in", list(range(1, 13))),
        "call number is one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more",
    ),
    "or of one in and": (group("and", group("or", condition("duration", "lt", 1.5))), "duration is less than 1.5"),
}


@pytest.mark.parametrize(("raw", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_describe(raw: object, expected: str) -> None:
    assert describe(checked(raw)) == expected
