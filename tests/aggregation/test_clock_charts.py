"""Charts by the hour of the day and the day of the week: reckoned by hand over a change of the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, HistogramResult, LineResult, ListResult, PieResult
from aggregation.answer.slices import slices
from aggregation.question.faults import ChartError, InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource, Shift, WidgetDefinition
from aggregation.service import run_charts
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from aggregation.stored.store import stored_definitions
from models import Aggregation, ChartType, TimePeriod, Weekday
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
NEW_YORK = "America/New_York"
HOURS = {"type": "field", "field": "hour_of_day"}
DAYS = {"type": "field", "field": "day_of_week"}

TIMES = (
    # New York's clocks go back on Sunday, 1 November 2026, at 06:00 UTC
    "2026-10-31T03:59:59.999999Z",  # Friday 23
    "2026-10-31T04:00:00Z",  # Saturday 00
    "2026-11-01T05:30:00Z",  # Sunday 01, the first one
    "2026-11-01T06:30:00Z",  # Sunday 01, the second one
    "2026-11-01T07:00:00Z",  # Sunday 02
    "2026-11-02T04:59:00Z",  # Sunday 23
    "2026-11-02T05:00:00Z",  # Monday 00
)


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    rows: list[dict[str, Any]] = [
        {"call_id": str(at), "timestamp": datetime.fromisoformat(time), "duration": 10.0 * at, "topic": "ab"[at % 2]}
        for at, time in enumerate(TIMES)
    ]
    return await store(engine, rows)


async def chart(
    sessions: Sessions, data: Dataset, definition: WidgetDefinition, preaggregates: Any = None, **more: Any
) -> Any:
    around = {"time_from": "now-5d", "time_zone": NEW_YORK, "line_points": (100,), "bins": (5,)}
    scope = chart_scope(data.project_id, NOW, timedelta(days=30), **{**around, **more})
    (result,) = await run_charts(sessions, [prepare(definition, scope)], preaggregates)
    assert not isinstance(result, ChartError), result
    return result


@pytest.mark.parametrize(
    ("week_start", "days"),
    [
        (Weekday.MONDAY, ["Monday", "Friday", "Saturday", "Sunday"]),
        (Weekday.SUNDAY, ["Sunday", "Monday", "Friday", "Saturday"]),
        (Weekday.SATURDAY, ["Saturday", "Sunday", "Monday", "Friday"]),
    ],
)
async def test_days_follow_the_week_of_the_chart(
    sessions: Sessions, data: Dataset, week_start: Weekday, days: list[str]
) -> None:
    counts = {"Monday": 1, "Friday": 1, "Saturday": 1, "Sunday": 4}
    pie = await chart(sessions, data, WidgetDefinition(ChartType.PIE, "day_of_week"), week_start=week_start)
    assert isinstance(pie, PieResult)
    assert [(one.label, one.value) for one in slices(pie)] == [(day, counts[day]) for day in days]
    average = WidgetDefinition(ChartType.LIST, "duration", aggregation=Aggregation.MAX, group_by=DAYS)
    ranked = await chart(sessions, data, average, week_start=week_start)
    assert isinstance(ranked, ListResult)
    values = {"Monday": 60.0, "Friday": 0.0, "Saturday": 10.0, "Sunday": 50.0}
    assert [(row.label, row.value) for row in ranked.rows] == [(day, values[day]) for day in days]


async def test_an_hour_that_comes_twice_is_one_hour_of_the_day(sessions: Sessions, data: Dataset) -> None:
    pie = await chart(sessions, data, WidgetDefinition(ChartType.PIE, "hour_of_day"))
    assert isinstance(pie, PieResult)
    assert [(one.label, one.value) for one in slices(pie)] == [("00", 2), ("01", 2), ("02", 1), ("23", 2)]
    assert slices(pie)[1].filters["conditions"][-1] == {
        "field": f"hour_of_day@{NEW_YORK}",
        "op": "eq",
        "value": 1,
    }
    elsewhere = await chart(sessions, data, WidgetDefinition(ChartType.PIE, "hour_of_day"), time_zone="Asia/Kathmandu")
    assert [one.label for one in slices(elsewhere)] == ["09", "10", "11", "12"]


async def test_the_largest_are_shown_in_the_order_of_the_clock(sessions: Sessions, data: Dataset) -> None:
    bars = WidgetDefinition(
        ChartType.BAR,
        "duration",
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.MONTH,
        group_by={**HOURS, "top": 2},
    )
    result = await chart(sessions, data, bars)
    assert isinstance(result, BarResult)
    assert [(one.label, one.is_other, one.sample_count) for one in result.series] == [
        ("00", False, 2),
        ("01", False, 2),
        (None, True, 3),
    ]
    pie = await chart(sessions, data, WidgetDefinition(ChartType.PIE, "hour_of_day"))
    assert [(one.label, one.value) for one in slices(pie, 2)] == [("00", 2), ("01", 2), (None, 3)]


async def test_all_hours_are_shown_where_no_number_is_given(sessions: Sessions, engine: AsyncEngine) -> None:
    rows = [{"call_id": str(at), "timestamp": NOW - timedelta(hours=at + 1), "duration": 1.0} for at in range(48)]
    every = await store(engine, rows)
    hours = [f"{hour:02}" for hour in range(24)]
    pie = await chart(sessions, every, WidgetDefinition(ChartType.PIE, "hour_of_day"))
    assert [(one.label, one.is_other) for one in slices(pie)] == [(hour, False) for hour in hours]
    listed = await chart(sessions, every, WidgetDefinition(ChartType.LIST, "hour_of_day"))
    assert [row.label for row in listed.rows[: listed.usual_rows]] == hours
    count, hour = Aggregation.COUNT, TimePeriod.HOUR
    for definition in (
        WidgetDefinition(ChartType.BAR, "duration", aggregation=count, time_period=hour, group_by=HOURS),
        WidgetDefinition(ChartType.LINE, "duration", group_by=HOURS),
        WidgetDefinition(ChartType.HISTOGRAM, "duration", group_by=HOURS),
    ):
        found = await chart(sessions, every, definition)
        match found:
            case BarResult(series=series):
                assert [one.label for one in series] == hours
            case LineResult(by_max_points=by_points):
                assert [one.label for one in by_points[100]] == hours
            case HistogramResult(by_max_bins=by_bins):
                assert [one.label for one in by_bins[5]] == hours
            case _:
                raise AssertionError(found)


async def test_a_comparison_has_the_same_hours(sessions: Sessions, data: Dataset) -> None:
    days = WidgetDefinition(ChartType.LIST, "duration", aggregation=Aggregation.COUNT, group_by=DAYS)
    shifted = {"time_from": "2026-11-01T04:00:00Z", "compare": Shift(days=2)}
    result = await chart(sessions, data, days, **shifted)
    assert isinstance(result, ListResult)
    compared = [(row.label, row.value, row.compared.value if row.compared else None) for row in result.rows]
    assert compared == [("Monday", 1.0, 0.0), ("Sunday", 4.0, 3.0)]


@pytest.mark.parametrize("aggregation", [Aggregation.AVG, Aggregation.P95, Aggregation.STDDEV])
@pytest.mark.parametrize("group_by", [HOURS, DAYS], ids=["hours", "days"])
async def test_one_pre_aggregate_serves_the_clocks_of_all_zones(
    sessions: Sessions, data: Dataset, group_by: Any, aggregation: Aggregation
) -> None:
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, 2**30)
    definition = WidgetDefinition(ChartType.LIST, "duration", aggregation=aggregation, group_by=group_by)
    await chart(sessions, data, definition, preaggregates)
    await builder.work()
    async with sessions.read(data.project_id) as session:
        before = len(await stored_definitions(session, data.project_id))
    for zone in (NEW_YORK, "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "Pacific/Kiritimati"):
        raw = await chart(sessions, data, definition, time_zone=zone)
        stored = await chart(sessions, data, definition, preaggregates, time_zone=zone)
        assert (raw.source, stored.source) == (ChartSource.RAW, ChartSource.STORED)
        shown = [[(row.label, row.sample_count) for row in result.rows] for result in (raw, stored)]
        assert shown[0] == shown[1]
        values = [[row.value for row in result.rows] for result in (raw, stored)]
        assert values[0] == [None if value is None else pytest.approx(value) for value in values[1]]
    async with sessions.read(data.project_id) as session:
        assert len(await stored_definitions(session, data.project_id)) == before


async def test_a_clock_whose_hours_begin_within_a_slot_is_read_by_itself(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    """Monrovia was 44 minutes and 30 seconds behind UTC until 1972."""
    first = datetime(1971, 6, 1, tzinfo=UTC)
    rows = [
        {"call_id": str(at), "timestamp": first + timedelta(minutes=7 * at, seconds=at), "duration": float(at)}
        for at in range(300)
    ]
    old = await store(engine, rows)
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, 2**30)
    definition = WidgetDefinition(ChartType.LIST, "duration", group_by=HOURS)
    scope = chart_scope(
        old.project_id, first + timedelta(days=3), None, time_from="1971-05-31T00:00:00Z", time_zone="Africa/Monrovia"
    )
    query = prepare(definition, scope)
    (raw,) = await run_charts(sessions, [query], preaggregates)
    await builder.work()
    (stored,) = await run_charts(sessions, [query], preaggregates)
    assert isinstance(raw, ListResult)
    assert isinstance(stored, ListResult)
    assert (raw.source, stored.source) == (ChartSource.RAW, ChartSource.STORED)
    shown = [[(row.label, row.sample_count, row.value) for row in result.rows] for result in (raw, stored)]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 24


def test_a_zone_can_be_named_in_a_grouping() -> None:
    scope = chart_scope(1, NOW, timedelta(days=30), time_zone=NEW_YORK)
    definition = WidgetDefinition(ChartType.LIST, "duration", group_by={**HOURS, "field": "hour_of_day@Asia/Tokyo"})
    group: Any = prepare(definition, scope).group
    assert (group.field, group.top) == ("hour_of_day@Asia/Tokyo", 24)
    wrong = WidgetDefinition(ChartType.LIST, "duration", group_by={**HOURS, "field": "hour_of_day@Mars/Base"})
    with pytest.raises(InvalidWidgetError) as raised:
        prepare(wrong, scope)
    (fault,) = raised.value.faults
    assert fault.path == "/groupBy/field"
    assert "hour_of_day" in fault.allowed
