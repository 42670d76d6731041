"""JSON -> syntax tree: shapes, limits, and what is done with trees and JSON before fields come in."""

import json
from typing import Any

import pytest

from filters import COMBINED, Condition, FilterError, Group, combine, join, parse, to_json, without_timestamp

SUCCESS = {"field": "success", "op": "eq", "value": True}
LONG = {"field": "duration", "op": "gte", "value": 60}
RECENT = {"field": "timestamp", "op": "gte", "value": "now-7d"}


def group(operator: Any, *conditions: Any) -> dict[str, Any]:
    return {"operator": operator, "conditions": list(conditions)}


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = SUCCESS
    for _ in range(depth):
        tree = group("or", tree)
    return tree


def faults_of(raw: object, path: str = "") -> list[tuple[str, str]]:
    with pytest.raises(FilterError) as caught:
        parse(raw, path)
    return [(fault.code, fault.path) for fault in caught.value.faults]


NOTHING = {
    "null": None,
    "empty object": {},
    "and of nothing": group("and"),
    "and of ands of nothing": group("and", group("and"), {}, None),
}


@pytest.mark.parametrize("raw", NOTHING.values(), ids=NOTHING.keys())
def test_no_filter(raw: object) -> None:
    assert parse(raw) is None


KEPT = {
    "condition": SUCCESS,
    "list value": {"field": "topic", "op": "in", "value": ["a", "b"]},
    "groups": group("and", SUCCESS, group("or", LONG, group("not", SUCCESS))),
    "same row": group("same_row", {"field": "metric_evaluations.value", "op": "gte", "value": 0.9}),
    "true in an or": group("or", SUCCESS, group("and")),
}


@pytest.mark.parametrize("raw", KEPT.values(), ids=KEPT.keys())
def test_json_comes_back(raw: dict[str, Any]) -> None:
    assert to_json(parse(raw)) == raw
    assert to_json(parse(json.loads(json.dumps(raw)))) == raw


def test_ands_drop_members_that_say_nothing() -> None:
    assert to_json(parse(group("and", SUCCESS, {}, group("and"), None))) == group("and", SUCCESS)


def test_tree_knows_its_pointers() -> None:
    tree = parse(group("and", SUCCESS, group("or", LONG)), "/filters")
    assert isinstance(tree, Group)
    inner = tree.conditions[1]
    assert isinstance(inner, Group)
    assert (tree.path, inner.path) == ("/filters", "/filters/conditions/1")
    assert inner.conditions[0] == Condition("duration", "gte", 60, "/filters/conditions/1/conditions/0")
    assert hash(tree) == hash(parse(group("and", SUCCESS, group("or", LONG)), "/filters"))


BAD_SHAPES: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "number": (5, [("INVALID_SHAPE", "")]),
    "text": ("success", [("INVALID_SHAPE", "")]),
    "list": ([SUCCESS], [("INVALID_SHAPE", "")]),
    "no value": ({"field": "topic", "op": "isnull"}, [("INVALID_SHAPE", "")]),
    "no field, no op": ({"value": 1}, [("INVALID_SHAPE", ""), ("INVALID_SHAPE", "")]),
    "unknown key": ({**SUCCESS, "case": 1}, [("UNKNOWN_KEY", "/case")]),
    "key with slash and tilde": ({**SUCCESS, "a/b~": 1}, [("UNKNOWN_KEY", "/a~1b~0")]),
    "overlong key": ({**SUCCESS, "k" * 1000: 1}, [("UNKNOWN_KEY", "")]),
    "operator for op": (
        {"field": "success", "operator": "eq", "value": True},
        [("UNKNOWN_KEY", "/operator"), ("INVALID_SHAPE", "")],
    ),
    "field is not a string": ({**SUCCESS, "field": 1}, [("INVALID_SHAPE", "/field")]),
    "op is not a string": ({**SUCCESS, "op": None}, [("INVALID_SHAPE", "/op")]),
    "value is an object": ({**SUCCESS, "value": {"a": 1}}, [("WRONG_TYPE", "/value")]),
    "value in a list is a list": ({**SUCCESS, "value": [1, [2]]}, [("WRONG_TYPE", "/value/1")]),
    "unknown group operator": (group("xor", SUCCESS), [("UNKNOWN_OPERATOR", "/operator")]),
    "group operator in capitals": (group("AND", SUCCESS), [("UNKNOWN_OPERATOR", "/operator")]),
    "group operator is a list": (group(["and"], SUCCESS), [("UNKNOWN_OPERATOR", "/operator")]),
    "no conditions": ({"operator": "and"}, [("INVALID_SHAPE", "")]),
    "no operator": ({"conditions": [SUCCESS]}, [("INVALID_SHAPE", "")]),
    "conditions is no list": ({"operator": "and", "conditions": SUCCESS}, [("INVALID_SHAPE", "/conditions")]),
    "or of nothing": (group("or"), [("INVALID_SHAPE", "/conditions")]),
    "same_row of nothing": (group("same_row"), [("INVALID_SHAPE", "/conditions")]),
    "not of nothing": (group("not"), [("INVALID_SHAPE", "/conditions")]),
    "not of two": (group("not", SUCCESS, LONG), [("INVALID_SHAPE", "/conditions")]),
    "empty filter in or": (group("or", SUCCESS, {}), [("INVALID_SHAPE", "/conditions/1")]),
    "member is no object": (group("and", SUCCESS, 3), [("INVALID_SHAPE", "/conditions/1")]),
    "all at once": (
        group("or", {"field": "topic"}, group("nor", 1), {**SUCCESS, "x": 1}),
        [
            ("INVALID_SHAPE", "/conditions/0"),
            ("INVALID_SHAPE", "/conditions/0"),
            ("UNKNOWN_OPERATOR", "/conditions/1/operator"),
            ("INVALID_SHAPE", "/conditions/1/conditions/0"),
            ("UNKNOWN_KEY", "/conditions/2/x"),
        ],
    ),
}


