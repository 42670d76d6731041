"""Histograms in the schema: their bins, what is asked of them, and the calls behind them."""

from typing import Any

import pytest

from models import ChartType
from tests.graph.conftest import CALLS, Saver, World

DURATIONS = [10.0 + 7 * (number % 13) for number in range(CALLS) if number % 11 != 10]
BY_TOPIC = {"type": "field", "field": "topic", "top": 2}

BINS = """
query ($id: ID!, $most: Int, $compare: CompareInput) { widget(id: $id) { data(compareTo: $compare) {
  __typename
  ... on HistogramChart {
    sampleCount nullCount min max
    bins(maxBins: $most) { ...bin }
    series(maxBins: $most) { label isOther sampleCount comparedOutside calls { totalCount } bins { ...bin } }
  }
  ... on Error { message }
} } }
fragment bin on HistogramBin {
  from to value sampleCount percentage group isOther filters calls(first: 48) { totalCount edges { node { id } } }
  comparison { value change sampleCount calls { totalCount } }
}
"""


async def _chart(world: World, widget: str, **variables: Any) -> dict[str, Any]:
    chart = (await world.ask(BINS, {"id": widget, **variables}))["widget"]["data"]
    assert chart["__typename"] == "HistogramChart", chart
    return chart


async def test_the_calls_behind_a_bin_are_as_many_as_it_shows(world: World, save_widget: Saver) -> None:
    chart = await _chart(world, await save_widget("h", ChartType.HISTOGRAM, field="duration"), most=5)
    assert (chart["sampleCount"], chart["nullCount"]) == (len(DURATIONS), CALLS - len(DURATIONS))
    assert (chart["min"], chart["max"]) == (min(DURATIONS), max(DURATIONS))
    assert [(one["from"], one["to"]) for one in chart["bins"]] == [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100)]
    for one in chart["bins"]:
        inside = sum(one["from"] <= duration < one["to"] for duration in DURATIONS)
        assert one["value"] == one["sampleCount"] == one["calls"]["totalCount"] == len(one["calls"]["edges"]) == inside
        assert one["comparison"] is None
        found = await world.ask("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": one["filters"]})
        assert found["callLogs"]["totalCount"] == inside
    (series,) = chart["series"]
    assert series["bins"] == chart["bins"]
    assert (series["label"], series["calls"]["totalCount"]) == (None, len(DURATIONS))
    assert sum(one["percentage"] for one in chart["bins"]) == pytest.approx(100, abs=0.3)


async def test_groups_share_their_bins(world: World, save_widget: Saver) -> None:
    widget = await save_widget("h", ChartType.HISTOGRAM, field="duration", group_by=BY_TOPIC)
    chart = await _chart(world, widget, most=3)
    assert [(series["label"], series["isOther"]) for series in chart["series"]] == [
        ("billing", False),
        ("delivery", False),
        (None, True),
    ]
    assert sum(series["sampleCount"] for series in chart["series"]) == len(DURATIONS)
    assert len({tuple((one["from"], one["to"]) for one in series["bins"]) for series in chart["series"]}) == 1
    assert chart["bins"] == [one for series in chart["series"] for one in series["bins"]]
    for series in chart["series"]:
        assert series["calls"]["totalCount"] == series["sampleCount"]
        assert all(one["calls"]["totalCount"] == one["value"] for one in series["bins"])


async def test_evaluations_of_a_metric(world: World, save_widget: Saver) -> None:
    columns = {"field": "metric_evaluations.value", "metric_id": world.metrics["accuracy"]}
    chart = await _chart(world, await save_widget("h", ChartType.HISTOGRAM, **columns), most=5)
    values = [number % 6 for number in range(CALLS) if number % 5 != 4]
    assert (chart["sampleCount"], chart["nullCount"]) == (len(values), 0)
    assert [one["value"] for one in chart["bins"]] == [
        *(values.count(at) for at in range(4)),
        sum(v > 3 for v in values),
    ]
    assert all(one["calls"]["totalCount"] == one["value"] for one in chart["bins"])


