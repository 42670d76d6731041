"""Edges of time buckets: a table of clocks that change, and that edges agree with every zone's calendar."""

import math
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregation.question.buckets import MAX_BUCKETS, TooManyBucketsError, bucket_edges, fitting_period
from models import TimePeriod, Weekday
from tests.aggregation.chart_oracle import buckets_of

FIVE, FIFTEEN, THIRTY = TimePeriod.FIVE_MINUTES, TimePeriod.FIFTEEN_MINUTES, TimePeriod.THIRTY_MINUTES
HOUR, DAY, WEEK, MONTH = TimePeriod.HOUR, TimePeriod.DAY, TimePeriod.WEEK, TimePeriod.MONTH


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


EDGES = {
    "whole days": ("UTC", DAY, "2026-03-01", "2026-03-03", ["2026-03-01", "2026-03-02", "2026-03-03"]),
    "a day cut on both sides": ("UTC", DAY, "2026-03-01T05:00", "2026-03-01T06:00", ["2026-03-01", "2026-03-02"]),
    "one microsecond past midnight": (
        "UTC",
        DAY,
        "2026-03-01",
        "2026-03-02T00:00:00.000001",
        ["2026-03-01", "2026-03-02", "2026-03-03"],
    ),
    "New York, a day of 23 hours": (
        "America/New_York",
        DAY,
        "2026-03-08T05:00",
        "2026-03-09T04:00",
        ["2026-03-08T05:00", "2026-03-09T04:00"],
    ),
    "New York, a day of 25 hours": (
        "America/New_York",
        DAY,
        "2026-11-01T04:00",
        "2026-11-02T05:00",
        ["2026-11-01T04:00", "2026-11-02T05:00"],
    ),
    "five minutes, cut on both sides": (
        "UTC",
        FIVE,
        "2026-03-01T10:07:31.5",
        "2026-03-01T10:16",
        ["2026-03-01T10:05", "2026-03-01T10:10", "2026-03-01T10:15", "2026-03-01T10:20"],
    ),
    "Kathmandu, half hours begin at a quarter": (
        "Asia/Kathmandu",
        THIRTY,
        "2026-02-01T00:20",
        "2026-02-01T01:00",
        ["2026-02-01T00:15", "2026-02-01T00:45", "2026-02-01T01:15"],
    ),
    "New York, quarters of the night when an hour comes twice": (
        "America/New_York",
        FIFTEEN,
        "2026-11-01T05:45",
        "2026-11-01T06:15",
        ["2026-11-01T05:45", "2026-11-01T06:00", "2026-11-01T06:15"],
    ),
    "New York, half hours over the hour that is skipped": (
        "America/New_York",
        THIRTY,
        "2026-03-08T06:30",
        "2026-03-08T07:30",
        ["2026-03-08T06:30", "2026-03-08T07:00", "2026-03-08T07:30"],
    ),
    "New York, an hour that comes twice is two": (
        "America/New_York",
        HOUR,
        "2026-11-01T05:00",
        "2026-11-01T07:00",
        ["2026-11-01T05:00", "2026-11-01T06:00", "2026-11-01T07:00"],
    ),
    "Lord Howe, half an hour is put on": (
        "Australia/Lord_Howe",
        HOUR,
        "2026-04-04T14:30",
        "2026-04-04T16:00",
        ["2026-04-04T14:00", "2026-04-04T15:00", "2026-04-04T15:30", "2026-04-04T16:30"],
    ),
    "Lord Howe, half an hour is taken away": (
        "Australia/Lord_Howe",
        HOUR,
        "2026-10-03T14:30",
        "2026-10-03T16:30",
        ["2026-10-03T14:30", "2026-10-03T15:30", "2026-10-03T16:00", "2026-10-03T17:00"],
    ),
    "Lord Howe, a day of 24 and a half hours": (
        "Australia/Lord_Howe",
        DAY,
        "2026-04-04T13:00",
        "2026-04-05T13:30",
        ["2026-04-04T13:00", "2026-04-05T13:30"],
    ),
    "Kathmandu, hours begin at a quarter": (
        "Asia/Kathmandu",
        HOUR,
        "2026-02-01T00:15",
        "2026-02-01T02:00",
        ["2026-02-01T00:15", "2026-02-01T01:15", "2026-02-01T02:15"],
    ),
    "Sao Paulo, a day without midnight": (
        "America/Sao_Paulo",
        DAY,
        "2018-11-03T03:00",
        "2018-11-05T02:00",
        ["2018-11-03T03:00", "2018-11-04T03:00", "2018-11-05T02:00"],
    ),
    "Apia, a day that the calendar skipped": (
        "Pacific/Apia",
        DAY,
        "2011-12-29T10:00",
        "2011-12-31T10:00",
        ["2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00"],
    ),
    "weeks from Monday": ("UTC", WEEK, "2026-03-04", "2026-03-10", ["2026-03-02", "2026-03-09", "2026-03-16"]),
    "months, a leap year": (
        "UTC",
        MONTH,
        "2024-01-31",
        "2024-03-01",
        ["2024-01-01", "2024-02-01", "2024-03-01"],
    ),
    "months, over the change of the year": (
        "Asia/Kathmandu",
        MONTH,
        "2025-12-15",
        "2026-01-15",
        ["2025-11-30T18:15", "2025-12-31T18:15", "2026-01-31T18:15"],
    ),
    "nothing": ("UTC", DAY, "2026-03-01", "2026-03-01", []),
    "less than nothing": ("UTC", DAY, "2026-03-02", "2026-03-01", []),
}