@pytest.mark.parametrize(("raw", "expected"), BAD_SHAPES.values(), ids=BAD_SHAPES.keys())
def test_bad_shapes(raw: object, expected: list[tuple[str, str]]) -> None:
    assert faults_of(raw) == expected
    assert faults_of(raw, "/a") == [(code, f"/a{path}") for code, path in expected]


def test_limits_at_their_edge_and_beyond() -> None:
    assert parse(nested(10)) is not None
    assert faults_of(nested(11))[0][0] == "LIMIT_EXCEEDED"
    assert parse(group("and", *[SUCCESS] * 200)) is not None
    assert faults_of(group("and", *[SUCCESS] * 201)) == [("LIMIT_EXCEEDED", "/conditions/200")]
    assert parse({"field": "topic", "op": "in", "value": ["x"] * 1000}) is not None
    assert faults_of({"field": "topic", "op": "in", "value": ["x"] * 1001}) == [("LIMIT_EXCEEDED", "/value")]
    assert parse({"field": "topic", "op": "eq", "value": "x" * 1000}) is not None
    assert faults_of({"field": "topic", "op": "eq", "value": "x" * 1001}) == [("LIMIT_EXCEEDED", "/value")]
    assert faults_of({"field": "topic", "op": "in", "value": ["", "x" * 1001]}) == [("LIMIT_EXCEEDED", "/value/1")]


HOSTILE = {
    "deep": nested(50_000),
    "wide": group("and", *[SUCCESS] * 500_000),
    "wide groups": group("or", *[group("and")] * 500_000),
    "wide faults": group("or", *[{}] * 50_000),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_sizes_are_refused_at_once(raw: object) -> None:
    with pytest.raises(FilterError) as caught:
        parse(raw)
    assert any(fault.code == "LIMIT_EXCEEDED" for fault in caught.value.faults)
    assert len(caught.value.faults) <= 101


def test_echoes_are_cut_and_printable() -> None:
    with pytest.raises(FilterError) as caught:
        parse({"operator": "\ud800" + "z" * 900, "conditions": []})
    (fault,) = caught.value.faults
    assert "z" * 81 not in fault.message
    assert fault.message.encode()


def test_combine_is_the_and_of_what_is_there() -> None:
    assert combine() is None
    assert combine(None, {}) is None
    assert combine({}, SUCCESS, None) == SUCCESS
    assert combine(SUCCESS, None, LONG) == group("and", SUCCESS, LONG)


def test_limits_hold_for_each_part_of_a_combination() -> None:
    deep = nested(10)
    joined = join(parse(deep, "/dashboard"), None, parse(deep, "/widget"))
    assert to_json(joined) == combine(deep, deep)
    assert parse(combine(deep, deep), limits=COMBINED) is not None
    assert join(None, parse(SUCCESS)) == parse(SUCCESS)
    assert join() is None


WITHOUT_TIMESTAMP: dict[str, tuple[object, object]] = {
    "nothing": (None, None),
    "empty": ({}, None),
    "root condition": (RECENT, None),
    "other root condition": (SUCCESS, SUCCESS),
    "member of the root": (group("and", RECENT, SUCCESS), group("and", SUCCESS)),
    "only members": (group("and", RECENT, RECENT), None),
    "nested ands": (group("and", SUCCESS, group("and", RECENT, LONG)), group("and", SUCCESS, group("and", LONG))),
    "nested ands all gone": (group("and", SUCCESS, group("and", RECENT)), group("and", SUCCESS)),
    "or stays": (group("or", RECENT, SUCCESS), group("or", RECENT, SUCCESS)),
    "or below and stays": (group("and", group("or", RECENT, SUCCESS)), group("and", group("or", RECENT, SUCCESS))),
    "not stays": (group("not", RECENT), group("not", RECENT)),
}


@pytest.mark.parametrize(("raw", "expected"), WITHOUT_TIMESTAMP.values(), ids=WITHOUT_TIMESTAMP.keys())
def test_without_timestamp(raw: object, expected: object) -> None:
    before = json.dumps(raw)
    assert without_timestamp(raw) == expected
    assert json.dumps(raw) == before
