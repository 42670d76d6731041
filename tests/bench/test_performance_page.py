"""docs/performance.md shows the figures of bench/results.json, and the benchmark notices where numbers differ."""

import json
from typing import Any

import pytest

from aggregation.question.query import WidgetDefinition
from bench import agreement
from bench.agreement import Disagreement
from bench.dozen import Chart
from bench.report import BEGIN, END, PAGE, RESULTS, rendered
from bench.table import Row
from models import ChartType

PIE = Chart("reasons", WidgetDefinition(ChartType.PIE, "call_ended_reason"), "")
STAT = Chart("duration", WidgetDefinition(ChartType.STAT, "duration"), "")


def test_the_page_shows_the_results() -> None:
    page = PAGE.read_text()
    assert page.count(BEGIN) == page.count(END) == 1
    if not RESULTS.exists():
        pytest.skip("there are no results here")
    assert rendered(page, json.loads(RESULTS.read_text())) == page


def test_a_missed_bound_is_told() -> None:
    row = Row("Slow", 0.3, 0.1, "fast", 1)
    assert not row.is_met
    assert row.ratio == pytest.approx(3)
    assert row.times_faster == pytest.approx(1 / 3)


def pie(**slices: int) -> dict[str, Any]:
    return {"__typename": "PieChart", "slices": [{"label": label, "value": value} for label, value in slices.items()]}


def stat(value: float, count: int) -> dict[str, Any]:
    earlier = {"previousValue": 7.0, "previousSampleCount": 1}
    return {"__typename": "StatChart", "value": value, "sampleCount": count, **earlier}


@pytest.mark.parametrize(
    ("chart", "answer", "rows", "error"),
    [
        (PIE, pie(a=3, b=1), [("b", 1), ("a", 3)], 0),
        (STAT, stat(2.5, 4), [(True, 2.5, 4), (False, 7.0, 1)], 0),
        (STAT, stat(2.52, 4), [(True, 2.5, 4), (False, 7.0, 1)], 0.01),
    ],
    ids=["labels", "averages", "percentiles within their error"],
)
def test_equal_numbers_agree(chart: Chart, answer: dict[str, Any], rows: list[tuple[Any, ...]], error: float) -> None:
    agreement.compare(chart, agreement.answered(answer), agreement.of_rows(chart, rows), "SQL", error)


@pytest.mark.parametrize(
    ("chart", "answer", "rows", "error"),
    [
        (PIE, pie(a=3, b=1), [("b", 1), ("a", 4)], 0.5),
        (PIE, pie(a=3), [("b", 1), ("a", 3)], 0),
        (STAT, stat(2.5000001, 4), [(True, 2.5, 4), (False, 7.0, 1)], 0),
        (STAT, stat(2.6, 4), [(True, 2.5, 4), (False, 7.0, 1)], 0.01),
    ],
    ids=["a count", "a missing label", "an average", "a percentile beyond its error"],
)
def test_other_numbers_do_not(chart: Chart, answer: dict[str, Any], rows: list[tuple[Any, ...]], error: float) -> None:
    with pytest.raises(Disagreement):
        agreement.compare(chart, agreement.answered(answer), agreement.of_rows(chart, rows), "SQL", error)
