"""Comparisons show what plain Python computes from the calls that they drill down to, at windows that move alike."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import (
    BarResult,
    Compared,
    HistogramResult,
    LineResult,
    ListResult,
    PieResult,
    StatResult,
)
from aggregation.answer.slices import slices
from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.earlier_window import Change, back, parse_shift
from aggregation.question.faults import InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import Overrides, ResolvedWindow, Shift, WidgetDefinition, WrittenRange
from aggregation.service import run_charts
from filters import COMBINED, check_json
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation import chart_cases
from tests.aggregation.chart_data import Dataset, make_dataset, store
from tests.aggregation.chart_oracle import field_value, measure, metric_values
from tests.aggregation.chart_scopes import chart_scope
from tests.aggregation.drawn import draw
from tests.aggregation.test_charts_by_oracle import by_seed
from tests.filters.oracle import evaluate

UTC_ZONE = ZoneInfo("UTC")
SHIFTS = ("7d", "1M", "36h", "1w1h")
RANGES = (
    WrittenRange("now-12d", "now-5d"),
    WrittenRange("today-1w", "today"),
    WrittenRange("now-40d/d", "now-35d/d"),
    WrittenRange("now-25h", "now-23h"),
)


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("shift", "zone", "instant", "earlier"),
    [
        pytest.param("7d", "UTC", "2026-03-10T12:00", "2026-03-03T12:00", id="days"),
        pytest.param("7d", "America/New_York", "2026-11-04T00:00", "2026-10-28T00:00", id="over a clock change"),
        pytest.param("1M", "UTC", "2026-03-31T08:00", "2026-02-28T08:00", id="clamped to the month's last day"),
        pytest.param("1y", "UTC", "2028-02-29T00:00", "2027-02-28T00:00", id="from a leap day"),
        pytest.param("1w2d", "UTC", "2026-03-10T00:00", "2026-03-01T00:00", id="steps add up"),
        pytest.param(
            "1d", "America/Sao_Paulo", "2018-11-05T00:00", "2018-11-04T01:00", id="a midnight that is skipped"
        ),
    ],
)
def test_a_shift_goes_back_by_the_calendar(shift: str, zone: str, instant: str, earlier: str) -> None:
    assert back(at(instant, zone), parse_shift(shift), zone) == at(earlier, zone)


def test_hours_are_exact_time() -> None:
    noon = datetime(2026, 11, 1, 17, tzinfo=UTC)  # New York's clock went back this day
    assert noon - back(noon, parse_shift("24h"), "America/New_York") == timedelta(hours=24)
    assert noon - back(noon, parse_shift("1d"), "America/New_York") == timedelta(hours=25)


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "7 d", "0d", "7D", "1.5d", "999999d", "7d;drop"])
def test_a_wrong_shift_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="shift"):
        parse_shift(text)


@pytest.mark.parametrize(
    ("value", "earlier", "change"),
    [
        (6.0, 4.0, Change(2.0, 50.0)),
        (1.0, -2.0, Change(3.0, 150.0)),
        (1.0, 0.0, Change(1.0, None)),
        (None, 1.0, Change(None, None)),
        (1.0, None, Change(None, None)),
    ],
)
def test_changes(value: float | None, earlier: float | None, change: Change) -> None:
    assert Change.of(value, earlier) == change


@pytest.mark.parametrize("zone", chart_cases.ZONES)
@given(seed=st.integers(0, 2**32))
@by_seed
async def test_comparisons_are_what_their_calls_amount_to(
    engine: AsyncEngine, sessions: Sessions, zone: str, seed: int
) -> None:
    drawn = await draw(engine, seed, zone, days=9)
    rng, data = drawn.rng, drawn.data
    compare = rng.choice([Shift(is_preceding=True), *map(parse_shift, SHIFTS), *RANGES])
    lasting = {"field": "timestamp", "op": "gte", "value": rng.choice(("today-4d", "now-9d", "now-31h"))}
    scope = replace(drawn.scope, max_window=None, overrides=Overrides())
    scope = replace(
        scope,
        surroundings=replace(scope.surroundings, filters=lasting),
        options=replace(scope.options, compare=compare),
    )
    definitions = rng.sample(chart_cases.definitions(data, rng), 25)
    results = await run_charts(sessions, [prepare(definition, scope) for definition in definitions])
    seen = 0
    for definition, result in zip(definitions, results, strict=True):
        for value, compared in comparisons(result):
            seen += 1
            expected = number_of(data, definition, compared, ZoneInfo(zone))
            close = expected if expected is None else pytest.approx(expected, rel=1e-9)
            assert compared.value == close, (definition, compared)
            assert compared.change == Change.of(value, compared.value)
    assert seen > 20, (seed, scope)
    found = [compared for result in results for _, compared in comparisons(result)]
    await count(sessions, data, rng.sample(found, min(len(found), 40)))


async def count(sessions: Sessions, data: Dataset, items: list[Compared]) -> None:
    """The database counts the calls that the oracle of filters finds."""
    past = datetime(2000, 1, 1, tzinfo=UTC)  # nothing relative may be left in the filters
    checked = [check_json(one.filters, CALL_LOG_FIELDS, now=past, zone=UTC_ZONE, limits=COMBINED)[1] for one in items]
    async with sessions.read(data.project_id) as session:
        counts = await count_calls(session, [(data.project_id, one) for one in checked])
    for one, number in zip(items, counts, strict=True):
        assert number == sum(evaluate(one.filters, call, past, UTC_ZONE) for call in data.calls), one


def comparisons(result: Any) -> Iterator[tuple[float | None, Compared]]:
    """Each number with the one it is compared with."""
    match result:
        case BarResult():
            for series in result.series:
                assert series.compared_outside is not None
                found = [(bucket.value, bucket.compared) for bucket in series.buckets if bucket.compared]
                is_range = isinstance(result.query.options.compare, ResolvedWindow)
                assert is_range or (len(found), series.compared_outside) == (len(series.buckets), 0)
                yield from found
        case PieResult():
            for top in (1, 3, 50):
                yield from ((float(one.value), one.compared) for one in slices(result, top) if one.compared)
        case ListResult():
            yield from ((row.value, row.compared) for row in result.rows if row.compared)
        case HistogramResult():
            for series in chain.from_iterable(result.by_max_bins.values()):
                yield from ((float(one.value), one.compared) for one in series.bins if one.compared)
        case StatResult(compared=Compared() as compared):
            yield result.value, compared
        case _:
            return


def number_of(data: Dataset, definition: WidgetDefinition, compared: Compared, zone: ZoneInfo) -> float | None:
    """The number that the calls behind a comparison amount to, in plain Python."""
    calls = [
        call for call in data.calls if evaluate(compared.filters, call, datetime(2000, 1, 1, tzinfo=UTC), UTC_ZONE)
    ]
    values: list[Any] = []
    for call in calls:
        if definition.metric_id is not None:
            values += metric_values(call, definition.metric_id)
        else:
            values.append(field_value(definition.field or "id", call, zone))
    is_by_value = definition.chart_type in (ChartType.PIE, ChartType.HISTOGRAM) or (
        definition.chart_type is ChartType.LIST and definition.group_by is None
    )
    group = definition.group_by or {}
    groups = [group, group.get("then", {})]
    is_range = any(one.get("type") == "bucket" for one in groups)
    is_own = any(one.get("field") == f"metric:{definition.metric_id}" for one in groups)
    if definition.metric_id is not None and (is_by_value or is_range or is_own):
        # The rows of one call may be in different items: only how many there are at least is known from the calls.
        assert compared.sample_count >= len(calls)
        return compared.value
    if is_by_value:
        return float(len(calls))
    aggregation = definition.aggregation or Aggregation.COUNT
    return measure(aggregation, [value for value in values if value is not None])


async def test_a_partial_bucket_is_compared_with_an_equally_partial_one(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    now = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
    data = await make_dataset(engine, 7, UTC_ZONE, now, now - timedelta(days=3))
    scope = chart_scope(data.project_id, now, None, metrics=data.by_id, compare=parse_shift("7d"))
    bar = WidgetDefinition(ChartType.BAR, "timestamp", aggregation=Aggregation.COUNT, time_period=TimePeriod.DAY)
    (result,) = await run_charts(sessions, [prepare(bar, scope)])
    assert isinstance(result, BarResult)
    for bucket in result.series[0].buckets:
        assert bucket.compared is not None
        shown_for = min(bucket.end, result.end) - max(bucket.start, result.start)
        assert bucket.compared.end - bucket.compared.start == shown_for


DAY = timedelta(days=1)
BY_DAY = WidgetDefinition(ChartType.BAR, "timestamp", aggregation=Aggregation.COUNT, time_period=TimePeriod.DAY)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def shown(result: Any) -> list[tuple[float | None, float | None]]:
    """The value of each bucket and what it is compared with."""
    assert isinstance(result, BarResult)
    return [(bucket.value, bucket.compared and bucket.compared.value) for bucket in result.series[0].buckets]


@pytest.mark.parametrize(
    ("given", "earlier", "outside"),
    [
        pytest.param(("2026-02-01", "2026-02-03"), [1.0, 2.0, 3.0], 0, id="as long"),
        pytest.param(("2026-02-01", "2026-02-02"), [1.0, 2.0, None], 0, id="shorter"),
        pytest.param(("2026-02-01", "2026-02-05"), [1.0, 2.0, 3.0], 9, id="longer"),
        pytest.param(("2026-02-02T12:00:00Z", "2026-02-04T12:00:00Z"), [1.0, 3.0, 2.0], 0, id="partial days"),
        pytest.param(("now-1M/M", "now-1M/M+2d"), [1.0, 2.0, None], 0, id="rounded"),
        pytest.param(("2026-03-02", "2026-03-04"), [11.0, 12.0, 0.0], 0, id="overlapping and later"),
    ],
)
async def test_the_buckets_of_a_range_are_compared_one_by_one(
    engine: AsyncEngine, sessions: Sessions, given: tuple[str, str], earlier: list[float | None], outside: int
) -> None:
    """The days of February have 1, 2, 3 … calls, half of them in the morning; those of March 10, 11 and 12."""
    counts = {datetime(2026, 2, day, tzinfo=UTC): day for day in range(1, 9)}
    counts |= {MARCH + at * DAY: 10 + at for at in range(3)}
    times = [day + timedelta(hours=10 if at % 2 else 14) for day, count in counts.items() for at in range(count)]
    data = await store(engine, [{"call_id": str(at), "timestamp": time} for at, time in enumerate(times)])
    now = MARCH + 19 * DAY
    scope = chart_scope(
        data.project_id, now, 30 * DAY, time_from="2026-03-01", time_to="2026-03-03", compare=WrittenRange(*given)
    )
    (result,) = await run_charts(sessions, [prepare(BY_DAY, scope)])
    assert shown(result) == list(zip((10.0, 11.0, 12.0), earlier, strict=True))
    assert isinstance(result, BarResult)
    assert result.series[0].compared_outside == outside
    await count(sessions, data, [one.compared for one in result.series[0].buckets if one.compared])


async def test_one_number_is_compared_with_a_range_of_any_length(engine: AsyncEngine, sessions: Sessions) -> None:
    times = [MARCH + hours * timedelta(hours=1) for hours in (0, 1, 2, -1, -25, -49, -50)]
    data = await store(engine, [{"call_id": str(at), "timestamp": time, "topic": "a"} for at, time in enumerate(times)])
    definitions = [
        WidgetDefinition(ChartType.STAT, "timestamp"),
        WidgetDefinition(ChartType.PIE, "topic"),
        WidgetDefinition(ChartType.LIST, "topic"),
    ]
    compare = WrittenRange("2026-02-26", "2026-02-27")
    scope = chart_scope(data.project_id, MARCH + DAY, None, time_from="2026-03-01", time_to="now", compare=compare)
    results = await run_charts(sessions, [prepare(definition, scope) for definition in definitions])
    for result in results:
        assert [(value, one.value) for value, one in comparisons(result)][:1] == [(3.0, 3.0)]
        [*_, (_, one)] = comparisons(result)
        assert (one.start, one.end) == (datetime(2026, 2, 26, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC))


WRONG_RANGES = {
    "no time": (("yesterday", "now"), "INVALID_VALUE", "/compareTo/range/from", "use RFC 3339"),
    "no end": (("2026-03-01", "2026-03-41"), "INVALID_VALUE", "/compareTo/range/to", "calendar"),
    "upside down": (("now", "now-1d"), "INVALID_VALUE", "/compareTo/range/to", "is empty"),
    "no length": (("now/M", "now/M"), "INVALID_VALUE", "/compareTo/range/to", "is empty"),
    "too long": (("now-40d", "now-9d"), "LIMIT_EXCEEDED", "/compareTo/range", "spans more than 30 days"),
}


@pytest.mark.parametrize(("given", "code", "path", "message"), WRONG_RANGES.values(), ids=WRONG_RANGES)
def test_a_wrong_range_says_where(given: tuple[str, str], code: str, path: str, message: str) -> None:
    scope = chart_scope(1, MARCH, 30 * DAY, compare=WrittenRange(*given))
    with pytest.raises(InvalidWidgetError) as raised:
        prepare(BY_DAY, scope)
    assert [(fault.code, fault.path) for fault in raised.value.faults] == [(code, path)]
    assert message in str(raised.value)


def test_a_range_can_begin_before_the_limit_of_charts_but_not_have_more_buckets_than_can_be_shown() -> None:
    old = chart_scope(1, MARCH, 30 * DAY, compare=WrittenRange("2020-01-01", "2020-01-30"))
    assert prepare(BY_DAY, old).options.compare == ResolvedWindow(
        datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 31, tzinfo=UTC)
    )
    by_hour = replace(BY_DAY, time_period=TimePeriod.HOUR)
    many = chart_scope(1, MARCH, None, time_from="now-1d", compare=WrittenRange("2020-01-01", "2022-01-01"))
    with pytest.raises(InvalidWidgetError, match="more than 10,000 buckets") as raised:
        prepare(by_hour, many)
    assert [fault.path for fault in raised.value.faults] == ["/compareTo/range"]


async def test_a_range_is_settled_with_the_first_call(engine: AsyncEngine, sessions: Sessions) -> None:
    """Without a limit the window begins with the first call, which is known only when the chart is computed."""
    data = await store(engine, [{"call_id": str(day), "timestamp": MARCH + day * DAY} for day in range(5)])
    scope = chart_scope(data.project_id, MARCH + 5 * DAY, None, compare=WrittenRange("2026-03-02", "2026-03-03"))
    (result,) = await run_charts(sessions, [prepare(BY_DAY, scope)])
    assert shown(result) == [(1.0, 1.0), (1.0, 1.0), *[(1.0, None)] * 3]


async def test_a_line_is_compared_with_a_line(engine: AsyncEngine, sessions: Sessions) -> None:
    now = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
    data = await make_dataset(engine, 8, UTC_ZONE, now, now - timedelta(days=3))
    filters = {"field": "timestamp", "op": "gte", "value": "now-3d"}
    line = WidgetDefinition(ChartType.LINE, "duration", filters=filters)
    plain = chart_scope(data.project_id, now, None, metrics=data.by_id, line_points=(1000,), compare=parse_shift("3d"))
    ranged = replace(plain, options=replace(plain.options, compare=WrittenRange("now-6d", "now-3d")))
    earlier = chart_scope(
        data.project_id, now, None, metrics=data.by_id, line_points=(1000,), time_from="now-6d", time_to="now-3d"
    )
    *both, alone = await run_charts(sessions, [prepare(line, scope) for scope in (plain, ranged, earlier)])
    assert isinstance(alone, LineResult)
    assert alone.total_points > 0
    for found in both:
        assert isinstance(found, LineResult)
        assert found.earlier is not None
        assert found.earlier.by_max_points == alone.by_max_points


async def test_twelve_widgets_half_of_them_grouped_and_compared_take_few_statements(
    engine: AsyncEngine, sessions: Sessions, statements: Any
) -> None:
    now = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
    data = await make_dataset(engine, 9, UTC_ZONE, now, now - timedelta(days=3))
    by_topic = {"type": "field", "field": "topic"}
    fields = [("duration", Aggregation.AVG), ("duration", Aggregation.P95), ("success", Aggregation.AVG)]
    bars = [
        WidgetDefinition(ChartType.BAR, field, aggregation=aggregation, time_period=TimePeriod.DAY, group_by=group)
        for field, aggregation in fields
        for group in (by_topic, {"type": "field", "field": "agent_id"}, None)
    ]
    others = [
        WidgetDefinition(ChartType.PIE, "topic"),
        WidgetDefinition(ChartType.STAT),
        WidgetDefinition(ChartType.LINE, "duration"),
    ]
    scope = chart_scope(
        data.project_id,
        now,
        timedelta(days=30),
        metrics=data.by_id,
        line_points=(100,),
        compare=Shift(is_preceding=True),
    )
    queries = [prepare(definition, scope) for definition in (*bars, *others)]
    statements.clear()
    await run_charts(sessions, queries)
    assert len(statements) <= 9, statements


async def test_the_shares_of_a_bucket_add_up_to_one(engine: AsyncEngine, sessions: Sessions) -> None:
    now = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
    data = await make_dataset(engine, 10, UTC_ZONE, now, now - timedelta(days=3))
    group = {"type": "field", "field": "topic", "top": 2}
    bar = WidgetDefinition(
        ChartType.BAR, "timestamp", aggregation=Aggregation.COUNT, time_period=TimePeriod.DAY, group_by=group
    )
    scope = chart_scope(data.project_id, now, timedelta(days=30), metrics=data.by_id)
    (result,) = await run_charts(sessions, [prepare(bar, scope)])
    assert isinstance(result, BarResult)
    for buckets in zip(*(series.buckets for series in result.series), strict=True):
        total = sum(bucket.sample_count for bucket in buckets)
        if total:
            assert sum(bucket.share or 0 for bucket in buckets) == pytest.approx(1)
            assert all(bucket.share == bucket.sample_count / total for bucket in buckets)
        else:
            assert all(bucket.share is None for bucket in buckets)
