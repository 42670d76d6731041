"""Hours of the day and days of the week as fields: which they are, in which zone, and what is no such value."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import FilterError, check_json, describe
from filters.clock_fields import FIRST, LAST, in_zone, offsets_of, without_zone
from filters.normal import normal_json

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Africa/Casablanca", "Africa/Cairo", "Australia/Lord_Howe", "Africa/Monrovia", "Asia/Gaza")


def checked(raw: Any, zone: str = "Asia/Tokyo") -> Any:
    return check_json(raw, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo(zone))[1]


def hour(op: str, value: Any, field: str = "hour_of_day") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.slow
@pytest.mark.parametrize("name", ZONES)
def test_offsets_are_those_of_the_zone_on_every_day(name: str) -> None:
    zone = ZoneInfo(name)
    offsets = offsets_of(zone)
    at = FIRST
    while at < LAST:
        assert offsets.at(at) == at.astimezone(zone).utcoffset(), at
        at += timedelta(hours=25)


@pytest.mark.slow
def test_offsets_are_those_of_every_zone_at_any_second() -> None:
    rng = random.Random(5)
    seconds = int((LAST - FIRST).total_seconds())
    for name in rng.sample(sorted(available_timezones()), 40):
        zone = ZoneInfo(name)
        offsets = offsets_of(zone)
        edges = [edge + step for edge in offsets.edges for step in (timedelta(seconds=-1), timedelta())]
        moments = [FIRST + timedelta(seconds=rng.randrange(seconds)) for _ in range(200)]
        for at in (*edges, *moments):
            assert offsets.at(at) == at.astimezone(zone).utcoffset(), (name, at)


@pytest.mark.parametrize(
    ("raw", "normal", "words"),
    [
        (hour("eq", 9), hour("eq", 9, "hour_of_day@Asia/Tokyo"), "hour of day in Asia/Tokyo is 9"),
        (
            hour("between", [9, 17], "hour_of_day@Europe/Berlin"),
            hour("between", [9, 17], "hour_of_day@Europe/Berlin"),
            "hour of day in Europe/Berlin is between 9 and 17",
        ),
        (
            hour("in", ["Monday", "Sunday"], "day_of_week"),
            hour("in", ["Monday", "Sunday"], "day_of_week@Asia/Tokyo"),
            'day of week in Asia/Tokyo is one of "Monday", "Sunday"',
        ),
        (
            hour("startswith", "s", "day_of_week"),
            hour("startswith", "s", "day_of_week@Asia/Tokyo"),
            'day of week in Asia/Tokyo starts with "s"',
        ),
    ],
)
def test_a_checked_filter_names_the_zone(raw: Any, normal: Any, words: str) -> None:
    found = checked(raw)
    assert normal_json(found) == normal
    assert describe(found) == words
    assert checked(normal, "UTC") == found


@pytest.mark.parametrize(
    ("raw", "code", "path", "message"),
    [
        (hour("eq", 24), "INVALID_VALUE", "/value", "Allowed here: whole numbers from 0 to 23."),
        (hour("gte", 9.5), "INVALID_VALUE", "/value", "9.5 is not a value of hour_of_day@Asia/Tokyo."),
        (hour("in", [1, -1]), "INVALID_VALUE", "/value/1", "Allowed here: whole numbers from 0 to 23."),
        (hour("eq", "9"), "WRONG_TYPE", "/value", "takes a number"),
        (hour("contains", "9"), "WRONG_OPERATOR", "/op", "of type number"),
        (hour("eq", "monday", "day_of_week"), "INVALID_VALUE", "/value", "Allowed here: Monday, Tuesday"),
        (hour("eq", 1, "day_of_week"), "WRONG_TYPE", "/value", "takes a string"),
        (hour("eq", 1, "hour_of_day@Mars/Base"), "UNKNOWN_FIELD", "/field", "'Mars/Base' does not exist"),
        (hour("eq", 1, "hour_of_day@"), "UNKNOWN_FIELD", "/field", "does not exist"),
        (hour("eq", 1, "hour_of_day@../UTC"), "UNKNOWN_FIELD", "/field", "does not exist"),
        (hour("eq", 1, "hour_of_day@" + "x" * 900), "UNKNOWN_FIELD", "/field", "does not exist"),
        (hour("eq", 1, "hour_of_dya"), "UNKNOWN_FIELD", "/field", "does not exist"),
    ],
)
def test_what_is_no_such_field_or_value(raw: Any, code: str, path: str, message: str) -> None:
    with pytest.raises(FilterError) as raised:
        checked(raw)
    (fault,) = raised.value.faults
    assert (fault.code, fault.path) == (code, path)
    assert message in fault.message
    if "dya" in raw["field"]:
        assert fault.suggestion == "hour_of_day"


def test_names_with_and_without_a_zone() -> None:
    assert in_zone("hour_of_day", "UTC") == "hour_of_day@UTC"
    assert in_zone("day_of_week@UTC", "Asia/Tokyo") == "day_of_week@UTC"
    assert in_zone("topic", "UTC") == "topic"
    assert without_zone("hour_of_day@UTC", "UTC") == "hour_of_day"
    assert without_zone("hour_of_day@UTC", "Asia/Tokyo") == "hour_of_day@UTC"
