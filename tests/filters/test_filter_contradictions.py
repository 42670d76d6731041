"""Parts of filters that exclude each other: each found where it stands, and none where something can pass."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import FieldType
from filters.contradictions import contradictions
from tests.filters.filter_cases import NOW, checked, condition, conditions, group
from tests.filters.oracle import evaluate

D, T = "duration", "timestamp"
VALUE, NAME = "metric_evaluations.value", "metric_evaluations.metric.name"

IMPOSSIBLE: dict[str, tuple[Any, str]] = {
    "range": (group("and", condition(D, "gt", 10), condition(D, "lt", 5)), ""),
    "range of one value, open": (group("and", condition(D, "gt", 5), condition(D, "lte", 5)), ""),
    "between and below it": (group("and", condition(D, "between", [5, 9]), condition(D, "lt", 5)), ""),
    "two ranges": (group("and", condition(D, "between", [1, 2]), condition(D, "between", [3, 4])), ""),
    "days apart": (
        group(
            "and",
            condition("created_at", "between", ["2025-11-01", "2025-11-02"]),
            condition("created_at", "gte", "2025-11-03"),
        ),
        "",
    ),
    "eq outside of a range": (group("and", condition(D, "eq", 3), condition(D, "gte", 3.5)), ""),
    "two values": (group("and", condition("topic", "eq", "a"), condition("topic", "eq", "b")), ""),
    "two lists": (group("and", condition("topic", "in", ["a", "b"]), condition("topic", "in", ["c"])), ""),
    "value and its opposite": (group("and", condition("topic", "eq", "a"), condition("topic", "neq", "a")), ""),
    "value and pattern": (group("and", condition("topic", "eq", "Billing"), condition("topic", "contains", "x")), ""),
    "no value and a value": (group("and", condition("topic", "isnull", True), condition("topic", "eq", "a")), ""),
    "whole numbers": (group("and", condition("id", "gt", 5), condition("id", "lt", 6)), ""),
    "both booleans": (group("and", condition("success", "eq", True), condition("success", "eq", False)), ""),
    "neither boolean": (
        group("and", condition("is_reviewed", "neq", True), condition("is_reviewed", "neq", False)),
        "",
    ),
    "never without a value": (condition("call_id", "isnull", True), ""),
    "through not": (group("and", condition(D, "lt", 5), group("not", condition(D, "lt", 9))), ""),
    "through or": (
        group("and", condition(D, "gt", 9), group("or", condition(D, "lt", 5), condition(D, "eq", 7))),
        "",
    ),
    "one branch": (
        group("and", condition(D, "gt", 9), group("or", condition(D, "lt", 5), condition("topic", "eq", "a"))),
        "/conditions/1/conditions/0",
    ),
    "deeper down": (
        group("or", condition("success", "eq", True), group("and", condition(D, "gt", 9), condition(D, "lt", 5))),
        "/conditions/1",
    ),
    "in a nested and": (
        group("and", condition(D, "gt", 9), group("and", condition("topic", "eq", "a"), condition(D, "lt", 5))),
        "",
    ),
    "one evaluation": (group("same_row", condition(NAME, "eq", "a"), condition(NAME, "eq", "b")), ""),
    "one evaluation of two types": (group("same_row", condition(VALUE, "gt", 1), condition(VALUE, "eq", True)), ""),
    "one evaluation without its value": (
        group("same_row", condition(VALUE, "isnull", True), condition(VALUE, "gt", 1)),
        "",
    ),
}

POSSIBLE: dict[str, Any] = {
    "nothing": None,
    "ranges that touch": group("and", condition(D, "between", [1, 2]), condition(D, "between", [2, 4])),
    "range": group("and", condition(D, "gt", 5), condition(D, "lt", 10)),
    "closed range of one value": group("and", condition(D, "gte", 5), condition(D, "lte", 5)),
    "neither boolean, but no value": group(
        "and", condition("success", "neq", True), condition("success", "neq", False)
    ),
    "different fields": group("and", condition("topic", "eq", "a"), condition("dropoff_point", "eq", "b")),
    "or": group("or", condition(D, "gt", 10), condition(D, "lt", 5)),
    "pattern in any case": group("and", condition("topic", "eq", "Billing"), condition("topic", "contains", "bill")),
    "letters that only the database folds": group(
        "and", condition("topic", "eq", "Straße"), condition("topic", "contains", "SSE")
    ),
    "not of a pattern": group(
        "and", condition("topic", "isnull", True), group("not", condition("topic", "contains", "a"))
    ),
    "evaluations of different rows": group("and", condition(NAME, "eq", "a"), condition(NAME, "eq", "b")),
    "values of different rows": group("and", condition(VALUE, "gt", 5), condition(VALUE, "lt", 1)),
    "another type": group("same_row", condition(VALUE, "gt", 1), condition(VALUE, "neq", "x")),
    "not around it": group("not", condition(D, "lt", 5)),
    "relative times": group("and", condition(T, "gte", "today-7d"), condition(T, "lte", "today")),
}


@pytest.mark.parametrize(("raw", "path"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_can_never_hold_is_found(raw: Any, path: str) -> None:
    [warning] = contradictions(checked(raw), CALL_LOG_FIELDS)
    assert (warning.code, warning.path) == ("NEVER_MATCHES", path)


@pytest.mark.parametrize("raw", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_what_can_hold_is_left_alone(raw: Any) -> None:
    assert contradictions(checked(raw), CALL_LOG_FIELDS) == ()


def test_bounds_of_time_have_a_code_of_their_own() -> None:
    raw = group("and", condition(T, "gt", "now"), condition(T, "lt", "now-1d"))
    [warning] = contradictions(checked(raw), CALL_LOG_FIELDS)
    assert (warning.code, warning.path) == ("EMPTY_WINDOW", "")
    expected = "These conditions contradict each other, so nothing can match: timestamp is after now"
    assert warning.message.startswith(expected)


LEAVES = conditions(D, FieldType.NUMBER, (0.0, 1.0, 2.0))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda members: group("and", *members)),
        st.lists(inner, min_size=1, max_size=3).map(lambda members: group("or", *members)),
        inner.map(lambda member: group("not", member)),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(TREES)
def test_a_whole_filter_is_refuted_exactly_when_no_value_fits(raw: dict[str, Any]) -> None:
    found = contradictions(checked(group("and", raw, condition(D, "neq", 77))), CALL_LOG_FIELDS)
    fits = any(evaluate(raw, {D: value}, NOW, ZoneInfo("UTC")) for value in (None, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0))
    refuted = any(warning.path == "" for warning in found)
    assert refuted is not fits, found


def test_times_reach_to_both_ends_of_the_calendar() -> None:
    raw = group("and", condition(T, "gte", "0001-01-01"), condition(T, "lte", "9999-12-31"))
    assert contradictions(checked(raw, now=datetime(9999, 12, 31, tzinfo=UTC)), CALL_LOG_FIELDS) == ()
