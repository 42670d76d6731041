"""Times, zones and JSON, in and out."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from graphql import GraphQLError, parse_value

from filters.instants import rfc3339
from graph.scalars import big_int, parse_big_int, parse_big_int_literal, parse_date_time, parse_time_zone
from tests.graph.conftest import World

TIMES = [
    ("2025-11-03T00:00:00Z", datetime(2025, 11, 3, tzinfo=UTC)),
    ("2025-11-03t00:00:00z", datetime(2025, 11, 3, tzinfo=UTC)),
    ("2025-11-03 01:30:00+01:30", datetime(2025, 11, 3, tzinfo=UTC)),
    ("2025-11-03T00:00:00.123456Z", datetime(2025, 11, 3, 0, 0, 0, 123456, tzinfo=UTC)),
    ("2024-02-29T23:59:59.5-05:00", datetime(2024, 3, 1, 4, 59, 59, 500000, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "moment"), TIMES)
def test_a_time_with_an_offset_is_read(text: str, moment: datetime) -> None:
    assert parse_date_time(text) == moment


NO_TIMES = [
    "2025-11-03T00:00:00",
    "2025-11-03",
    "2025-02-30T00:00:00Z",
    "2025-11-03T24:00:01Z",
    "2025-11-03T00:00:00+25:00",
    "2025-11-03T00:00:00.1234567Z",
    "0001-01-01T00:00:00+23:00",
    "٢٠٢٥-11-03T00:00:00Z",
    "now",
    "",
    1_700_000_000,
    None,
    True,
    {"a": 1},
    "x" * 10_000,
]


@pytest.mark.parametrize("value", NO_TIMES)
def test_an_invalid_time_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match="DateTime") as caught:
        parse_date_time(value)
    assert len(caught.value.message) < 300


def test_times_are_written_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert rfc3339(datetime(2025, 11, 3, 1, tzinfo=berlin)) == "2025-11-03T00:00:00Z"
    assert rfc3339(datetime(2025, 11, 3, 0, 0, 0, 5, tzinfo=UTC)) == "2025-11-03T00:00:00.000005Z"


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_a_zone_is_known_by_its_name(name: str) -> None:
    assert parse_time_zone(name) == name


@pytest.mark.parametrize(
    ("value", "near"),
    [
        ("Europe/Berlim", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("New_York", "America/New_York"),
        ("../../etc/passwd", ""),
        ("", ""),
        ("+01:00", ""),
        (5, ""),
        ("x" * 100_000, ""),
    ],
)
def test_what_is_no_zone_is_refused_with_near_names(value: Any, near: str) -> None:
    with pytest.raises(GraphQLError, match="TimeZone") as caught:
        parse_time_zone(value)
    assert near in caught.value.message
    assert len(caught.value.message) < 300


async def test_a_zone_that_is_none_is_told_where(world: World) -> None:
    for query in (
        'query ($id: ID!) { widget(id: $id) { data(timeZone: "Europe/Berlim") { __typename } } }',
        "query ($id: ID!, $zone: TimeZone) { widget(id: $id) { data(timeZone: $zone) { __typename } } }",
    ):
        error = await world.refused(query, {"id": world.widget("Topics"), "zone": "Europe/Berlim"})
        assert "Europe/Berlin" in error["message"]


async def test_json_is_the_same_as_literal_and_as_variable(world: World) -> None:
    literal = """{ callLogs(filters: {operator: "and", conditions: [
        {field: "topic", op: "in", value: ["billing", "refund"]}, {field: "duration", op: "gte", value: 10.5}
    ]}) { totalCount } }"""
    variable = {
        "operator": "and",
        "conditions": [
            {"field": "topic", "op": "in", "value": ["billing", "refund"]},
            {"field": "duration", "op": "gte", "value": 10.5},
        ],
    }
    expected = await world.ask("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": variable})
    assert await world.ask(literal) == expected
    inner = await world.ask(
        """query ($topic: JSON) { callLogs(filters: {field: "topic", op: "eq", value: $topic}) { totalCount } }""",
        {"topic": "refund"},
    )
    assert inner["callLogs"]["totalCount"] == 6


@pytest.mark.parametrize(
    "literal",
    ['{field: "metadata.a", op: "eq", value: NaN}', '{field: "metadata.a", op: "in", value: [1, [Infinity]]}'],
)
async def test_words_for_numbers_that_json_lacks_are_no_texts(world: World, literal: str) -> None:
    error = await world.refused(f"{{ callLogs(filters: {literal}) {{ totalCount }} }}")
    assert "is not a valid JSON number" in error["message"]
    assert error["locations"]


@pytest.mark.parametrize(
    ("value", "words"),
    [("1e400", "inf is not finite, so no field can have it"), (str(2**64), "integers can have at most 64 bits")],
)
async def test_numbers_that_json_cannot_hold_are_refused_with_their_path(world: World, value: str, words: str) -> None:
    condition = f'{{field: "metadata.a", op: "in", value: [1, {value}]}}'
    literal = await world.refused(f"{{ callLogs(filters: {condition}) {{ totalCount }} }}")
    given = {"field": "metadata.a", "op": "in", "value": [1, json.loads(value)]}
    variable = await world.refused("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": given})
    for error in (literal, variable):
        assert error["extensions"]["faults"][0]["path"] == "/value/1"
        assert words in error["extensions"]["faults"][0]["message"]


WHOLE = [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("number", WHOLE)
def test_a_whole_number_of_64_bits_stays_as_it_is(number: int) -> None:
    assert big_int(number) == parse_big_int(number) == parse_big_int(str(number)) == number
    assert parse_big_int_literal(parse_value(str(number))) == number
    assert parse_big_int_literal(parse_value(f'"{number}"')) == number


def test_a_json_number_may_be_written_as_a_fraction_of_zeros() -> None:
    assert parse_big_int(3e9) == 3_000_000_000


NOT_WHOLE = [2**63, -(2**63) - 1, 1.5, 2.0**60, "", "1.0", "1e3", "٣", "0x1", "9" * 10_000, True, None, [1], {"a": 1}]


@pytest.mark.parametrize("value", NOT_WHOLE, ids=lambda value: repr(value)[:20])
def test_what_is_no_whole_number_of_64_bits_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match=r"from -2\^63 to 2\^63 - 1") as caught:
        parse_big_int(value)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize("literal", ["1.5", "1e3", "true", "[1]", "NUMBER"])
def test_a_literal_that_is_no_whole_number_is_refused(literal: str) -> None:
    with pytest.raises(GraphQLError, match="is not a whole number"):
        parse_big_int_literal(parse_value(literal))


@pytest.mark.parametrize("value", [True, 1.0, "1", None, 2**63])
def test_an_answer_holds_nothing_but_whole_numbers(value: Any) -> None:
    with pytest.raises(GraphQLError, match="BigInt cannot represent"):
        big_int(value)
