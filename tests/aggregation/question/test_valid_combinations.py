"""Which data type goes with which chart type and aggregation, and what a refusal says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aggregation.question.chart_types import FORMS
from aggregation.question.faults import InvalidFilterError, InvalidWidgetError
from aggregation.question.prepare import prepare, validate
from aggregation.question.query import MetricRef, WidgetDefinition
from aggregation.question.validate import refuse_unused, validate_widget
from models import Aggregation, ChartType, EvaluationType, TimePeriod
from tests.aggregation.chart_scopes import chart_scope

NUMERIC, RATING, BINARY, ENUM = (
    MetricRef(number, kind.value, kind)
    for number, kind in enumerate(
        (EvaluationType.NUMERIC, EvaluationType.RATING, EvaluationType.BINARY, EvaluationType.ENUM), start=1
    )
)
METRICS = {metric.id: metric for metric in (NUMERIC, RATING, BINARY, ENUM)}
VALUE = "metric_evaluations.value"
GROUP = {"type": "field", "field": "topic"}

# The table of the rules: data type -> charts, aggregations.
CHARTS = {
    "number": "line bar pie list stat histogram",
    "identifier": "line bar list stat",
    "metric number": "line bar pie list stat histogram",
    "boolean": "bar pie list stat",
    "string": "bar pie list stat",
    "datetime": "line bar stat",
}
AGGREGATIONS = {
    "number": "count sum avg min max p50 p75 p90 p95 p99 stddev count_distinct",
    "identifier": "count sum avg min max p50 p75 p90 p95 p99 stddev count_distinct",
    "metric number": "count sum avg min max p50 p75 p90 p95 p99 stddev count_distinct",
    "boolean": "count avg count_distinct",
    "string": "count count_distinct",
    "datetime": "count min max count_distinct",
}
FIELDS: dict[str, list[tuple[str, int | None]]] = {
    "number": [("duration", None), ("metadata.turns::number", None)],
    "identifier": [("agent_id", None)],
    "metric number": [(VALUE, NUMERIC.id), (VALUE, RATING.id)],
    "boolean": [("success", None), ("is_reviewed", None), ("metadata.vip::boolean", None), (VALUE, BINARY.id)],
    "string": [
        ("call_ended_reason", None),
        ("dropoff_point", None),
        ("topic", None),
        ("agent.agent_name", None),
        ("customer_number", None),
        ("metadata.org_name", None),
        (VALUE, ENUM.id),
    ],
    "datetime": [("timestamp", None)],
}
BINS = {"type": "bins", "max_bins": 5}
COUNTS = (ChartType.PIE, ChartType.HISTOGRAM)
EVERY_FIELD = [(kind, name, metric) for kind, fields in FIELDS.items() for name, metric in fields]
IDS = [f"{name}-{metric or kind}" for kind, name, metric in EVERY_FIELD]


def faults_of(definition: WidgetDefinition) -> dict[str, Any]:
    """The faults by path; none when it is valid."""
    try:
        validate_widget(definition, METRICS)
    except InvalidWidgetError as error:
        return {fault.path: fault for fault in error.faults}
    return {}


@pytest.mark.parametrize("chart", ChartType)
@pytest.mark.parametrize(("kind", "name", "metric"), EVERY_FIELD, ids=IDS)
def test_every_chart_type_with_every_aggregation(kind: str, name: str, metric: int | None, chart: ChartType) -> None:
    for aggregation in Aggregation:
        is_number = "number" in kind or kind == "identifier"
        ranges = BINS if is_number and kind != "identifier" else None
        group = GROUP if chart is ChartType.LIST else ranges if chart is ChartType.PIE else None
        definition = WidgetDefinition(chart, name, metric, aggregation, TimePeriod.DAY, group)
        found = faults_of(definition)
        expected: set[str] = set()
        if chart.value not in CHARTS[kind].split():
            expected.add("/chartType")
            assert found["/chartType"].code == "INVALID_COMBINATION"
            assert set(found["/chartType"].allowed) == {chart.upper() for chart in CHARTS[kind].split()}
        if aggregation.value not in AGGREGATIONS[kind].split():
            expected.add("/aggregation")
            assert found["/aggregation"].code == "INVALID_COMBINATION"
            if chart not in COUNTS:
                assert list(found["/aggregation"].allowed) == AGGREGATIONS[kind].upper().split()
        if chart in COUNTS and aggregation is not Aggregation.COUNT:
            expected.add("/aggregation")
        assert set(found) == expected, definition


@pytest.mark.parametrize(("kind", "name", "metric"), EVERY_FIELD, ids=IDS)
def test_lists_without_grouping(kind: str, name: str, metric: int | None) -> None:
    found = faults_of(WidgetDefinition(ChartType.LIST, name, metric))
    is_number = "number" in kind or kind == "identifier"
    expected = {"/groupBy"} if is_number else {"/chartType"} if kind == "datetime" else set()
    assert set(found) == expected
    if is_number:
        assert found["/groupBy"].code == "REQUIRED"


REFUSED = {
    "bar without aggregation": (
        WidgetDefinition(ChartType.BAR, "topic", time_period=TimePeriod.DAY),
        {"/aggregation": ("REQUIRED", ("COUNT", "COUNT_DISTINCT"))},
    ),
    "bar without period": (
        WidgetDefinition(ChartType.BAR, "topic", aggregation=Aggregation.COUNT),
        {"/timePeriod": ("REQUIRED", tuple(period.name for period in TimePeriod))},
    ),
    "no field": (WidgetDefinition(ChartType.PIE), {"/field": ("REQUIRED", None)}),
    "overview with aggregation": (
        WidgetDefinition(ChartType.STAT, aggregation=Aggregation.COUNT),
        {"/aggregation": ("INVALID_COMBINATION", ())},
    ),
    "overview with metric": (WidgetDefinition(ChartType.STAT, metric_id=1), {"/metricId": ("INVALID_VALUE", ())}),
    "unknown field": (WidgetDefinition(ChartType.PIE, "topik"), {"/field": ("UNKNOWN_FIELD", None)}),
    "a filter field that is not plottable": (
        WidgetDefinition(ChartType.PIE, "call_id"),
        {"/field": ("UNKNOWN_FIELD", None)},
    ),
    "nested metadata": (WidgetDefinition(ChartType.PIE, "metadata.a.b"), {"/field": ("UNKNOWN_FIELD", None)}),
    "metadata without key": (WidgetDefinition(ChartType.PIE, "metadata."), {"/field": ("UNKNOWN_FIELD", None)}),
    "unknown type of metadata": (
        WidgetDefinition(ChartType.PIE, "metadata.a::integer"),
        {"/field": ("UNKNOWN_FIELD", None)},
    ),
    "metadata numbers by value": (
        WidgetDefinition(
            ChartType.BAR,
            "topic",
            None,
            Aggregation.COUNT,
            TimePeriod.DAY,
            {"type": "field", "field": "metadata.a::number"},
        ),
        {"/groupBy/field": ("INVALID_GROUP", None)},
    ),
    "no metric": (WidgetDefinition(ChartType.PIE, VALUE), {"/metricId": ("REQUIRED", ())}),
    "unknown metric": (WidgetDefinition(ChartType.PIE, VALUE, 99), {"/metricId": ("UNKNOWN_METRIC", ())}),
    "metric on a call's field": (WidgetDefinition(ChartType.PIE, "topic", 1), {"/metricId": ("INVALID_VALUE", ())}),
    "pie by average": (
        WidgetDefinition(ChartType.PIE, "success", aggregation=Aggregation.AVG),
        {"/aggregation": ("INVALID_COMBINATION", ("COUNT",))},
    ),
    "list of its own values by average": (
        WidgetDefinition(ChartType.LIST, "success", aggregation=Aggregation.AVG),
        {"/aggregation": ("INVALID_COMBINATION", ("COUNT",))},
    ),
    "list of its own values by another count": (
        WidgetDefinition(ChartType.LIST, "topic", aggregation=Aggregation.COUNT_DISTINCT),
        {"/aggregation": ("INVALID_COMBINATION", ("COUNT",))},
    ),
    "pie with grouping": (
        WidgetDefinition(ChartType.PIE, "topic", group_by=GROUP),
        {"/groupBy": ("INVALID_COMBINATION", ("LINE", "BAR", "LIST", "HISTOGRAM"))},
    ),
    "pie of a number by a field": (
        WidgetDefinition(ChartType.PIE, "duration", group_by=GROUP),
        {"/groupBy": ("INVALID_COMBINATION", ("LINE", "BAR", "LIST", "HISTOGRAM"))},
    ),
    "pie of a number without ranges": (WidgetDefinition(ChartType.PIE, "duration"), {"/groupBy": ("REQUIRED", ())}),
    "pie of texts by ranges": (
        WidgetDefinition(ChartType.PIE, "topic", group_by={"type": "bins"}),
        {"/groupBy/type": ("INVALID_GROUP", ())},
    ),
    "pie of what only tells agents apart": (
        WidgetDefinition(ChartType.PIE, "agent_id", group_by={"type": "bins"}),
        {"/chartType": ("INVALID_COMBINATION", None), "/groupBy/type": ("INVALID_GROUP", ())},
    ),
    "pie by bins with another key": (
        WidgetDefinition(ChartType.PIE, "duration", group_by={"type": "bins", "top": 5}),
        {"/groupBy": ("INVALID_GROUP", ("type", "max_bins"))},
    ),
    "bar by bins": (
        WidgetDefinition(
            ChartType.BAR, "duration", None, Aggregation.AVG, TimePeriod.DAY, {"type": "bins", "max_bins": 5}
        ),
        {"/groupBy/type": ("INVALID_COMBINATION", ("field", "bucket"))},
    ),
    "stat with grouping": (
        WidgetDefinition(ChartType.STAT, "topic", group_by=GROUP),
        {"/groupBy": ("INVALID_COMBINATION", ("LINE", "BAR", "LIST", "HISTOGRAM"))},
    ),
    "everything at once": (
        WidgetDefinition(ChartType.BAR, "topic", 1, Aggregation.P95, None, {"type": "field", "field": "nix"}),
        {
            "/metricId": ("INVALID_VALUE", ()),
            "/aggregation": ("INVALID_COMBINATION", ("COUNT", "COUNT_DISTINCT")),
            "/timePeriod": ("REQUIRED", None),
            "/groupBy/field": ("INVALID_GROUP", None),
        },
    ),
}


@pytest.mark.parametrize(("definition", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_code_place_and_what_is_allowed(
    definition: WidgetDefinition, expected: dict[str, tuple[str, tuple[str, ...] | None]]
) -> None:
    found = faults_of(definition)
    assert set(found) == set(expected)
    for path, (code, allowed) in expected.items():
        assert found[path].code == code
        assert found[path].allowed if allowed is None else found[path].allowed == allowed


def test_an_unknown_field_suggests_the_near_one() -> None:
    assert 'Did you mean "topic"?' in faults_of(WidgetDefinition(ChartType.PIE, "topik"))["/field"].message


@pytest.mark.parametrize(
    ("field", "metric", "chart", "expected"),
    [
        ("duration", None, ChartType.STAT, Aggregation.AVG),
        (VALUE, RATING.id, ChartType.STAT, Aggregation.AVG),
        ("topic", None, ChartType.STAT, Aggregation.COUNT),
        ("success", None, ChartType.LIST, Aggregation.COUNT),
        ("timestamp", None, ChartType.STAT, Aggregation.COUNT),
        ("topic", None, ChartType.PIE, Aggregation.COUNT),
    ],
)
def test_aggregations_that_are_taken_where_none_is_given(
    field: str, metric: int | None, chart: ChartType, expected: Aggregation
) -> None:
    assert validate_widget(WidgetDefinition(chart, field, metric), METRICS).aggregation is expected


def test_a_widget_is_saved_only_with_filters_that_can_be_checked() -> None:
    definition = WidgetDefinition(ChartType.PIE, "topic", filters={"field": "topik", "op": "eq", "value": 1})
    with pytest.raises(InvalidFilterError) as raised:
        validate(definition, METRICS, now=datetime(2026, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC"))
    assert raised.value.origin == "widget"
    assert raised.value.faults[0].path == "/field"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "a\0b", "/etc/localtime", "Europe"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    scope = chart_scope(1, datetime(2026, 1, 1, tzinfo=UTC), None, time_zone=zone)
    with pytest.raises(InvalidWidgetError, match=r"The time zone .* does not exist\. Use an IANA name"):
        prepare(WidgetDefinition(ChartType.PIE, "topic"), scope)


@pytest.mark.parametrize("chart_type", [chart for chart in ChartType if not FORMS[chart].needs_period])
def test_a_period_that_a_chart_does_not_heed_is_refused_where_it_is_written(chart_type: ChartType) -> None:
    given = WidgetDefinition(chart_type, "duration", time_period=TimePeriod.DAY)
    with pytest.raises(InvalidWidgetError) as raised:
        refuse_unused(given)
    assert [(fault.code, fault.path) for fault in raised.value.faults] == [("INVALID_COMBINATION", "/timePeriod")]
    assert "chart types that support one: BAR" in str(raised.value)
    refuse_unused(replace(given, time_period=None))


@pytest.mark.parametrize("chart_type", [chart for chart, form in FORMS.items() if not form.has_overview])
def test_a_chart_without_a_field_is_offered_only_fields_that_it_takes(chart_type: ChartType) -> None:
    """What a refusal allows is allowed: asked again with one of them, no fault names the chart type."""
    allowed = faults_of(WidgetDefinition(chart_type, aggregation=Aggregation.COUNT))["/field"].allowed
    assert allowed
    for _, name, metric in EVERY_FIELD:
        faults = faults_of(WidgetDefinition(chart_type, name, metric, Aggregation.COUNT, None, GROUP))
        if name.startswith("metadata."):
            name = f"metadata.KEY{''.join(name.partition('::')[1:])}"
        if "/chartType" not in faults:
            assert name in allowed
        elif metric is None:
            assert name not in allowed
