"""Texts, booleans, lists and tables of values."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from server.importing.values.cells import CellRefused, Convert, SettingRequired, is_empty, plain, text_of
from server.importing.values.texts import (
    by_table,
    each,
    joined_text,
    renamed,
    to_boolean,
    to_identifier,
    to_items,
    to_json,
    to_list,
    to_text,
)

MOMENT = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("convert", "raw", "expected"),
    [
        (to_text, " as it is ", " as it is "),
        (to_text, 7, "7"),
        (to_text, 7.0, "7"),
        (to_text, 7.25, "7.25"),
        (to_text, True, "true"),
        (to_text, MOMENT, "2026-11-20T09:15:00+00:00"),
        (joined_text(", "), ["a", 1, True], "a, 1, true"),
        (joined_text(", "), "a", "a"),
        (to_identifier, "1763630127945", "1763630127945"),
        (to_identifier, 1763630127945678, "1763630127945678"),
        (to_identifier, 176363.0, "176363"),
        (to_identifier, 1763630123456.0, "1763630123456"),
        (to_identifier, "12E5", "12E5"),
        (to_list(";"), "vip; billing;;", ["vip", "billing"]),
        (to_list(","), ["a", 1], ["a", 1]),
        (to_json, '{"a": [1]}', {"a": [1]}),
        (to_json, 5, 5),
        (to_items, '[{"role": "user"}]', [{"role": "user"}]),
        (to_items, [1], [1]),
        (by_table({"Y": True, "N": False, "1": "one"}), " y ", True),
        (by_table({"Y": True, "N": False, "1": "one"}), 1, "one"),
        (by_table({"true": "good"}), True, "good"),
        (by_table({"1": "one"}), 1.0, "one"),
        (by_table({"a": 1, "*": 0}), "b", 0),
        (renamed({"Bot": "agent"}), "BOT", "agent"),
        (renamed({"Bot": "agent"}), "tool", "tool"),
        (each(to_boolean), ["yes", 0], [True, False]),
        (each(to_boolean), "no", False),
    ],
)
def test_values(convert: Convert, raw: object, expected: object) -> None:
    found = convert(raw)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("raw", ["true", "TRUE", "yes", "Y", "t", "1", "on", " Yes ", True, 1, 1.0])
def test_true(raw: object) -> None:
    assert to_boolean(raw) is True


@pytest.mark.parametrize("raw", ["false", "False", "NO", "n", "F", "0", "off", False, 0, 0.0])
def test_false(raw: object) -> None:
    assert to_boolean(raw) is False


@pytest.mark.parametrize(
    ("convert", "raw", "allowed"),
    [
        (to_text, ["a"], 'joiner = ", " makes one of a list'),
        (to_text, {"a": 1}, "a longer path takes a part"),
        (to_boolean, "maybe", "yes or no"),
        (to_boolean, 2, "a table of values in the mapping"),
        (to_boolean, ["true"], "true or false"),
        (by_table({"Y": True}), "x", 'Y; "*" in the table takes all others'),
        (to_json, "{", "a text that is JSON"),
        (to_items, "{}", "a list of objects"),
        (to_items, "hello", "a text that is JSON"),
    ],
)
def test_refused(convert: Convert, raw: object, allowed: str) -> None:
    with pytest.raises(CellRefused) as caught:
        convert(raw)
    assert allowed in caught.value.allowed


@pytest.mark.parametrize("raw", ["1.76363E+12", "1,76363E+12", "1.8e+15", 1.76363012794512e15, 1.76363e12])
def test_identifiers_that_a_spreadsheet_has_rounded_are_asked_about(raw: object) -> None:
    with pytest.raises(SettingRequired) as caught:
        to_identifier(raw)
    assert "its last digits are lost" in caught.value.message
    assert 'hash = "row"' in caught.value.allowed


@pytest.mark.parametrize(
    ("raw", "null", "expected"),
    [
        (None, "", True),
        ("", "", True),
        (" \t", "", True),
        (float("nan"), "", True),
        ("N/A", "n/a", True),
        ("n/a ", "n/a", True),
        (-1, "-1", True),
        (-1.0, "-1", True),
        ("x", "", False),
        (0, "", False),
        (False, "", False),
        ([], "", False),
        ({}, "", False),
    ],
)
def test_what_is_no_value(raw: Any, null: str, expected: bool) -> None:
    assert is_empty(raw, frozenset({null} - {""})) == expected


def test_raw_values_as_text_and_as_json() -> None:
    raws = [MOMENT, date(2026, 11, 20), time(9, 15), timedelta(minutes=1.5), 2.0**80, [1, "é"], None]
    assert [text_of(raw) for raw in raws] == [
        "2026-11-20T09:15:00+00:00", "2026-11-20", "09:15:00", "90", "1.2089258196146292e+24", '[1, "é"]', "None",
    ]  # fmt: skip
    assert [plain(raw) for raw in raws[:4]] == ["2026-11-20T09:15:00+00:00", "2026-11-20", "09:15:00", 90.0]
