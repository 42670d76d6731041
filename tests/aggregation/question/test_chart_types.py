"""The table of chart types: whole, as the page has it, and as the schema and the service have it."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, GraphQLUnionType, build_schema, get_named_type

from aggregation.answer.charts import ANSWERS
from aggregation.compute.plan import Plan
from aggregation.compute.shapes import Ranking
from aggregation.functions.table import aggregations_of
from aggregation.question.chart_types import FORMS, ChartForm, Groups, Plots, Takes, by_chart_type
from aggregation.question.earlier_window import parse_shift
from aggregation.question.faults import InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import Spread, WidgetDefinition
from aggregation.question.value_ranges import with_ranges
from aggregation.stored.task import Task
from graph.chart_names import CHART_NAMES
from graph.schema import print_sdl
from models import Aggregation, ChartType, DataType, TimePeriod
from tests.aggregation.chart_scopes import chart_scope

SHORT = {"type": "bucket", "buckets": [{"label": "short", "condition": {"op": "lt", "value": 60}}]}
PAGE = (Path(__file__).parents[3] / "docs" / "charts.md").read_text()


@pytest.fixture(scope="module")
def sdl() -> GraphQLSchema:
    return build_schema(print_sdl())


def on_the_page(form: ChartForm) -> str:
    """The row as docs/charts.md has it."""
    needs = [
        *([] if form.has_overview else ["field"]),
        *(["aggregation"] if form.needs_aggregation else []),
        *(["period"] if form.needs_period else []),
    ]
    usual = {aggregation.name for aggregation in form.default_aggregations.values()}
    cells = (
        form.chart_type.name,
        form.meaning,
        ", ".join(needs) or "nothing",
        form.groups,
        " or ".join(sorted(usual)) or "none",
        form.counts_only,
        form.shows_no_value,
        ", ".join(asked for asked in Takes if asked in form.takes),
        "yes" if form.is_preaggregated else "no",
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.chart_type.name)
def test_the_page_has_the_row(form: ChartForm) -> None:
    assert on_the_page(form) in PAGE.splitlines()


@pytest.mark.parametrize("data_type", DataType)
def test_the_page_has_the_same_valid_combinations(data_type: DataType) -> None:
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| {data_type} |"))
    (head,) = (line for line in PAGE.splitlines() if line.startswith("| data type |"))
    said = dict(zip(head.split("|")[2:-2], line.split("|")[2:-2], strict=True))
    expected = {form.chart_type.name: form.plots.get(data_type, "") for form in FORMS.values()}
    assert {name.strip(): cell.strip() for name, cell in said.items()} == expected
    assert line.split("|")[-2].split() == [aggregation.name for aggregation in aggregations_of(data_type)]


@pytest.mark.parametrize("entry", [field.name for field in fields(ChartForm)])
@pytest.mark.parametrize("row", FORMS.values(), ids=lambda row: row.chart_type.name)
def test_a_row_without_an_entry_is_refused(row: ChartForm, entry: str) -> None:
    entries = {field.name: getattr(row, field.name) for field in fields(row)}
    assert ChartForm(**entries) == row
    del entries[entry]
    with pytest.raises(TypeError, match=entry):
        ChartForm(**entries)


@pytest.mark.parametrize("chart_type", ChartType)
def test_a_chart_type_without_a_row_or_with_two_is_refused(chart_type: ChartType) -> None:
    others = [row for row in FORMS.values() if row.chart_type is not chart_type]
    with pytest.raises(LookupError, match=rf": {chart_type.name}\."):
        by_chart_type(others)
    with pytest.raises(LookupError, match=rf": {chart_type.name}\."):
        by_chart_type([*FORMS.values(), FORMS[chart_type]])


def test_every_chart_type_is_answered() -> None:
    assert [*ANSWERS] == [*ChartType]


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.chart_type.name)
def test_what_a_row_says_goes_together(form: ChartForm) -> None:
    assert not (form.needs_aggregation and form.default_aggregations)
    assert form.plots
    assert (form.groups is Groups.RANGES) == (Plots.RANGES in form.plots.values())
    assert form.groups is Groups.ANYTHING or Plots.GROUPED not in form.plots.values()
    for data_type, aggregation in form.default_aggregations.items():
        assert aggregation in aggregations_of(data_type)


MARKS = {
    Takes.COMPARISON: {"comparison"},
    Takes.INTERVALS: {"interval"},
    Takes.POINTS: {"maxPoints"},
    Takes.BINS: {"maxBins"},
    Takes.TOP: {"top"},
    Takes.ROWS: {"first"},
}
"""By what can be asked of a chart, the fields and arguments that its type of the schema has for it."""


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.chart_type.name)
def test_the_schema_has_a_type_with_what_can_be_asked(sdl: GraphQLSchema, form: ChartForm) -> None:
    union, chart = sdl.type_map["ChartData"], sdl.type_map[CHART_NAMES[form.chart_type]]
    assert isinstance(union, GraphQLUnionType)
    assert isinstance(chart, GraphQLObjectType)
    assert chart in union.types
    items = [
        found for field in chart.fields.values() if isinstance(found := get_named_type(field.type), GraphQLObjectType)
    ]
    names = {*chart.fields, *(name for item in items for name in item.fields)}
    names |= {name for field in chart.fields.values() if "[" in str(field.type) for name in field.args}
    assert {asked for asked, marks in MARKS.items() if marks & names} == form.takes


def test_ranges_that_were_made_from_the_values_are_not_pre_aggregated() -> None:
    scope = chart_scope(1, datetime(2026, 6, 1, tzinfo=UTC), timedelta(days=30))
    for group, is_served in (({"type": "bins"}, False), (SHORT, True)):
        query = prepare(WidgetDefinition(ChartType.PIE, "duration", group_by=group), scope)
        settled = with_ranges(query, Spread(2, 0, 1.0, 9.0)) if query.has_bins else query
        measures = Plan.of([settled], is_split=True).measures
        (ranking,) = (planned for planned in measures if isinstance(planned.shape, Ranking))
        assert (Task.of(ranking, measures[ranking]) is not None) is is_served


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.chart_type.name)
def test_pre_aggregates_serve_what_the_row_says(form: ChartForm) -> None:
    field = "duration" if DataType.NUMBER in form.plots and Plots.RANGES not in form.plots.values() else "success"
    definition = WidgetDefinition(
        form.chart_type,
        field,
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.DAY if form.needs_period else None,
        group_by={"type": "field", "field": "topic"} if Plots.GROUPED in form.plots.values() else None,
    )
    now = datetime(2026, 6, 1, tzinfo=UTC)
    query = prepare(definition, chart_scope(1, now, timedelta(days=30), line_points=(100,)))
    measures = Plan.of([query], is_split=True, is_ahead=True).measures
    tasks = [Task.of(planned, own) for planned, own in measures.items()]
    assert tasks
    assert all(task is not None for task in tasks) == form.is_preaggregated


@pytest.mark.parametrize("chart_type", [ChartType.STAT, ChartType.HISTOGRAM])
def test_a_comparison_that_a_chart_does_not_take_is_refused(
    monkeypatch: pytest.MonkeyPatch, chart_type: ChartType
) -> None:
    definition = WidgetDefinition(chart_type, "duration")
    scope = chart_scope(1, datetime(2026, 6, 1, tzinfo=UTC), timedelta(days=30), compare=parse_shift("7d"))
    assert prepare(definition, scope).options.compare is not None
    form = FORMS[chart_type]
    monkeypatch.setitem(FORMS, chart_type, replace(form, takes=form.takes - {Takes.COMPARISON}))
    with pytest.raises(InvalidWidgetError) as raised:
        prepare(definition, scope)
    (fault,) = raised.value.faults
    assert (fault.code, fault.path) == ("INVALID_COMBINATION", "/compareTo")
    assert f"A {chart_type.name} chart does not support comparisons. Chart types that do: LINE, BAR" in fault.message