async def test_a_comparison_has_the_same_bins(world: World, save_widget: Saver) -> None:
    last_days = {"field": "timestamp", "op": "gte", "value": "now-3d"}
    widget = await save_widget("h", ChartType.HISTOGRAM, field="duration", filters=last_days)
    chart = await _chart(world, widget, most=4, compare={"preceding": True})
    assert any(one["comparison"]["value"] for one in chart["bins"])
    for one in chart["bins"]:
        past = one["comparison"]
        assert past["value"] == past["sampleCount"] == past["calls"]["totalCount"]
        assert past["change"] == one["value"] - past["value"]
    assert chart["series"][0]["comparedOutside"] == 0


@pytest.mark.parametrize(("most", "bins"), [(None, 20), (20, 20), (2, 2), (100, 91)])
async def test_the_bound_is_seen_wherever_it_stands(
    world: World, save_widget: Saver, most: int | None, bins: int
) -> None:
    query = """query ($id: ID!, $most: Int) { widget(id: $id) { data { ...one ... on HistogramChart {
        bins { value } two: bins(maxBins: 2) { value } } } } }
        fragment one on ChartData { ... on Chart { ...asked } }
        fragment asked on HistogramChart { asked: bins(maxBins: $most) { value } }"""
    widget = await save_widget("h", ChartType.HISTOGRAM, field="duration")
    chart = (await world.ask(query, {"id": widget, "most": most}))["widget"]["data"]
    assert len(chart["asked"]) <= bins
    assert (len(chart["bins"]) <= 20, len(chart["two"]) <= 2) == (True, True)
    for name in ("asked", "bins", "two"):
        assert sum(one["value"] for one in chart[name]) == len(DURATIONS)


@pytest.mark.parametrize("most", [0, 1, 101, -5])
async def test_a_bound_out_of_bounds_is_refused(world: World, save_widget: Saver, most: int) -> None:
    widget = await save_widget("h", ChartType.HISTOGRAM, field="duration")
    error = await world.refused(
        "query ($id: ID!, $most: Int) { widget(id: $id) { data { ... on HistogramChart { bins(maxBins: $most) "
        "{ value } } } } }",
        {"id": widget, "most": most},
    )
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["message"] == f"maxBins is {most}, but must be 2 to 100."


async def test_a_wrong_bound_leaves_the_rest_of_the_answer(world: World, save_widget: Saver) -> None:
    widget = await save_widget("h", ChartType.HISTOGRAM, field="duration")
    query = """query ($id: ID!) {
        widget(id: $id) { data { ... on HistogramChart {
            sampleCount wrong: bins(maxBins: 101) { value } bins(maxBins: 2) { value } } } }
        previewWidget(input: {chartType: STAT}) { ... on StatChart { overview { totalCalls } } } }"""
    result = await world.run(query, {"id": widget})
    assert [error.path for error in result.errors or ()] == [["widget", "data", "wrong"]]
    assert result.data is not None
    chart = result.data["widget"]["data"]
    assert (chart["sampleCount"], chart["wrong"]) == (len(DURATIONS), None)
    assert sum(one["value"] for one in chart["bins"]) == len(DURATIONS)
    assert result.data["previewWidget"] == {"overview": {"totalCalls": CALLS}}


PREVIEW = """query ($i: PreviewWidgetInput!) { previewWidget(input: $i) {
    __typename ... on InvalidWidget { faults { path } } } }"""


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"field": "agent_id"}, "/chartType"),
        ({"field": "topic"}, "/chartType"),
        ({"field": "timestamp"}, "/chartType"),
        ({"field": "duration", "aggregation": "AVG"}, "/aggregation"),
        ({"field": None}, "/field"),
    ],
)
async def test_what_has_no_histogram_is_refused(world: World, more: dict[str, Any], path: str) -> None:
    found = (await world.ask(PREVIEW, {"i": {"chartType": "HISTOGRAM", **more}}))["previewWidget"]
    assert found == {"__typename": "InvalidWidget", "faults": [{"path": path}]}


async def test_the_catalogue_offers_it_for_quantities(world: World) -> None:
    fields = (await world.ask("{ widgetFields { name chartTypes } }"))["widgetFields"]
    offered = {field["name"] for field in fields if "HISTOGRAM" in field["chartTypes"]}
    assert offered == {"duration", "metric_evaluations.value", "metadata.KEY::number"}
