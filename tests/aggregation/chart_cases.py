"""Definitions and scopes to test with: every field, chart type and aggregation that goes together."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.functions.table import aggregations_of
from aggregation.question.chart_types import FORMS, ChartForm, Groups, Plots, When, charts_of
from aggregation.question.query import ChartScope, WidgetDefinition
from models import Aggregation, DataType, TimePeriod, Weekday
from models.call_fields import CALL_FIELDS
from tests.aggregation.chart_data import Dataset
from tests.aggregation.chart_scopes import chart_scope

BESIDE = {
    "agent_id": DataType.NUMBER,
    "agent.agent_name": DataType.STRING,
    "metadata.region": DataType.STRING,
    "metadata.region::boolean": DataType.BOOLEAN,
    "hour_of_day": DataType.STRING,
    "day_of_week": DataType.STRING,
}
"""What can be plotted, and grouped by, beside the fields of the table."""

METADATA_NUMBER = "metadata.turns::number"
PLOTTED = (
    {field.name: field.data_type for field in CALL_FIELDS if field.is_plottable}
    | BESIDE
    | {METADATA_NUMBER: DataType.NUMBER}
)
GROUPED = (*(field.name for field in CALL_FIELDS if field.is_groupable), *BESIDE)

ZONES = {
    # zone: a moment at which its clock changes, and a present moment some days after it
    "America/New_York": datetime(2026, 11, 1, 6, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
    "Asia/Kathmandu": datetime(2026, 1, 31, 18, 15, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 11, 4, 3, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "UTC": datetime(2026, 3, 1, tzinfo=UTC),
}


def plotted(data: Dataset) -> list[tuple[str, int | None, tuple[Aggregation, ...], DataType]]:
    """Field, metric, aggregations, data type."""
    metrics = data.metrics
    value = "metric_evaluations.value"
    return [
        (name, metric, aggregations_of(kind), kind)
        for name, metric, kind in (
            *((name, None, kind) for name, kind in PLOTTED.items()),
            (value, metrics["latency"].id, DataType.NUMBER),
            (value, metrics["stars"].id, DataType.NUMBER),
            (value, metrics["resolved"].id, DataType.BOOLEAN),
            (value, metrics["mood"].id, DataType.STRING),
        )
    ]


RANGES = [
    {"label": "none", "condition": {"op": "lte", "value": 0}},
    {"label": "short", "condition": {"op": "lt", "value": 60}},
    {
        "label": "even",
        "condition": {"operator": "or", "conditions": [{"op": "eq", "value": 60}, {"op": "in", "value": [4]}]},
    },
    {"label": "none", "condition": {"op": "gt", "value": 300}},
]


def groupings(data: Dataset, rng: random.Random, *, is_number: bool) -> list[Any]:
    metrics = data.metrics
    top = rng.choice(({}, {"top": 1}, {"top": 2}, {"top": 3}))
    names = (*GROUPED, f"metric:{metrics['mood'].id}", f"metric:{metrics['resolved'].id}")
    found: list[Any] = [{"type": "field", "field": name, **top} for name in names]
    if is_number:
        found.append({"type": "bucket", "buckets": RANGES, "other_label": "rest; '\"", **top})
        found.append({"type": "bucket", "buckets": RANGES[:2]})
    return found


def ranges_of(rng: random.Random) -> list[Any]:
    """Ranges of a number for a pie: given ones, and equal ones."""
    given = {"type": "bucket", "buckets": RANGES, "other_label": "rest; '\""}
    return [given, {"type": "bucket", "buckets": RANGES[:2]}, {"type": "bins", "max_bins": rng.choice((2, 3, 10, 30))}]


def definitions(data: Dataset, rng: random.Random) -> list[WidgetDefinition]:
    """One definition for each valid combination of the tables, with a period, grouping and filter by chance."""
    found = [WidgetDefinition(form.chart_type, filters=widget_filter(data, rng)) for form in OVERVIEWS]
    for name, metric, aggregations, kind in plotted(data):
        for chart_type in charts_of(kind, is_identifier=name == "agent_id"):
            form = FORMS[chart_type]
            for more in _chosen(form, kind, aggregations):
                group = _group(data, rng, form, kind, name, is_needed=more.pop("is_grouped", False))
                if form.groups is Groups.RANGES and kind is DataType.NUMBER:
                    group = rng.choice([*([] if metric is None else [None]), *ranges_of(rng)])
                if form.needs_period:
                    more["time_period"] = rng.choice(PERIODS)
                filters = widget_filter(data, rng)
                found.append(WidgetDefinition(chart_type, name, metric, group_by=group, filters=filters, **more))
    return found


OVERVIEWS = [form for form in FORMS.values() if form.has_overview]
PERIODS = (
    *(TimePeriod.FIVE_MINUTES, TimePeriod.FIFTEEN_MINUTES, TimePeriod.THIRTY_MINUTES),
    *(TimePeriod.HOUR, TimePeriod.DAY, TimePeriod.DAY, TimePeriod.WEEK, TimePeriod.MONTH),
)


def _chosen(form: ChartForm, kind: DataType, aggregations: tuple[Aggregation, ...]) -> Iterator[dict[str, Any]]:
    """What is chosen of a chart beside its field: an aggregation, and that it is grouped."""
    match form.counts_only:
        case When.ALWAYS:
            yield {}
        case When.UNGROUPED:
            if form.plots[kind] is Plots.ALL:
                yield {"is_grouped": None}
            yield from ({"aggregation": aggregation, "is_grouped": True} for aggregation in aggregations)
        case When.NEVER if form.needs_aggregation or form.default_aggregations:
            yield from ({"aggregation": aggregation} for aggregation in aggregations)
        case When.NEVER:
            yield {}


def _group(
    data: Dataset, rng: random.Random, form: ChartForm, kind: DataType, name: str, *, is_needed: bool | None
) -> Any:
    """A grouping by chance; none where ``is_needed`` is None."""
    if form.groups is not Groups.ANYTHING or is_needed is None:
        return None
    options = groupings(data, rng, is_number=kind is DataType.NUMBER and name != "agent_id")
    group = rng.choice(options if is_needed else [None, *options])
    if group is None or not form.takes_pairs or rng.random() > 0.4:
        return group
    return {**group, "then": rng.choice([one for one in options if without_top(one) != without_top(group)])}


def without_top(group: dict[str, Any]) -> dict[str, Any]:
    """What tells groupings apart."""
    return {"other_label": "Other", **group, "top": None}


def widget_filter(data: Dataset, rng: random.Random) -> Any:
    number = data.metrics["stars"].id
    row = [
        {"field": "metric_evaluations.metric.id", "op": "eq", "value": number},
        {"field": "metric_evaluations.value", "op": "gte", "value": 4},
    ]
    return rng.choice(
        (
            None,
            None,
            {},
            {"field": "success", "op": "neq", "value": True},
            {"field": "topic", "op": "contains", "value": "ILL"},
            {"field": "metadata.region", "op": "in", "value": ["EU", "5"]},
            {"field": METADATA_NUMBER, "op": rng.choice(("gt", "lte", "neq")), "value": 4},
            {"operator": "same_row", "conditions": row},
            {"operator": "not", "conditions": [{"operator": "same_row", "conditions": row}]},
            {"operator": "or", "conditions": [{"field": "duration", "op": "gt", "value": 30}, row[1]]},
            {"field": "timestamp", "op": "gte", "value": "today-6d"},
            {"field": "timestamp", "op": rng.choice(("gte", "gt")), "value": rng.choice(("now-4d/d", "today-1d/h"))},
            {"field": "hour_of_day", "op": "between", "value": [2, 20]},
            {"field": "day_of_week@Australia/Lord_Howe", "op": "in", "value": ["Sunday", "Monday", "Friday"]},
        )
    )


UTC_ZONE = ZoneInfo("UTC")


def with_options(scope: ChartScope, **options: Any) -> ChartScope:
    """The scope with other options."""
    return replace(scope, options=replace(scope.options, **options))


def scope(data: Dataset, rng: random.Random, zone: str, now: datetime, **more: Any) -> ChartScope:
    """A scope with a window, an override or a time range by chance."""
    days = now.astimezone(ZoneInfo(zone)) - timedelta(days=rng.randrange(1, 20))
    dashboard = rng.choice(
        (
            None,
            {"field": "timestamp", "op": "gte", "value": "today-7d"},
            {"field": "timestamp", "op": "between", "value": [days.date().isoformat(), "today"]},
            {"field": "timestamp", "op": "gt", "value": days.date().isoformat()},
            {
                "operator": "and",
                "conditions": [
                    {"field": "timestamp", "op": "gt", "value": days.isoformat()},
                    {"field": "timestamp", "op": "lte", "value": "today"},
                    {"field": "duration", "op": "isnull", "value": False},
                ],
            },
            {
                "operator": "or",
                "conditions": [
                    {"field": "timestamp", "op": "eq", "value": "today-3d"},
                    {"field": "timestamp", "op": "eq", "value": "today-5d"},
                ],
            },
        )
    )
    times = rng.choice(
        (
            *({}, {}, {"time_from": "today-2w", "time_to": "today"}, {"time_from": "now-36h"}, {"time_to": "now-1d"}),
            {"time_from": days.date().isoformat(), "time_to": now.date().isoformat()},
            {"time_from": "now-20d", "time_to": rng.choice(("now+3d", "now+10d-1m", "now+11d"))},
        )
    )
    override = {"has_override": True, "override_filters": widget_filter(data, rng)} if rng.random() < 0.2 else {}
    narrowed = {"request_scope": widget_filter(data, rng)} if rng.random() < 0.3 else {}
    return chart_scope(
        data.project_id,
        now,
        rng.choice((timedelta(days=30), timedelta(days=30), timedelta(days=30), None)),
        dashboard_filters=dashboard,
        time_zone=zone,
        week_start=rng.choice(tuple(Weekday)),
        metrics=data.by_id,
        line_points=(20_000,),
        bins=(rng.choice((2, 5, 20, 100)),),
        **{**times, **override, **narrowed, **more},
    )
