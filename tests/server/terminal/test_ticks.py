"""Where axes have ticks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.terminal.ticks import round_numbers, round_times


@pytest.mark.parametrize(
    ("low", "high", "most", "places"),
    [
        (9.8, 881.6, 6, [0, 200, 400, 600, 800, 1_000]),
        (9.8, 881.6, 4, [0, 500, 1_000]),
        (0.1, 0.35, 6, [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]),
        (-1, 9, 2, [-10, 0, 10]),
        (0, 0, 4, [0, 0.5, 1]),
        (5, 5, 3, [4.5, 5, 5.5]),
        (9.999999999776001e299, 9.999999999779995e299, 2, [9e299, 1e300, 1.1e300]),
    ],
)
def test_round_numbers(low: float, high: float, most: int, places: list[float]) -> None:
    assert round_numbers(low, high, most) == places


@given(
    st.floats(-1e300, 1e300, allow_subnormal=False), st.floats(-1e300, 1e300, allow_subnormal=False), st.integers(1, 20)
)
def test_ticks_enclose_the_values_and_are_few(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    places = round_numbers(low, high, most)
    slack = abs(high - low) * 1e-6 + max(abs(low), abs(high)) * 1e-9
    assert places[0] <= low + slack
    assert places[-1] >= high - slack
    assert 2 <= len(places) <= max(most, 3)
    assert places == sorted(set(places))


def texts(start: str, end: str, zone: str, most: int) -> list[str]:
    first, last = (datetime.fromisoformat(text).astimezone(UTC) for text in (start, end))
    return [tick.text for tick in round_times(first, last, ZoneInfo(zone), most)]


@pytest.mark.parametrize(
    ("start", "end", "most", "expected"),
    [
        ("2026-05-04T10:20Z", "2026-05-04T12:05Z", 8, ["10:30", "10:45", "11:00", "11:15", "11:30", "11:45", "12:00"]),
        ("2026-05-04T10:20Z", "2026-05-05T10:20Z", 4, ["12:00", "18:00", "5 May", "06:00"]),
        ("2026-05-04T10:20Z", "2026-05-08T10:20Z", 4, ["5 May", "6 May", "7 May", "8 May"]),
        ("2026-05-04T10:20Z", "2026-06-01T10:20Z", 4, ["11 May", "18 May", "25 May", "1 Jun"]),
        ("2026-01-04T10:20Z", "2026-12-01T10:20Z", 4, ["Apr 2026", "Jul 2026", "Oct 2026"]),
        ("2001-01-04T10:20Z", "2026-12-01T10:20Z", 6, ["2005", "2010", "2015", "2020", "2025"]),
    ],
)
def test_round_times(start: str, end: str, most: int, expected: list[str]) -> None:
    assert texts(start, end, "UTC", most) == expected


def test_round_times_are_those_of_the_zone() -> None:
    assert texts("2026-05-04T10:20Z", "2026-05-05T10:20Z", "Asia/Kolkata", 4) == ["18:00", "5 May", "06:00", "12:00"]


def test_an_hour_that_the_clock_skips_has_no_tick() -> None:
    day = texts("2026-03-29T00:00+01:00", "2026-03-29T06:00+02:00", "Europe/Berlin", 6)
    assert day == ["29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00"]


@given(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.timedeltas(timedelta(minutes=1), timedelta(9_000)))
def test_ticks_of_time_are_few_and_within(start: datetime, length: timedelta) -> None:
    first, zone = start.replace(tzinfo=UTC), ZoneInfo("America/New_York")
    ticks = round_times(first, first + length, zone, 8)
    assert len(ticks) <= 10
    assert all(first.timestamp() <= tick.at <= (first + length).timestamp() for tick in ticks)