@pytest.mark.parametrize(("zone", "period", "start", "end", "edges"), EDGES.values(), ids=EDGES)
def test_edges(zone: str, period: TimePeriod, start: str, end: str, edges: list[str]) -> None:
    found = bucket_edges(utc(start), utc(end), period, ZoneInfo(zone))
    assert list(found) == [utc(edge) for edge in edges]


@pytest.mark.parametrize(
    ("week_start", "first"),
    [(Weekday.MONDAY, "2026-03-02"), (Weekday.SATURDAY, "2026-02-28"), (Weekday.SUNDAY, "2026-03-01")],
)
def test_weeks_begin_on_the_day_chosen(week_start: Weekday, first: str) -> None:
    edges = bucket_edges(utc("2026-03-04"), utc("2026-03-05"), WEEK, ZoneInfo("UTC"), week_start)
    assert edges == (utc(first), utc(first) + timedelta(days=7))


def test_a_week_begins_on_its_own_first_day() -> None:
    edges = bucket_edges(utc("2026-03-02"), utc("2026-03-09"), WEEK, ZoneInfo("UTC"))
    assert edges == (utc("2026-03-02"), utc("2026-03-09"))


def test_more_buckets_than_can_be_shown_are_refused() -> None:
    start = utc("2020-01-01")
    most = start + MAX_BUCKETS * timedelta(hours=1)
    assert len(bucket_edges(start, most, HOUR, ZoneInfo("UTC"))) == MAX_BUCKETS + 1
    with pytest.raises(TooManyBucketsError, match="more than 10,000 buckets of one hour"):
        bucket_edges(start, most + timedelta(seconds=1), HOUR, ZoneInfo("UTC"))
    with pytest.raises(TooManyBucketsError, match="more than 10,000 buckets of five minutes"):
        bucket_edges(start, start + MAX_BUCKETS * timedelta(minutes=5, microseconds=1), FIVE, ZoneInfo("UTC"))


@pytest.mark.slow
@pytest.mark.parametrize("period", [FIVE, FIFTEEN, THIRTY, HOUR, DAY, WEEK, MONTH])
@given(
    zone=st.sampled_from(
        (
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "America/Sao_Paulo",
            "UTC",
            "Pacific/Apia",
            "Africa/Casablanca",
            "America/Havana",
            "Pacific/Chatham",
        )
    ),
    start=st.datetimes(datetime(2009, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(microseconds=1), timedelta(days=40)),
    week_start=st.sampled_from(Weekday),
)
@settings(max_examples=25, deadline=None)
def test_edges_are_where_the_local_calendar_turns(
    period: TimePeriod, zone: str, start: datetime, length: timedelta, week_start: Weekday
) -> None:
    end = start + (length / 10 if period in (FIVE, FIFTEEN, THIRTY) else length)
    edges = bucket_edges(start, end, period, ZoneInfo(zone), week_start)
    expected = buckets_of(start, end, period, ZoneInfo(zone), week_start)
    assert list(pairwise(edges)) == [(left, right) for _, left, right in expected]


@pytest.mark.parametrize(
    ("length", "period", "buckets"),
    [
        (timedelta(minutes=5), TimePeriod.FIVE_MINUTES, 2),
        (timedelta(hours=4), TimePeriod.FIVE_MINUTES, 49),
        (timedelta(hours=12), TimePeriod.FIFTEEN_MINUTES, 49),
        (timedelta(days=1), TimePeriod.THIRTY_MINUTES, 49),
        (timedelta(days=2), TimePeriod.HOUR, 49),
        (timedelta(days=7), TimePeriod.HOUR, 169),
        (timedelta(days=30), TimePeriod.DAY, 31),
        (timedelta(days=365), TimePeriod.WEEK, 53),
        (timedelta(days=3650), TimePeriod.MONTH, 121),
    ],
)
def test_auto_is_the_period_whose_number_of_buckets_is_nearest_to_fifty_by_ratio(
    length: timedelta, period: TimePeriod, buckets: int
) -> None:
    now = datetime(2026, 5, 7, 13, 37, 11, tzinfo=UTC)
    zone = ZoneInfo("UTC")
    assert fitting_period(now - length, now, zone) is period
    assert len(bucket_edges(now - length, now, period, zone)) - 1 == buckets


@pytest.mark.slow
def test_auto_counts_the_buckets_that_the_zone_has() -> None:
    zones = [ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/New_York"), ZoneInfo("UTC")]
    rng = random.Random(11)
    for _ in range(200):
        end = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(365 * 86_400))
        start = end - timedelta(seconds=round(math.exp(rng.uniform(math.log(300), math.log(1_500 * 86_400)))))
        zone, week_start = rng.choice(zones), rng.choice(list(Weekday))
        counts = {}
        for period in TimePeriod:
            if period is not TimePeriod.AUTO:
                with suppress(TooManyBucketsError):
                    counts[period] = len(bucket_edges(start, end, period, zone, week_start)) - 1
        chosen = fitting_period(start, end, zone, week_start)
        best = min(max(count / 50, 50 / count) for count in counts.values())
        assert max(counts[chosen] / 50, 50 / counts[chosen]) == best, (start, end, zone, week_start)
