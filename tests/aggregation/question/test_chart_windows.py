"""Which time a chart covers: its filters, the request's range and overrides, the defaults and the limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, StatResult
from aggregation.question.faults import (
    ChartError,
    InvalidFilterError,
    InvalidWidgetError,
    TimeRangeTooLongError,
    TimeRangeTooOldError,
)
from aggregation.question.prepare import prepare
from aggregation.question.query import WidgetDefinition
from aggregation.service import run_charts
from models import Aggregation, ChartType, TimePeriod, Weekday
from models.sessions import Sessions
from tests.aggregation.chart_data import store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
MONTH = timedelta(days=30)
COUNT = WidgetDefinition(ChartType.STAT)


def at(op: str, value: Any) -> dict[str, Any]:
    return {"field": "timestamp", "op": op, "value": value}


def all_of(*conditions: Any) -> dict[str, Any]:
    return {"operator": "and", "conditions": list(conditions)}


def any_of(*conditions: Any) -> dict[str, Any]:
    return {"operator": "or", "conditions": list(conditions)}


def window(filters: Any = None, **scope: Any) -> tuple[str | None, str]:
    definition = WidgetDefinition(ChartType.STAT, filters=filters)
    found = prepare(definition, chart_scope(1, NOW, scope.pop("max_window", MONTH), **scope)).window
    return None if found.start is None else _short(found.start), _short(found.end)


def _short(instant: datetime) -> str:
    return instant.isoformat().removesuffix("+00:00").removesuffix(":00")


WINDOWS: dict[str, tuple[dict[str, Any], tuple[str | None, str]]] = {
    "no bounds": ({}, ("2026-02-18T15:30", "2026-03-20T15:30")),
    "no bounds, no limit": ({"max_window": None}, (None, "2026-03-20T15:30")),
    "from": ({"filters": at("gte", "2026-03-01")}, ("2026-03-01T00:00", "2026-03-20T15:30")),
    "after": (
        {"filters": at("gt", "2026-03-01T00:00:00Z")},
        ("2026-03-01T00:00:00.000001", "2026-03-20T15:30"),
    ),
    "before": ({"filters": at("lt", "2026-03-01")}, ("2026-02-18T15:30", "2026-03-01T00:00")),
    "up to": ({"filters": at("lte", "2026-03-01T00:00:00Z")}, ("2026-02-18T15:30", "2026-03-01T00:00:00.000001")),
    "up to a date is all of it": ({"filters": at("lte", "2026-03-01")}, ("2026-02-18T15:30", "2026-03-02T00:00")),
    "a date": ({"filters": at("eq", "2026-03-01")}, ("2026-03-01T00:00", "2026-03-02T00:00")),
    "after a date": ({"filters": at("gt", "2026-03-01")}, ("2026-03-02T00:00", "2026-03-20T15:30")),
    "a date of the zone": (
        {"filters": at("eq", "2026-03-08"), "time_zone": "America/New_York"},
        ("2026-03-08T05:00", "2026-03-09T04:00"),
    ),
    "this week": ({"filters": at("gte", "today/w")}, ("2026-03-16T00:00", "2026-03-20T15:30")),
    "this week from Sunday": (
        {"filters": at("gte", "today/w"), "week_start": Weekday.SUNDAY},
        ("2026-03-15T00:00", "2026-03-20T15:30"),
    ),
    "the week before as a range": (
        {"time_from": "now-1w/w", "time_to": "now/w", "week_start": Weekday.SATURDAY},
        ("2026-03-07T00:00", "2026-03-14T00:00"),
    ),
    "a rounded end is an instant": (
        {"filters": all_of(at("gte", "today-1d/d"), at("lt", "today/d")), "time_zone": "America/New_York"},
        ("2026-03-19T04:00", "2026-03-20T04:00"),
    ),
    "up to a rounded end": (
        {"filters": all_of(at("gt", "now/M"), at("lte", "now/M+9d"))},
        ("2026-03-01T00:00:00.000001", "2026-03-10T00:00:00.000001"),
    ),
    "a range of dates": (
        {"time_from": "2026-03-01", "time_to": "2026-03-20"},
        ("2026-03-01T00:00", "2026-03-21T00:00"),
    ),
    "a range of one date": (
        {"time_from": "2026-03-19", "time_to": "2026-03-19"},
        ("2026-03-19T00:00", "2026-03-20T00:00"),
    ),
    "between two dates": (
        {"filters": at("between", ["2026-03-01", "2026-03-19"])},
        ("2026-03-01T00:00", "2026-03-20T00:00"),
    ),
    "the last 30 days and the rest of today": (
        {"filters": at("lte", "today"), "dashboard_filters": at("gte", "now-30d")},
        ("2026-02-18T15:30", "2026-03-21T00:00"),
    ),
    "into the future within the limit": (
        {"time_from": "now-29d", "time_to": "now+1d"},
        ("2026-02-19T15:30", "2026-03-21T15:30"),
    ),
    "30 days, one of them of 25 hours": (
        {"time_from": "2026-03-20", "time_to": "2026-04-18", "time_zone": "Australia/Lord_Howe"},
        ("2026-03-19T13:00", "2026-04-18T13:30"),
    ),
    "a whole day": ({"filters": at("eq", "today-1d")}, ("2026-03-19T00:00", "2026-03-20T00:00")),
    "up to a day is all of it": ({"filters": at("lte", "today")}, ("2026-02-18T15:30", "2026-03-21T00:00")),
    "a day of the zone": (
        {"filters": at("eq", "today"), "time_zone": "America/New_York"},
        ("2026-03-20T04:00", "2026-03-21T04:00"),
    ),
    "not the dashboard's alone": (
        {"filters": at("gte", "2026-03-02"), "dashboard_filters": all_of(at("gte", "2026-03-01"), at("lt", "today"))},
        ("2026-03-02T00:00", "2026-03-21T00:00"),
    ),
    "the widest of several": (
        {"filters": any_of(all_of(at("gte", "2026-03-01"), at("lt", "2026-03-02")), at("eq", "today"))},
        ("2026-03-01T00:00", "2026-03-21T00:00"),
    ),
    "nothing through not": (
        {"filters": {"operator": "not", "conditions": [at("gte", "2026-03-01")]}},
        ("2026-02-18T15:30", "2026-03-20T15:30"),
    ),
    "an override replaces the widget's": (
        {
            "filters": at("gte", "2026-03-02"),
            "dashboard_filters": at("lt", "2026-03-10"),
            "has_override": True,
            "override_filters": at("gte", "2026-03-05"),
        },
        ("2026-03-05T00:00", "2026-03-10T00:00"),
    ),
    "an empty override replaces the widget's": (
        {"filters": at("gte", "2026-03-02"), "has_override": True},
        ("2026-02-18T15:30", "2026-03-20T15:30"),
    ),
    "a range replaces both": (
        {
            "filters": at("gte", "2026-03-02"),
            "dashboard_filters": all_of(at("lt", "2026-03-10"), at("gt", "2020-01-01")),
            "time_from": "now-1d",
            "time_to": "now",
        },
        ("2026-03-19T15:30", "2026-03-20T15:30"),
    ),
    "a range to a day ends with it": (
        {"time_from": "today-7d", "time_to": "today-1d"},
        ("2026-03-13T00:00", "2026-03-20T00:00"),
    ),
    "a scope narrows": (
        {"filters": at("gte", "2026-03-01"), "request_scope": at("lt", "2026-03-10")},
        ("2026-03-01T00:00", "2026-03-10T00:00"),
    ),
    "a scope narrows the filters of the request": (
        {"has_override": True, "override_filters": at("gte", "2026-03-01"), "request_scope": at("gte", "2026-03-02")},
        ("2026-03-02T00:00", "2026-03-20T15:30"),
    ),
    "a range does not replace a scope": (
        {
            "dashboard_filters": at("lt", "2026-03-10"),
            "filters": at("gte", "2026-03-09"),
            "request_scope": all_of(at("gte", "2026-03-12"), at("lt", "2026-04-01")),
            "time_from": "2026-03-11",
            "time_to": "2026-03-14",
        },
        ("2026-03-12T00:00", "2026-03-15T00:00"),
    ),
    "an empty scope": ({"request_scope": {}}, ("2026-02-18T15:30", "2026-03-20T15:30")),
    "a range with a start only": ({"time_from": "2026-03-19T00:00:00+01:00"}, ("2026-03-18T23:00", "2026-03-20T15:30")),
    "a range with an end only": ({"time_to": "now-1d"}, ("2026-02-18T15:30", "2026-03-19T15:30")),
    "the oldest": ({"filters": at("gte", "now-30d")}, ("2026-02-18T15:30", "2026-03-20T15:30")),
    "within the grace": ({"filters": at("gte", "now-30d-60s")}, ("2026-02-18T15:29", "2026-03-20T15:30")),
}


@pytest.mark.parametrize(("asked", "expected"), WINDOWS.values(), ids=WINDOWS)
def test_windows(asked: dict[str, Any], expected: tuple[str | None, str]) -> None:
    assert window(**asked) == expected


@pytest.mark.parametrize(
    "asked",
    [
        {"filters": at("gte", "now-30d-61s")},
        {"filters": at("eq", "2026-01-05T12:00:00Z")},
        {"filters": all_of(at("gte", "2025-01-01"), at("lt", "2025-01-02"))},
        {"filters": any_of(at("eq", "2025-01-01"), at("eq", "today"))},
        {"dashboard_filters": at("gt", "now-1y")},
        {"request_scope": at("gt", "now-1y")},
        {"time_from": "now-31d", "time_to": "now-30d"},
    ],
)
def test_windows_that_begin_too_early(asked: dict[str, Any]) -> None:
    with pytest.raises(TimeRangeTooOldError) as raised:
        window(**asked)
    message = "Timestamp filter value is too far in the past. Maximum allowed range is 30 days."
    assert str(raised.value) == message
    window(**asked, max_window=None)
    with pytest.raises(TimeRangeTooOldError, match="Maximum allowed range is 7 days"):
        window(**asked, max_window=timedelta(days=7))


@pytest.mark.parametrize(
    "asked",
    [
        {"time_from": "now-29d", "time_to": "now+29d"},
        {"filters": at("lte", "now+1d")},
        {"filters": at("lte", "now+300d")},
        {"dashboard_filters": at("lt", "2026-05-01"), "filters": at("gte", "now-1d")},
        {"filters": at("between", ["now-29d", "now+1d+2m"])},
        {"filters": any_of(at("eq", "today"), at("eq", "today+40d"))},
    ],
)
def test_windows_that_span_too_much(asked: dict[str, Any]) -> None:
    with pytest.raises(
        TimeRangeTooLongError, match=r"spans more than 30 days, from .*Maximum allowed range is 30 days"
    ):
        window(**asked)
    window(**asked, max_window=None)


EMPTY: dict[str, tuple[dict[str, Any], str, str]] = {
    "bounds that exclude each other": (
        {"filters": all_of(at("gte", "2026-03-05"), at("lt", "2026-03-01"))},
        "effective",
        "begins at 2026-03-05T00:00:00Z and ends at 2026-03-01T00:00:00Z",
    ),
    "widget and dashboard": (
        {"filters": at("gte", "today"), "dashboard_filters": at("lt", "now-1d")},
        "effective",
        "begins at 2026-03-20T00:00:00Z and ends at 2026-03-19T15:30:00Z",
    ),
    "from the future on": (
        {"filters": at("gte", "now+1h")},
        "effective",
        "begins at 2026-03-20T16:30:00Z and has no upper bound, so it ends now, at 2026-03-20T15:30:00Z",
    ),
    "before what is allowed": (
        {"filters": at("lt", "now-40d")},
        "effective",
        "has no lower bound, so it begins at 2026-02-18T15:30:00Z and ends at 2026-02-08T15:30:00Z",
    ),
    "a range of no time": ({"time_from": "now", "time_to": "now"}, "timeRange", "begins at 2026-03-20T15:30:00Z"),
    "a range backwards": ({"time_from": "now", "time_to": "now-1d"}, "timeRange", "ends at 2026-03-19T15:30:00Z"),
    "a range from the future on": ({"time_from": "now+1h"}, "timeRange", "begins at 2026-03-20T16:30:00Z"),
    "a range before what is allowed": ({"time_to": "now-40d"}, "timeRange", "ends at 2026-02-08T15:30:00Z"),
    "a range and a scope apart": (
        {"time_from": "now-2d", "time_to": "now-1d", "request_scope": at("gte", "now-6h")},
        "effective",
        "begins at 2026-03-20T09:30:00Z and ends at 2026-03-19T15:30:00Z",
    ),
    "a range and a choice of the dashboard apart": (
        {"time_from": "now-2d", "dashboard_filters": any_of(at("lt", "now-6d"), at("lt", "now-5d"))},
        "effective",
        "begins at 2026-03-18T15:30:00Z and ends at 2026-03-15T15:30:00Z",
    ),
    "dates backwards": ({"time_from": "2026-03-19", "time_to": "2026-03-18"}, "timeRange", "ends at 2026-03-19"),
}


@pytest.mark.parametrize(("asked", "origin", "words"), EMPTY.values(), ids=EMPTY)
def test_windows_that_hold_no_time_are_refused(asked: dict[str, Any], origin: str, words: str) -> None:
    with pytest.raises(InvalidFilterError, match="The time range is empty") as raised:
        window(**asked)
    assert raised.value.origin == origin
    assert words in str(raised.value)


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "dashboard": ({"dashboard_filters": at("gte", "yesterday")}, "dashboard", "/value"),
    "widget": (
        {"filters": all_of(at("gte", "now"), {"field": "x", "op": "eq", "value": 1})},
        "widget",
        "/conditions/1/field",
    ),
    "request": ({"has_override": True, "override_filters": {"nix": 1}}, "request", ""),
    "scope": ({"request_scope": all_of(at("gte", "now"), {"nix": 1})}, "scope", "/conditions/1"),
    "scope beside a range": ({"request_scope": at("gte", "nix"), "time_from": "now-1d"}, "scope", "/value"),
    "from": ({"time_from": "last week"}, "timeRange", "/from"),
    "to": ({"time_from": "now-1d", "time_to": ""}, "timeRange", "/to"),
    "backwards": ({"time_from": "now", "time_to": "now-1d"}, "timeRange", "/to"),
    "beyond the calendar": ({"time_from": "now-9999y"}, "timeRange", "/from"),
    "faulty though the range replaces it": ({"filters": at("gte", "nix"), "time_from": "now-1d"}, "widget", "/value"),
}


@pytest.mark.parametrize(("asked", "origin", "path"), FAULTS.values(), ids=FAULTS)
def test_faults_say_whose_filter_is_wrong_and_where(asked: dict[str, Any], origin: str, path: str) -> None:
    with pytest.raises(InvalidFilterError) as raised:
        window(**asked)
    assert raised.value.origin == origin
    assert path in [fault.path for fault in raised.value.faults]


EVERY_CHART = (
    WidgetDefinition(ChartType.STAT),
    WidgetDefinition(ChartType.STAT, "timestamp", aggregation=Aggregation.MAX),
    WidgetDefinition(ChartType.LINE, "duration"),
    WidgetDefinition(ChartType.PIE, "topic"),
    WidgetDefinition(ChartType.LIST, "topic"),
    WidgetDefinition(ChartType.BAR, "timestamp", None, Aggregation.COUNT, TimePeriod.MONTH),
    WidgetDefinition(ChartType.BAR, "timestamp", None, Aggregation.COUNT, TimePeriod.DAY),
)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
@pytest.mark.parametrize(
    "filters",
    [
        at("lte", "9999-12-31T23:59:59.999999Z"),
        all_of(at("gte", "9999-12-31"), at("lte", "9999-12-31T23:59:59Z")),
        all_of(at("gte", "0001-01-01"), at("lte", "0001-01-02")),
        at("gte", "0001-01-01"),
    ],
    ids=["to the end", "at the end", "at the beginning", "from the beginning"],
)
async def test_the_ends_of_the_calendar(sessions: Sessions, engine: AsyncEngine, zone: str, filters: Any) -> None:
    data = await store(engine, [{"call_id": "1", "timestamp": NOW - timedelta(days=1), "topic": "a"}])
    scope = chart_scope(data.project_id, NOW, None, filters, time_zone=zone, line_points=(10,))
    queries: list[Any] = []
    refused: list[str] = []
    for definition in EVERY_CHART:
        try:
            queries.append(prepare(definition, scope))
        except InvalidWidgetError as error:
            refused += [fault.code for fault in error.faults]
    assert set(refused) <= {"LIMIT_EXCEEDED"}
    results = await run_charts(sessions, queries)
    assert len(results) >= 5
    for result in results:
        assert not isinstance(result, ChartError) or "more than 10,000 buckets" in str(result)


async def test_without_a_limit_a_chart_begins_with_the_first_call(sessions: Sessions, engine: AsyncEngine) -> None:
    first = datetime(2019, 7, 1, 10, 20, 30, 5, tzinfo=UTC)
    rows = [
        {"call_id": "1", "timestamp": first, "topic": "a"},
        {"call_id": "2", "timestamp": datetime(2020, 1, 1, tzinfo=UTC), "topic": "b"},
        {"call_id": "3", "timestamp": NOW, "topic": "a"},
    ]
    data = await store(engine, rows)
    scope = chart_scope(data.project_id, NOW, None)
    bar = WidgetDefinition(ChartType.BAR, "timestamp", None, Aggregation.COUNT, TimePeriod.MONTH)
    hours = WidgetDefinition(ChartType.BAR, "timestamp", None, Aggregation.COUNT, TimePeriod.HOUR)
    of_nobody = WidgetDefinition(ChartType.STAT, filters={"field": "topic", "op": "eq", "value": "x"})
    charts = [bar, COUNT, hours, of_nobody]
    found = await run_charts(sessions, [prepare(definition, scope) for definition in charts])
    months, stat, refused, nobody = found
    assert isinstance(months, BarResult)
    assert (months.start, months.end, months.sample_count) == (first, NOW, 2)
    buckets = months.series[0].buckets
    assert (len(buckets), buckets[0].sample_count, buckets[0].is_partial) == (81, 1, True)
    assert isinstance(stat, StatResult)
    assert (stat.start, stat.sample_count, stat.previous_sample_count) == (first, 2, 0)
    assert isinstance(refused, InvalidWidgetError)
    assert [(fault.code, fault.path) for fault in refused.faults] == [("LIMIT_EXCEEDED", "/timePeriod")]
    assert isinstance(nobody, StatResult)
    assert (nobody.start, nobody.end, nobody.sample_count) == (NOW, NOW, 0)


RANGES = {
    "type": "bucket",
    "buckets": [{"label": name, "condition": {"op": "lt", "value": at}} for at, name in enumerate("abc")],
}


@pytest.mark.parametrize(
    ("group_by", "series"),
    [
        (None, 1),
        ({"type": "field", "field": "success"}, 3),
        ({"type": "field", "field": "success", "top": 1}, 2),
        (RANGES, 4),
        ({"type": "field", "field": "topic", "top": 7}, 8),
        ({"type": "field", "field": "topic", "top": 8}, 9),
        ({"type": "field", "field": "topic"}, 21),
    ],
)
def test_a_chart_of_too_many_buckets_over_its_series_is_refused(group_by: Any, series: int) -> None:
    bars = WidgetDefinition(
        ChartType.BAR,
        "duration",
        aggregation=Aggregation.AVG,
        time_period=TimePeriod.FIVE_MINUTES,
        group_by=group_by,
    )
    scope = chart_scope(1, NOW, MONTH)
    if series <= 8:
        assert len(prepare(bars, scope).edges) - 1 == 8_640
        return
    with pytest.raises(InvalidWidgetError) as raised:
        prepare(bars, scope)
    (fault,) = raised.value.faults
    assert (fault.code, fault.path) == ("LIMIT_EXCEEDED", "/timePeriod")
    assert f"{series} series of 8,640 buckets each, but at most 76,000 buckets in all" in fault.message
