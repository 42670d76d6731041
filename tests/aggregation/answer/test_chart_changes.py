"""What differs between two answers: nothing is lost, and nothing is told that shows the same."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregation.answer.chart_changes import change_between
from aggregation.answer.charts import assemble
from aggregation.answer.item_keys import keys_of, of_series
from aggregation.answer.results import BarResult
from aggregation.compute.plan import Answers, Plan
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, Surroundings, WidgetDefinition
from models import Aggregation, ChartType, TimePeriod

NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
GROUP = {"type": "field", "field": "topic"}
DAYS = {"field": "timestamp", "op": "gte", "value": "today-6d"}

Row = tuple[int, int, str | None, bool, list[float]]


def bars(rows: list[Row], *, now: datetime = NOW, group: Any = GROUP) -> BarResult:
    """The bars of rows of the first shape: position, label and other, with the number of values and their average."""
    definition = WidgetDefinition(
        ChartType.BAR, "duration", aggregation=Aggregation.AVG, time_period=TimePeriod.DAY, group_by=group
    )
    scope = ChartScope(1, now, timedelta(days=30), Surroundings(filters=DAYS))
    query = prepare(definition, scope)
    found = assemble(query, Answers(Plan.of([query], is_split=False), rows))
    assert isinstance(found, BarResult)
    return found


def drawn(chance: random.Random) -> list[Row]:
    return [
        (0, position, label, False, [float(chance.randint(1, 3)), chance.choice([1.0, 2.5, 60.0])])
        for label in ("billing", "delivery")
        for position in range(1, 8)
        if chance.random() < 0.7
    ]


def shown(result: BarResult) -> dict[str, tuple[Any, ...]]:
    return {
        keys_of([bucket.start], of_series(bucket.group, bucket.is_other))[0]: (
            bucket.end, bucket.value, bucket.sample_count, bucket.share, bucket.is_partial, bucket.is_filled
        )
        for series in result.series
        for bucket in series.buckets
    }  # fmt: skip


def test_changes_lead_from_any_answer_to_any_other() -> None:
    chance = random.Random(4)
    for _ in range(200):
        before, after = bars(drawn(chance)), bars(drawn(chance), now=NOW + timedelta(days=chance.randint(0, 2)))
        change = change_between(before, after)
        if change is None:
            assert shown(before) == shown(after)
            continue
        assert isinstance(change.result, BarResult)
        told = {} if change.is_whole else shown(before)
        for key in change.removed:
            del told[key]
        told |= shown(change.result)
        assert told == shown(after)
        if not change.is_whole:
            assert all(shown(before).get(key) != value for key, value in shown(change.result).items())


def test_sums_in_another_order_are_no_change() -> None:
    row: Row = (0, 1, "billing", False, [3.0, 0.1 + 0.2 + 0.3])
    other: Row = (0, 1, "billing", False, [3.0, 0.3 + 0.2 + 0.1])
    assert row[-1] != other[-1]
    assert change_between(bars([row]), bars([other])) is None
    assert change_between(bars([row]), bars([(0, 1, "billing", False, [3.0, 0.6000001])])) is not None


def test_the_moment_and_the_source_are_no_change() -> None:
    before = bars([(0, 1, "billing", False, [3.0, 1.0])])
    after = replace(before, query=replace(before.query, as_of=NOW + timedelta(seconds=5)), relative_error=0.0)
    assert change_between(before, after) is None


def test_other_series_or_another_kind_of_chart_are_whole() -> None:
    before = bars([(0, 1, "billing", False, [3.0, 1.0])])
    for after in (bars([(0, 1, None, False, [3.0, 1.0])]), bars([(0, 1, None, True, [3.0, 1.0])])):
        change = change_between(before, after)
        assert change is not None
        assert change.is_whole
