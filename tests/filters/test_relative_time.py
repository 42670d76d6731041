"""Times: literal and relative, over month ends, leap years and daylight saving changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from filters import Span, resolve_instant
from filters.relative_time import is_moving, resolve

NOW = datetime(2025, 11, 10, 15, 30, 20, 123456, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


INSTANTS = {
    "2025-11-03T09:30:00Z": "2025-11-03T09:30:00+00:00",
    "2025-11-03t09:30:00z": "2025-11-03T09:30:00+00:00",
    "2025-11-03 09:30:00Z": "2025-11-03T09:30:00+00:00",
    "2025-11-03T09:30:00+05:45": "2025-11-03T03:45:00+00:00",
    "2025-11-03T09:30:00.5-02:00": "2025-11-03T11:30:00.500000+00:00",
    "now": "2025-11-10T15:30:20.123456+00:00",
    "now-1d": "2025-11-09T15:30:20.123456+00:00",
    "now-2h": "2025-11-10T13:30:20.123456+00:00",
    "now-30m": "2025-11-10T15:00:20.123456+00:00",
    "now-20s": "2025-11-10T15:30:00.123456+00:00",
    "now-2w": "2025-10-27T15:30:20.123456+00:00",
    "now-1M": "2025-10-10T15:30:20.123456+00:00",
    "now-1y": "2024-11-10T15:30:20.123456+00:00",
    "now+1h": "2025-11-10T16:30:20.123456+00:00",
    "now-1d-2h+30m": "2025-11-09T14:00:20.123456+00:00",
    "now-0d": "2025-11-10T15:30:20.123456+00:00",
}


@pytest.mark.parametrize(("text", "expected"), INSTANTS.items(), ids=INSTANTS.keys())
def test_instants(text: str, expected: str) -> None:
    assert resolve(text, now=NOW, zone=UTC_ZONE) == datetime.fromisoformat(expected)


CLAMPED = {
    ("2025-03-31T12:00:00Z", "now-1M"): "2025-02-28T12:00:00Z",
    ("2024-03-31T12:00:00Z", "now-1M"): "2024-02-29T12:00:00Z",
    ("2024-02-29T12:00:00Z", "now-1y"): "2023-02-28T12:00:00Z",
    ("2024-02-29T12:00:00Z", "now-4y"): "2020-02-29T12:00:00Z",
    ("2025-12-31T12:00:00Z", "now+2M"): "2026-02-28T12:00:00Z",
    ("2025-01-15T12:00:00Z", "now-1M"): "2024-12-15T12:00:00Z",
    ("2025-03-31T12:00:00Z", "now-1M-1M"): "2025-01-28T12:00:00Z",
}


@pytest.mark.parametrize(("case", "expected"), CLAMPED.items(), ids=lambda value: str(value))
def test_months_are_clamped(case: tuple[str, str], expected: str) -> None:
    assert resolve(case[1], now=at(case[0]), zone=UTC_ZONE) == at(expected)


DAYS = {
    "utc": ("UTC", "2025-11-10T15:30:00Z", "today", "2025-11-10T00:00:00Z", "2025-11-11T00:00:00Z"),
    "a week before": ("UTC", "2025-11-10T15:30:00Z", "today-7d", "2025-11-03T00:00:00Z", "2025-11-04T00:00:00Z"),
    "clamped month": ("UTC", "2025-03-31T15:30:00Z", "today-1M", "2025-02-28T00:00:00Z", "2025-03-01T00:00:00Z"),
    "hours move both": ("UTC", "2025-11-10T15:30:00Z", "today-2h", "2025-11-09T22:00:00Z", "2025-11-10T22:00:00Z"),
    "yesterday there": ("America/New_York", "2025-06-10T03:00:00Z", "today", "2025-06-09T04:00Z", "2025-06-10T04:00Z"),
    "tomorrow there": ("Asia/Kathmandu", "2025-06-10T19:00:00Z", "today", "2025-06-10T18:15Z", "2025-06-11T18:15Z"),
    "23 hours": ("America/New_York", "2025-03-09T15:00:00Z", "today", "2025-03-09T05:00Z", "2025-03-10T04:00Z"),
    "25 hours": ("America/New_York", "2025-11-02T15:00:00Z", "today", "2025-11-02T04:00Z", "2025-11-03T05:00Z"),
    "steps over a change": ("Europe/Berlin", "2025-03-31T10:00Z", "today-2d", "2025-03-28T23:00Z", "2025-03-29T23:00Z"),
    "half an hour": ("Australia/Lord_Howe", "2025-04-06T05:00Z", "today", "2025-04-05T13:00Z", "2025-04-06T13:30Z"),
    "no midnight": ("America/Sao_Paulo", "2018-11-04T15:00Z", "today", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),
    "after two at eleven": (
        "America/Sao_Paulo",
        "2018-02-17T15:00Z",
        "today",
        "2018-02-17T02:00Z",
        "2018-02-18T03:00Z",
    ),
}


@pytest.mark.parametrize(("zone", "now", "text", "start", "end"), DAYS.values(), ids=DAYS.keys())
def test_today_is_a_day_of_the_zone(zone: str, now: str, text: str, start: str, end: str) -> None:
    moment = resolve(text, now=at(now), zone=ZoneInfo(zone))
    assert moment == Span(at(start), at(end))
    assert resolve_instant(text, now=at(now), zone=ZoneInfo(zone), edge="start") == at(start)
    assert resolve_instant(text, now=at(now), zone=ZoneInfo(zone), edge="end") == at(end)


DATES = {
    "utc": ("UTC", "2025-11-03", "2025-11-03T00:00Z", "2025-11-04T00:00Z"),
    "of the zone": ("America/New_York", "2025-11-03", "2025-11-03T05:00Z", "2025-11-04T05:00Z"),
    "23 hours": ("America/New_York", "2025-03-09", "2025-03-09T05:00Z", "2025-03-10T04:00Z"),
    "25 hours": ("America/New_York", "2025-11-02", "2025-11-02T04:00Z", "2025-11-03T05:00Z"),
    "no midnight": ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),
    "the first day": ("UTC", "0001-01-01", "0001-01-01T00:00Z", "0001-01-02T00:00Z"),
    "the last day": ("UTC", "9999-12-31", "9999-12-31T00:00Z", "9999-12-31T23:59:59.999999Z"),
}


@pytest.mark.parametrize(("zone", "text", "start", "end"), DATES.values(), ids=DATES.keys())
def test_a_date_alone_is_that_whole_day_in_the_zone(zone: str, text: str, start: str, end: str) -> None:
    assert resolve(text, now=NOW, zone=ZoneInfo(zone)) == Span(at(start), at(end), is_date=True)
    assert resolve_instant(text, now=NOW, zone=ZoneInfo(zone), edge="start") == at(start)
    assert resolve_instant(text, now=NOW, zone=ZoneInfo(zone), edge="end") == at(end)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_in_every_zone(zone: str, text: str) -> None:
    day = resolve(text, now=NOW, zone=ZoneInfo(zone))
    assert isinstance(day, Span)
    assert day.start < day.end


ROUNDED = {
    "hour": ("UTC", "2025-11-10T15:30:20Z", "now/h", "2025-11-10T15:00Z"),
    "an hour of half a zone": ("Asia/Kathmandu", "2025-11-10T15:30:20Z", "now/h", "2025-11-10T15:15Z"),
    "the hour that comes twice": ("Europe/Berlin", "2025-10-26T01:20Z", "now/h", "2025-10-26T01:00Z"),
    "half an hour that comes twice": ("Australia/Lord_Howe", "2025-04-05T15:10Z", "now/h", "2025-04-05T15:00Z"),
    "day": ("Europe/Berlin", "2025-11-10T23:30Z", "now/d", "2025-11-10T23:00Z"),
    "the day before": ("Europe/Berlin", "2025-11-10T23:30Z", "now-1d/d", "2025-11-09T23:00Z"),
    "the day before one of 23 hours": ("America/New_York", "2025-03-10T04:30Z", "now-1d/d", "2025-03-09T05:00Z"),
    "a day without midnight": ("America/Sao_Paulo", "2018-11-04T15:00Z", "now/d", "2018-11-04T03:00Z"),
    "the day after it": ("America/Sao_Paulo", "2018-11-04T15:00Z", "now/d+1d", "2018-11-05T02:00Z"),
    "back onto it": ("America/Sao_Paulo", "2018-11-05T15:00Z", "now/d-1d", "2018-11-04T03:00Z"),
    "a monday": ("UTC", "2025-11-10T15:30Z", "now/w", "2025-11-10T00:00Z"),
    "a sunday": ("UTC", "2025-11-09T15:30Z", "now/w", "2025-11-03T00:00Z"),
    "from today": ("UTC", "2025-11-09T15:30Z", "today/w", "2025-11-03T00:00Z"),
    "the week before": ("UTC", "2025-11-09T15:30Z", "today-1w/w", "2025-10-27T00:00Z"),
    "a week of the year before": ("UTC", "2026-01-01T15:30Z", "now/w", "2025-12-29T00:00Z"),
    "month": ("UTC", "2025-11-30T15:30Z", "now/M", "2025-11-01T00:00Z"),
    "month of the zone": ("America/New_York", "2025-11-01T03:00Z", "now/M", "2025-10-01T04:00Z"),
    "the month before, clamped": ("UTC", "2025-03-31T15:30Z", "now-1M/M", "2025-02-01T00:00Z"),
    "the zone's month before, not UTC's": ("Europe/Berlin", "2025-03-31T22:30Z", "now-1M/M", "2025-02-28T23:00Z"),
    "a month before the start": ("Europe/Berlin", "2025-04-15T12:00Z", "now/M-1M", "2025-02-28T23:00Z"),
    "quarter": ("UTC", "2025-11-10T15:30Z", "now/q", "2025-10-01T00:00Z"),
    "its last day": ("UTC", "2025-12-31T23:59:59Z", "now/q", "2025-10-01T00:00Z"),
    "the quarter before": ("UTC", "2025-02-10T15:30Z", "today-1q/q", "2024-10-01T00:00Z"),
    "year": ("Asia/Kathmandu", "2025-12-31T20:00Z", "now/y", "2025-12-31T18:15Z"),
    "the year before": ("UTC", "2024-02-29T20:00Z", "today-1y/y", "2023-01-01T00:00Z"),
    "steps after it": ("UTC", "2025-11-10T15:30Z", "now/M+8d-30m", "2025-11-08T23:30Z"),
    "several": ("UTC", "2025-11-12T15:30Z", "now/y+1M/w", "2025-01-27T00:00Z"),
}


@pytest.mark.parametrize(("zone", "now", "text", "expected"), ROUNDED.values(), ids=ROUNDED.keys())
def test_a_rounded_time_is_the_start_of_the_unit_in_the_zone(zone: str, now: str, text: str, expected: str) -> None:
    assert resolve(text, now=at(now), zone=ZoneInfo(zone)) == at(expected)
    for edge in ("start", "end"):
        assert resolve_instant(text, now=at(now), zone=ZoneInfo(zone), edge=edge) == at(expected)


@pytest.mark.parametrize(
    ("first_weekday", "expected"), [(0, "2025-11-10T00:00Z"), (5, "2025-11-08T00:00Z"), (6, "2025-11-09T00:00Z")]
)
def test_weeks_begin_on_the_day_that_is_given(first_weekday: int, expected: str) -> None:
    assert resolve("today/w", now=NOW, zone=UTC_ZONE, first_weekday=first_weekday) == at(expected)


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        *((text, True) for text in ("now", "now-1d", "now/h", "now-7d/h")),
        *((text, False) for text in ("now/d", "now-1M/M", "now/w+3h", "today", "today-2h/h", "2025-11-03")),
    ],
)
def test_a_time_rounded_to_a_day_or_more_stays_for_a_day(text: str, moves: bool) -> None:
    assert is_moving(text) is moves


def test_edges_do_not_move_instants() -> None:
    for edge in ("start", "end"):
        assert resolve_instant("now-1h", now=NOW, zone=UTC_ZONE, edge=edge) == at("2025-11-10T14:30:20.123456Z")


BAD = {
    "": "is not a valid time",
    "yesterday": "is not a valid time",
    "NOW": "is not a valid time",
    "now-7": "is not a valid time",
    "now-7D": "is not a valid time",
    "now - 7d": "is not a valid time",
    "now/": "is not a valid time",
    "now/s": "is not a valid time",
    "now/D": "is not a valid time",
    "now/1d": "is not a valid time",
    "/d": "is not a valid time",
    "2025-11-03/M": "is not a valid time",
    "now-9999y/y": "years 1 to 9999",
    "now-1.5h": "is not a valid time",
    "now-٣d": "is not a valid time",
    "now-1d\n": "is not a valid time",
    "2025-11-03T09:30:00": "has no offset",
    "2025-13-01": "calendar",
    "2025-02-29T00:00:00Z": "calendar",
    "2025-11-03T25:00:00Z": "calendar",
    "20251103": "is not a valid time",
    "1700000000": "is not a valid time",
    "now-9999y": "years 1 to 9999",
    "today+9999y": "years 1 to 9999",
    "now-999999999w": "years 1 to 9999",
    "0001-01-01T00:00:00+10:00": "years 1 to 9999",
    "9999-12-31T23:59:59-10:00": "years 1 to 9999",
}


@pytest.mark.parametrize(("text", "reason"), BAD.items(), ids=[repr(text) for text in BAD])
def test_an_invalid_time_is_reported(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        resolve(text, now=NOW, zone=UTC_ZONE)
