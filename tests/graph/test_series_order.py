"""Series in an order that their numbers do not change."""

from typing import Any

import pytest
import sqlalchemy as sa

from models import Aggregation, CallLog, ChartType, TimePeriod
from tests.graph.conftest import Saver, World

QUERY = """
query ($id: ID!, $order: SeriesOrder! = RANKED) { widget(id: $id) { data {
  ... on BarChart { series(order: $order) { label isOther sampleCount } }
  ... on LineChart { series(order: $order, maxPoints: 100) { label isOther totalPoints } }
  ... on HistogramChart { series(order: $order) { label isOther sampleCount } }
} } }
"""
BAR = {"field": "duration", "aggregation": Aggregation.COUNT, "time_period": TimePeriod.DAY}
BY_TOPIC = {"type": "field", "field": "topic"}
RANGES = {
    "type": "bucket",
    "buckets": [
        {"label": "short", "condition": {"op": "lt", "value": 30}},
        {"label": "long", "condition": {"op": "gte", "value": 80}},
    ],
    "other_label": "between",
}
CHARTS = [
    pytest.param(ChartType.BAR, BAR, id="bar"),
    pytest.param(ChartType.LINE, {"field": "duration"}, id="line"),
    pytest.param(ChartType.HISTOGRAM, {"field": "duration"}, id="histogram"),
]


async def _series(world: World, widget: str, **given: Any) -> list[Any]:
    return (await world.ask(QUERY, {"id": widget, **given}))["widget"]["data"]["series"]


def _labels(series: list[Any]) -> list[Any]:
    return ["Other" if one["isOther"] else one["label"] for one in series]


@pytest.mark.parametrize(("chart_type", "settings"), CHARTS)
async def test_the_stable_order_is_that_of_labels(
    world: World, save_widget: Saver, chart_type: ChartType, settings: dict[str, Any]
) -> None:
    widget = await save_widget("Series", chart_type, **settings, group_by=BY_TOPIC)
    ranked, stable = await _series(world, widget), await _series(world, widget, order="STABLE")
    assert _labels(ranked)[0] == "billing"
    assert _labels(stable) == ["", "billing", "delivery", "refund", None]
    assert sorted(map(str, ranked)) == sorted(map(str, stable))


async def test_it_stays_when_the_numbers_change(world: World, save_widget: Saver) -> None:
    widget = await save_widget("Series", ChartType.BAR, **BAR, group_by=BY_TOPIC)
    ranked, stable = _labels(await _series(world, widget)), _labels(await _series(world, widget, order="STABLE"))
    async with world.sessions.write(world.project_id) as session:
        few = sa.select(CallLog.id).where(CallLog.project_id == world.project_id, CallLog.topic == "billing").limit(14)
        await session.execute(
            sa.update(CallLog)
            .where(CallLog.project_id == world.project_id, CallLog.id.in_(few))
            .values(topic="refund")
            .execution_options(synchronize_session=False)
        )
    assert _labels(await _series(world, widget)) != ranked
    assert _labels(await _series(world, widget, order="STABLE")) == stable


async def test_the_series_for_all_others_is_last(world: World, save_widget: Saver) -> None:
    widget = await save_widget("Series", ChartType.BAR, **BAR, group_by={**BY_TOPIC, "top": 3})
    stable = _labels(await _series(world, widget, order="STABLE"))
    assert len(stable) == 4
    assert stable[-1] == "Other"
    assert stable[:-1] == sorted(stable[:-1], key=lambda label: (label is None, label or ""))


async def test_ranges_are_as_they_were_written(world: World, save_widget: Saver) -> None:
    widget = await save_widget("Series", ChartType.BAR, **BAR, group_by=RANGES)
    assert _labels(await _series(world, widget, order="STABLE")) == ["short", "long", "between"]
    assert _labels(await _series(world, widget))[0] == "between"


async def test_agents_are_ordered_by_number(world: World, save_widget: Saver) -> None:
    widget = await save_widget("Series", ChartType.BAR, **BAR, group_by={"type": "field", "field": "agent_id"})
    assert _labels(await _series(world, widget, order="STABLE")) == [str(number) for number in sorted(world.agents)]
