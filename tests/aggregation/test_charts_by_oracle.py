"""Every chart over generated calls shows what the oracle says, and drills down to exactly the calls behind it."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import (
    ChartError,
    InvalidFilterError,
    InvalidWidgetError,
    TimeRangeTooLongError,
    TimeRangeTooOldError,
)
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, WidgetDefinition
from aggregation.service import run_charts
from filters import COMBINED, check_json
from models import ChartType
from models.sessions import Sessions
from tests.aggregation import chart_cases
from tests.aggregation.chart_data import Dataset
from tests.aggregation.chart_oracle import Answer, ChartOracle, Empty, Item, Refused, TooLong, TooMany, TooOld
from tests.aggregation.chart_scopes import chart_scope
from tests.aggregation.chart_shown import differences, expected_items, shown
from tests.aggregation.drawn import draw
from tests.filters.oracle import evaluate

CHARTS_A_RUN = 45
UTC_ZONE = ZoneInfo("UTC")
TOPS = (1, 3, 20)

by_seed = settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no simpler
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("zone", chart_cases.ZONES)
@given(seed=st.integers(0, 2**32))
@by_seed
async def test_charts_show_what_the_oracle_says(engine: AsyncEngine, sessions: Sessions, zone: str, seed: int) -> None:
    drawn = await draw(engine, seed, zone)
    rng, data, scope, oracle = drawn.rng, drawn.data, drawn.scope, drawn.oracle
    definitions = rng.sample(chart_cases.definitions(data, rng), CHARTS_A_RUN)
    drills: list[tuple[WidgetDefinition, Item, dict[str, Any]]] = []
    faults: list[str] = []
    ran = await run(sessions, oracle, definitions)
    for definition, result in ran:
        for top in TOPS if definition.chart_type == "pie" else (20,):
            expected = oracle.answer(definition, top)
            actual, own = shown(result, top)
            if found := differences(expected, actual):
                faults.append("\n".join([f"{definition} top {top}", *found[:5]]))
                continue
            pairs = zip(expected_items(expected), own, strict=True)
            drills += [(definition, item, filters) for item, (_, filters) in pairs]
    faults += await reconcile(sessions, data, rng.sample(drills, min(len(drills), 150)), rng)
    assert not faults, "\n\n".join([f"{len(faults)} charts are wrong", str(scope), *faults[:8]])


REFUSALS: dict[type[Refused], type[ChartError]] = {
    TooOld: TimeRangeTooOldError,
    TooLong: TimeRangeTooLongError,
    Empty: InvalidFilterError,
    TooMany: InvalidWidgetError,
}


async def refused(sessions: Sessions, definition: WidgetDefinition, scope: ChartScope) -> object:
    """Why there is no chart: known from its definition, or once its window begins at the first call."""
    try:
        query = prepare(definition, scope)
    except ChartError as error:
        return error
    (result,) = await run_charts(sessions, [query])
    return result


async def run(
    sessions: Sessions, oracle: ChartOracle, definitions: list[WidgetDefinition]
) -> list[tuple[WidgetDefinition, Any]]:
    """Runs the definitions together; those that the oracle refuses must be refused for the same reason."""
    kept: list[WidgetDefinition] = []
    queries: list[Any] = []
    refusals: list[tuple[WidgetDefinition, Refused]] = []
    for definition in definitions:
        try:
            oracle.answer(definition)
        except Refused as refusal:
            refusals.append((definition, refusal))
        else:
            kept.append(definition)
            queries.append(prepare(definition, oracle.scope))
    for definition, refusal in refusals:
        error = await refused(sessions, definition, oracle.scope)
        assert isinstance(error, REFUSALS[type(refusal)]), (definition, error)
        assert str(refusal) in str(error), definition
    results = await run_charts(sessions, queries)
    for definition, result in zip(kept, results, strict=True):
        assert not isinstance(result, ChartError), (definition, result)
    return list(zip(kept, results, strict=True))


async def reconcile(
    sessions: Sessions, data: Dataset, drills: list[tuple[WidgetDefinition, Item, dict[str, Any]]], rng: random.Random
) -> list[str]:
    """The drill-down filters select exactly the calls shown: by the filters' oracle, and counted by the database."""
    faults: list[str] = []
    now = datetime(2000, 1, 1, tzinfo=UTC)  # nothing relative may be left in them
    for definition, item, filters in drills:
        found = {call["id"] for call in data.calls if evaluate(filters, call, now, UTC_ZONE)}
        if found != item.calls:
            faults.append(f"{definition} {item} drills down by {filters} to {found}")
        is_one_row_each = definition.metric_id is None or len(rows_behind(data, definition, item)) == len(item.calls)
        if is_one_row_each and len(item.calls) != item.samples:
            faults.append(f"{definition} {item} shows another number than that of its calls")
    chosen = rng.sample(drills, min(len(drills), 40))
    checked = [
        check_json(filters, CALL_LOG_FIELDS, now=now, zone=UTC_ZONE, limits=COMBINED)[1] for *_, filters in chosen
    ]
    async with sessions.read(data.project_id) as session:
        counts = await count_calls(session, [(data.project_id, one) for one in checked])
    for (definition, item, filters), count in zip(chosen, counts, strict=True):
        if count != len(item.calls):
            faults.append(f"{definition} {item} counts {count} calls by {filters}")
    return faults


def rows_behind(data: Dataset, definition: WidgetDefinition, item: Item) -> list[int]:
    """The calls behind an item, once for each evaluation with a value of the plotted metric."""
    return [
        call["id"]
        for call in data.calls
        for row in call["evaluations"]
        if call["id"] in item.calls and row["metric"]["id"] == definition.metric_id and row["value"] is not None
    ]


def test_the_oracle_refuses_windows_that_begin_too_early() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    scope = chart_scope(1, now, timedelta(days=30), time_from="now-31d")
    with pytest.raises(TooOld, match="too far in the past"):
        ChartOracle([], scope).answer(WidgetDefinition(ChartType.STAT))
    empty = ChartOracle([], chart_scope(1, now, timedelta(days=30))).answer(WidgetDefinition(ChartType.STAT))
    assert isinstance(empty, Answer)
