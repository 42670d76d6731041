"""Syntax tree -> checked tree: every fault with its pointer, what is allowed and what was probably meant."""

import base64
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aggregation.question.call_log_fields import CALL_LOG_FIELDS, decode_global_id
from filters import OPERATORS, CheckedCondition, FilterError, FilterFault, check, parse, regexes
from filters.operators import NEGATED
from tests.filters.filter_cases import DOCUMENTED, DOCUMENTED_OPERATORS, NOW, checked, condition, group


def global_id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def faults_of(raw: object) -> tuple[FilterFault, ...]:
    with pytest.raises(FilterError) as caught:
        checked(raw)
    return caught.value.faults


VALUE = "metric_evaluations.value"
FAULTS: dict[str, tuple[dict[str, Any], str, str, str | None]] = {
    "unknown field": (condition("durration", "eq", 1), "UNKNOWN_FIELD", "/field", "duration"),
    "field in camel case": (condition("callEndedReason", "eq", "x"), "UNKNOWN_FIELD", "/field", "call_ended_reason"),
    "field without its parent": (condition("agent_name", "eq", "x"), "UNKNOWN_FIELD", "/field", "agent.agent_name"),
    "nothing near": (condition("zzzzzzzz", "eq", 1), "UNKNOWN_FIELD", "/field", None),
    "empty field": (condition("", "eq", 1), "UNKNOWN_FIELD", "/field", None),
    "nested metadata": (condition("metadata.address.city", "eq", 1), "UNKNOWN_FIELD", "/field", "metadata.address"),
    "unknown type of metadata": (
        condition("metadata.turns::numer", "gt", 1),
        "UNKNOWN_FIELD",
        "/field",
        "metadata.turns::number",
    ),
    "text compared with a metadata number": (condition("metadata.n::number", "gt", "8"), "WRONG_TYPE", "/value", None),
    "number as a metadata boolean": (condition("metadata.b::boolean", "eq", 1), "WRONG_TYPE", "/value", None),
    "pattern on a metadata number": (condition("metadata.n::number", "contains", "8"), "WRONG_OPERATOR", "/op", None),
    "no metadata key": (condition("metadata.", "eq", 1), "UNKNOWN_FIELD", "/field", None),
    "all metadata": (condition("metadata", "eq", 1), "UNKNOWN_FIELD", "/field", None),
    "metadata key with NUL": (condition("metadata.a\0", "eq", 1), "UNKNOWN_FIELD", "/field", None),
    "metadata key with half a pair": (condition("metadata.\ud800.b", "eq", 1), "UNKNOWN_FIELD", "/field", None),
    "unknown operator": (condition("topic", "contain", "x"), "UNKNOWN_OPERATOR", "/op", "contains"),
    "operator as a sign": (condition("duration", ">=", 1), "UNKNOWN_OPERATOR", "/op", "gte"),
    "operator in capitals": (condition("duration", "GTE", 1), "UNKNOWN_OPERATOR", "/op", "gte"),
    "text operator on a number": (condition("duration", "contains", "1"), "WRONG_OPERATOR", "/op", None),
    "order on text": (condition("topic", "gt", "a"), "WRONG_OPERATOR", "/op", None),
    "list of booleans": (condition("success", "in", [True]), "WRONG_OPERATOR", "/op", None),
    "list of times": (condition("timestamp", "in", ["now"]), "WRONG_OPERATOR", "/op", None),
    "regex on a number": (condition("id", "regex", "1"), "WRONG_OPERATOR", "/op", None),
    "text for a number": (condition("duration", "gt", "5"), "WRONG_TYPE", "/value", None),
    "true for a number": (condition("duration", "gt", True), "WRONG_TYPE", "/value", None),
    "number for a boolean": (condition("success", "eq", 1), "WRONG_TYPE", "/value", None),
    "text for a boolean": (condition("success", "eq", "true"), "WRONG_TYPE", "/value", None),
    "number for text": (condition("topic", "eq", 5), "WRONG_TYPE", "/value", None),
    "null": (condition("topic", "eq", None), "WRONG_TYPE", "/value", None),
    "null in a list": (condition("topic", "in", ["a", None]), "WRONG_TYPE", "/value/1", None),
    "list for one value": (condition("topic", "eq", ["a"]), "WRONG_TYPE", "/value", None),
    "one value for a list": (condition("topic", "in", "a"), "WRONG_TYPE", "/value", None),
    "empty list": (condition("topic", "in", []), "INVALID_VALUE", "/value", None),
    "one value for a range": (condition("duration", "between", 5), "WRONG_TYPE", "/value", None),
    "a range of one": (condition("duration", "between", [5]), "WRONG_TYPE", "/value", None),
    "a range of three": (condition("duration", "between", [1, 2, 3]), "WRONG_TYPE", "/value", None),
    "a range upside down": (condition("duration", "between", [2, 1]), "INVALID_VALUE", "/value", None),
    "days reversed": (condition("timestamp", "between", ["2025-11-04", "2025-10-03"]), "INVALID_VALUE", "/value", None),
    "text in a range": (condition("duration", "between", [1, "2"]), "WRONG_TYPE", "/value/1", None),
    "null in a range": (condition("duration", "between", [None, 2]), "WRONG_TYPE", "/value/0", None),
    "no time in a range": (condition("timestamp", "between", ["now-1d", "soon"]), "INVALID_VALUE", "/value/1", None),
    "a range of texts": (condition("topic", "between", ["a", "b"]), "WRONG_OPERATOR", "/op", None),
    "a range of two types": (condition(VALUE, "between", [1, True]), "WRONG_TYPE", "/value/1", None),
    "the opposite of a list": (condition("topic", "not_in", ["a"]), "UNKNOWN_OPERATOR", "/op", None),
    "range by another name": (condition("duration", "range", [1, 2]), "UNKNOWN_OPERATOR", "/op", "between"),
    "text for isnull": (condition("topic", "isnull", "true"), "WRONG_TYPE", "/value", None),
    "number for isnull": (condition("topic", "isnull", 1), "WRONG_TYPE", "/value", None),
    "null for isnull": (condition("topic", "isnull", None), "WRONG_TYPE", "/value", None),
    "number for a time": (condition("timestamp", "gt", 1700000000), "WRONG_TYPE", "/value", None),
    "no time": (condition("timestamp", "gt", "yesterday"), "INVALID_VALUE", "/value", None),
    "time without offset": (condition("timestamp", "gt", "2025-11-01T00:00:00"), "INVALID_VALUE", "/value", None),
    "not a number": (condition("duration", "gt", float("nan")), "INVALID_VALUE", "/value", None),
    "infinity": (condition("duration", "lt", float("inf")), "INVALID_VALUE", "/value", None),
    "beyond 64 bits": (condition("duration", "lt", 2**64), "INVALID_VALUE", "/value", None),
    "below 64 bits": (condition("metadata.a", "in", [1, -(2**63) - 1]), "INVALID_VALUE", "/value/1", None),
    "infinite": (condition("metadata.a", "eq", float("inf")), "INVALID_VALUE", "/value", None),
    "beyond every number": (condition("duration", "lt", 10**400), "INVALID_VALUE", "/value", None),
    "beyond what can be written": (condition("duration", "lt", 10**5000), "INVALID_VALUE", "/value", None),
    "fraction for an id": (condition("id", "eq", 1.5), "WRONG_TYPE", "/value", None),
    "true for an id": (condition("id", "eq", True), "WRONG_TYPE", "/value", None),
    "infinite id": (condition("id", "eq", float("inf")), "INVALID_VALUE", "/value", None),
    "id beyond bigint": (condition("id", "eq", 2**63), "INVALID_VALUE", "/value", None),
    "id as digits": (condition("id", "eq", "5"), "WRONG_TYPE", "/value", None),
    "id of another type": (condition("agent_id", "eq", global_id("Metric:5")), "INVALID_VALUE", "/value", None),
    "global id beyond bigint": (
        condition("agent.id", "eq", global_id("Agent:9999999999999999999")),
        "INVALID_VALUE",
        "/value",
        None,
    ),
    "NUL in text": (condition("topic", "eq", "a\0b"), "INVALID_VALUE", "/value", None),
    "half a surrogate pair": (condition("topic", "contains", "\udfff"), "INVALID_VALUE", "/value", None),
    "NUL in metadata": (condition("metadata.a", "in", ["a", "\0"]), "INVALID_VALUE", "/value/1", None),
    "long regex": (condition("topic", "regex", "a" * 201), "LIMIT_EXCEEDED", "/value", None),
    "back-reference": (condition("topic", "regex", r"(a)\1"), "INVALID_REGEX", "/value", None),
    "back-reference after a backslash": (condition("topic", "regex", r"(a)\\\2"), "INVALID_REGEX", "/value", None),
    "number as regex of metadata": (condition("metadata.a", "regex", 5), "WRONG_TYPE", "/value", None),
    "infinity in metadata": (condition("metadata.a", "eq", float("inf")), "INVALID_VALUE", "/value", None),
    "text in order of evaluations": (condition(VALUE, "gt", "x"), "WRONG_TYPE", "/value", None),
    "number in text of evaluations": (condition(VALUE, "contains", 1), "WRONG_TYPE", "/value", None),
    "booleans in evaluations": (condition(VALUE, "in", [True]), "WRONG_TYPE", "/value/0", None),
    "mixed list": (condition(VALUE, "in", [1, "a"]), "WRONG_TYPE", "/value/1", None),
    "null evaluation": (condition(VALUE, "eq", None), "WRONG_TYPE", "/value", None),
    "call field in same_row": (
        group("same_row", condition("success", "eq", True)),
        "INVALID_SHAPE",
        "/conditions/0/field",
        None,
    ),
    "call field deep in same_row": (
        group("same_row", group("not", condition("agent.agent_name", "eq", "a"))),
        "INVALID_SHAPE",
        "/conditions/0/conditions/0/field",
        None,
    ),
    "same_row in same_row": (
        group("same_row", group("and", group("same_row", condition(VALUE, "eq", 1)))),
        "INVALID_SHAPE",
        "/conditions/0/conditions/0/operator",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "ours"), NEGATED.items(), ids=NEGATED.keys())
