import math

import pytest

from resolvers.json_values import METADATA_BYTES, check_object, json_text
from resolvers.rejections import InvalidKind, Rejections


def nested(levels):
    value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def found(value):
    rejections = Rejections()
    check_object(rejections, value, "/metadata", most_bytes=METADATA_BYTES)
    return [(getattr(rejection, "kind", None), rejection.path) for rejection in rejections.found]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"a": [1, 1.5, True, None, "x", {"b": []}]},
        nested(32),
        {"a": "x" * (METADATA_BYTES - len('{"a":""}'))},
        {"'; drop table widgets; --": '"\\/\n%s %(x)s $1 {}'},
    ],
)
def test_what_can_be_stored(value):
    assert found(value) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], [(InvalidKind.INVALID_INPUT, "/metadata")]),
        ("{}", [(InvalidKind.INVALID_INPUT, "/metadata")]),
        (nested(33), [(InvalidKind.LIMIT_EXCEEDED, "/metadata")]),
        (nested(50_000), [(InvalidKind.LIMIT_EXCEEDED, "/metadata")]),
        ({"a": "é" * METADATA_BYTES}, [(InvalidKind.LIMIT_EXCEEDED, "/metadata")]),
        ({"a": {"b/c~": ["\0"]}}, [(InvalidKind.INVALID_INPUT, "/metadata/a/b~1c~0/0")]),
        ({"k" * 81: "\0"}, [(InvalidKind.INVALID_INPUT, "/metadata")]),
        (
            {"a": 2**64, "b": 2**64 - 1, "c": -(2**63) - 1},
            [(InvalidKind.INVALID_INPUT, "/metadata/c"), (InvalidKind.INVALID_INPUT, "/metadata/a")],
        ),
        ({"a\0": 1}, [(InvalidKind.INVALID_INPUT, "/metadata")]),
        ({"a": "\udc00"}, [(InvalidKind.INVALID_INPUT, "/metadata/a")]),
        (
            {"a": math.nan, "b": -math.inf},
            [(InvalidKind.INVALID_INPUT, "/metadata/b"), (InvalidKind.INVALID_INPUT, "/metadata/a")],
        ),
    ],
)
def test_what_cannot(value, expected):
    assert found(value) == expected


def test_json_tells_apart_what_python_does_not():
    assert json_text({"value": True}) != json_text({"value": 1})
    assert json_text({"value": 1.0}) != json_text({"value": 1})
    assert json_text({"a": 1, "b": 2}) == json_text({"b": 2, "a": 1})