def test_the_opposite_of_an_operator_is_said_by_not(name: str, ours: str) -> None:
    (found,) = faults_of(condition("topic", name, "a"))
    assert found.message.startswith(
        f'"{name}" is not a valid operator. Use a condition with "{ours}" inside a "not" group.'
    )
    assert found.suggestion is None


def test_null_for_isnull_is_not_answered_by_isnull() -> None:
    (found,) = faults_of(condition("topic", "isnull", None))
    assert found.message.startswith('The operator "isnull" on topic takes true or false, not null.')
    assert "use the operator" not in found.message


def test_a_range_of_relative_times_may_be_empty_for_a_while() -> None:
    assert checked(condition("timestamp", "between", ["today", "now-13h"])).root is not None


@pytest.mark.parametrize(("raw", "code", "path", "suggestion"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(raw: dict[str, Any], code: str, path: str, suggestion: str | None) -> None:
    (fault,) = faults_of(raw)
    assert (fault.code, fault.path, fault.suggestion) == (code, path, suggestion)
    assert fault.message.encode()
    assert fault.message[-1] in ".?"
    assert all(name in fault.message for name in fault.allowed)
    if suggestion:
        assert f'Did you mean "{suggestion}"?' in fault.message


def test_null_is_told_of_isnull() -> None:
    assert '"isnull"' in faults_of(condition("topic", "eq", None))[0].message


def test_what_is_allowed_is_told() -> None:
    assert faults_of(condition("topic", "eqq", "x"))[0].allowed == tuple(OPERATORS)
    assert faults_of(condition("success", "gt", True))[0].allowed == ("eq", "neq", "isnull")
    assert faults_of(condition("nothing", "eq", "x"))[0].allowed == CALL_LOG_FIELDS.names()
    assert faults_of(condition(VALUE, "in", [True]))[0].allowed == ("number", "string")


def test_all_faults_are_found_at_once() -> None:
    raw = group(
        "and",
        condition("durration", "eqq", 1),
        condition("topic", "in", [1, "a", True]),
        group("or", condition("success", "gt", True), {"field": "topic"}),
    )
    assert {(fault.code, fault.path) for fault in faults_of(raw)} == {
        ("UNKNOWN_FIELD", "/conditions/0/field"),
        ("UNKNOWN_OPERATOR", "/conditions/0/op"),
        ("WRONG_TYPE", "/conditions/1/value/0"),
        ("WRONG_TYPE", "/conditions/1/value/2"),
        ("WRONG_OPERATOR", "/conditions/2/conditions/0/op"),
        ("INVALID_SHAPE", "/conditions/2/conditions/1"),
    }


def test_faults_beyond_a_hundred_are_counted() -> None:
    faults = faults_of(condition("topic", "in", [1] * 1000))
    assert len(faults) == 101
    assert "900 more errors" in faults[-1].message


@pytest.mark.parametrize("raw", DOCUMENTED.values(), ids=DOCUMENTED.keys())
def test_documented_examples_are_valid(raw: dict[str, Any]) -> None:
    assert checked(raw) == check(parse(raw), CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"))


PROMISED = [
    condition(field, op, value) for field, values in DOCUMENTED_OPERATORS.items() for op, value in values.items()
]


@pytest.mark.parametrize("raw", PROMISED, ids=lambda raw: f"{raw['field']} {raw['op']}")
def test_documented_operators_are_valid(raw: dict[str, Any]) -> None:
    assert checked(raw).root is not None


def value_of(raw: dict[str, Any]) -> object:
    root = checked(raw).root
    assert isinstance(root, CheckedCondition)
    return root.value


VALUES: dict[str, tuple[dict[str, Any], object]] = {
    "whole number": (condition("duration", "gt", 5), 5.0),
    "id": (condition("id", "eq", 5), 5),
    "whole fraction as id": (condition("id", "eq", 5.0), 5),
    "global id": (condition("id", "eq", global_id("CallLog:7")), 7),
    "global id of the agent": (condition("agent_id", "in", [global_id("Agent:7"), 8]), (7, 8)),
    "global id of the metric": (condition("metric_evaluations.metric.id", "neq", global_id("Metric:7")), 7),
    "metadata whole number": (condition("metadata.a", "eq", 5), "5"),
    "metadata fraction": (condition("metadata.a", "eq", 1.5), "1.5"),
    "metadata keeps the decimal": (condition("metadata.a", "eq", 1.0), "1.0"),
    "metadata without exponent": (condition("metadata.a", "eq", 1e20), "100000000000000000000"),
    "metadata small": (condition("metadata.a", "eq", 1e-7), "0.0000001"),
    "metadata boolean": (condition("metadata.a", "in", [True, False, "x"]), ("true", "false", "x")),
    "empty string": (condition("topic", "eq", ""), ""),
    "regex with an escaped backslash": (condition("topic", "regex", r"\\1"), r"\\1"),
}


@pytest.mark.parametrize(("raw", "expected"), VALUES.values(), ids=VALUES.keys())
def test_values(raw: dict[str, Any], expected: object) -> None:
    found = value_of(raw)
    assert (found, type(found)) == (expected, type(expected))


def test_aliases_are_the_same_field() -> None:
    assert checked(condition("agent_id", "eq", 5)) == checked(condition("agent.id", "eq", 5))


def test_checked_trees_are_equal_by_meaning() -> None:
    one, other = checked(condition("success", "eq", True)), checked(group("and", condition("success", "eq", True)))
    assert one != other
    again = parse(condition("success", "eq", True), "/elsewhere")
    assert one == check(again, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"))
    assert hash(one) == hash(checked(condition("success", "eq", True)))
    assert checked(condition(VALUE, "eq", True)) != checked(condition(VALUE, "eq", 1))
    assert checked(None).root is None


def test_regexes_are_listed_with_their_pointers() -> None:
    raw = group("and", condition("topic", "regex", "^a"), group("not", condition("metadata.b", "regex", "(")))
    assert regexes(checked(raw)) == (("^a", "/conditions/0/value"), ("(", "/conditions/1/conditions/0/value"))
    assert regexes(checked(None)) == ()


@pytest.mark.parametrize(
    "text", ["", "5", "Agent:5", "Z", "é", "QWdlbnQ6", global_id("Agent:-5"), global_id("Agent:05")]
)
def test_other_text_is_no_global_id(text: str) -> None:
    assert decode_global_id(text) is None


def test_fields_and_operators_are_documented() -> None:
    for field in CALL_LOG_FIELDS.listed():
        assert field.description.endswith(".")
        assert field.operators
    for operator in OPERATORS.values():
        assert operator.description.endswith(".")
        assert operator.phrase
