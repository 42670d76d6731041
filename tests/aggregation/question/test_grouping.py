"""``groupBy``: what is refused, where, and what valid ones become."""

import base64
from typing import Any

import pytest

from aggregation.question.faults import InvalidWidgetError
from aggregation.question.query import DEFAULT_TOP, BucketGroup, FieldGroup, MetricRef, WidgetDefinition
from aggregation.question.validate import validate_widget
from models import Aggregation, ChartType, EvaluationType, TimePeriod

METRICS = {
    1: MetricRef(1, "mood", EvaluationType.ENUM),
    2: MetricRef(2, "stars", EvaluationType.RATING),
    3: MetricRef(3, "resolved", EvaluationType.BINARY),
}
SHORT = {"label": "short", "condition": {"op": "lt", "value": 60}}


def nested(depth: int) -> Any:
    condition: Any = {"op": "lt", "value": 1}
    for _ in range(depth):
        condition = {"operator": "and", "conditions": [condition]}
    return condition


def definition(group: Any, field: str = "duration", metric: int | None = None) -> WidgetDefinition:
    return WidgetDefinition(ChartType.BAR, field, metric, Aggregation.COUNT, TimePeriod.DAY, group)


def ranges(*buckets: Any, **more: Any) -> dict[str, Any]:
    return {"type": "bucket", "buckets": list(buckets), **more}


def by(field: Any, **more: Any) -> dict[str, Any]:
    return {"type": "field", "field": field, **more}


REFUSED: dict[str, tuple[Any, set[str]]] = {
    "a string": ("topic", {"/groupBy"}),
    "a list": ([], {"/groupBy"}),
    "nothing in it": ({}, {"/groupBy/type"}),
    "unknown type": ({"type": "cube"}, {"/groupBy/type"}),
    "type that cannot be hashed": ({"type": []}, {"/groupBy/type"}),
    "unknown key": (by("topic", limit=3), {"/groupBy"}),
    "no field": ({"type": "field"}, {"/groupBy/field"}),
    "field that is not a string": (by(5), {"/groupBy/field"}),
    "unknown field": (by("nix"), {"/groupBy/field"}),
    "a number": (by("duration"), {"/groupBy/field"}),
    "a time": (by("timestamp"), {"/groupBy/field"}),
    "the metric field": (by("metric_evaluations.value"), {"/groupBy/field"}),
    "nested metadata": (by("metadata.a.b"), {"/groupBy/field"}),
    "metadata key with NUL": (by("metadata.a\0b"), {"/groupBy/field"}),
    "metadata key of half a surrogate pair": (by("metadata.\ud800"), {"/groupBy/field"}),
    "unknown metric": (by("metric:99"), {"/groupBy/field"}),
    "metric that is not a number": (by("metric:mood"), {"/groupBy/field"}),
    "metric of very many digits": (by("metric:" + "9" * 5000), {"/groupBy/field"}),
    "metric of a rating": (by("metric:2"), {"/groupBy/field"}),
    "top of zero": (by("topic", top=0), {"/groupBy/top"}),
    "top of too many": (by("topic", top=101), {"/groupBy/top"}),
    "top of true": (by("topic", top=True), {"/groupBy/top"}),
    "top of text": (by("topic", top="5"), {"/groupBy/top"}),
    "too few bins": ({"type": "bins", "max_bins": 1}, {"/groupBy/max_bins"}),
    "too many bins": ({"type": "bins", "max_bins": 31}, {"/groupBy/max_bins"}),
    "bins of true": ({"type": "bins", "max_bins": True}, {"/groupBy/max_bins"}),
    "bins of text": ({"type": "bins", "max_bins": "5"}, {"/groupBy/max_bins"}),
    "no ranges": ({"type": "bucket"}, {"/groupBy/buckets"}),
    "empty ranges": (ranges(), {"/groupBy/buckets"}),
    "too many ranges": (ranges(*[SHORT] * 31), {"/groupBy/buckets"}),
    "range that is a string": (ranges("short"), {"/groupBy/buckets/0"}),
    "range with another key": (ranges({**SHORT, "colour": "red"}), {"/groupBy/buckets/0"}),
    "range without label": (ranges(SHORT, {"condition": SHORT["condition"]}), {"/groupBy/buckets/1/label"}),
    "range with empty label": (ranges({**SHORT, "label": ""}), {"/groupBy/buckets/0/label"}),
    "range with long label": (ranges({**SHORT, "label": "x" * 201}), {"/groupBy/buckets/0/label"}),
    "range with NUL in its label": (ranges({**SHORT, "label": "a\0b"}), {"/groupBy/buckets/0/label"}),
    "range with half a surrogate pair": (ranges({**SHORT, "label": "\udc00"}), {"/groupBy/buckets/0/label"}),
    "range without condition": (ranges({"label": "x"}), {"/groupBy/buckets/0/condition"}),
    "range with empty condition": (ranges({"label": "x", "condition": {}}), {"/groupBy/buckets/0/condition"}),
    "range of text": (
        ranges({"label": "x", "condition": {"op": "lt", "value": "60"}}),
        {"/groupBy/buckets/0/condition/value"},
    ),
    "range with unknown operator": (
        ranges({"label": "x", "condition": {"op": "less", "value": 60}}),
        {"/groupBy/buckets/0/condition/op"},
    ),
    "range about another field": (
        ranges({"label": "x", "condition": {"field": "topic", "op": "eq", "value": "a"}}),
        {"/groupBy/buckets/0/condition/field"},
    ),
    "range about metadata": (
        ranges({"label": "x", "condition": {"field": "metadata.a", "op": "eq", "value": "a"}}),
        {"/groupBy/buckets/0/condition"},
    ),
    "range of infinity": (
        ranges({"label": "x", "condition": {"op": "lt", "value": float("inf")}}),
        {"/groupBy/buckets/0/condition/value"},
    ),
    "other label that is not a string": (ranges(SHORT, other_label=5), {"/groupBy/other_label"}),
    "other label of null": (ranges(SHORT, other_label=None), {"/groupBy/other_label"}),
    "other label with NUL": (ranges(SHORT, other_label="\0"), {"/groupBy/other_label"}),
    "other label that is long": (ranges(SHORT, other_label="x" * 201), {"/groupBy/other_label"}),
    "other label that is empty": (ranges(SHORT, other_label=""), {"/groupBy/other_label"}),
}


def faults_of(asked: WidgetDefinition) -> set[str]:
    with pytest.raises(InvalidWidgetError) as raised:
        validate_widget(asked, METRICS)
    assert {fault.code for fault in raised.value.faults} == {"INVALID_GROUP"}
    return {fault.path for fault in raised.value.faults}


@pytest.mark.parametrize(("group", "paths"), REFUSED.values(), ids=REFUSED)
def test_refused(group: Any, paths: set[str]) -> None:
    assert faults_of(definition(group)) == paths


@pytest.mark.parametrize("depth", [11, 200, 5000])
def test_a_condition_of_any_depth_gets_a_fault(depth: int) -> None:
    paths = faults_of(definition(ranges({"label": "deep", "condition": nested(depth)})))
    assert all(path.startswith("/groupBy/buckets/0/condition") for path in paths)


@pytest.mark.parametrize(
    ("field", "metric"),
    [("topic", None), ("success", None), ("timestamp", None), ("agent_id", None), ("metric_evaluations.value", 1)],
)
def test_ranges_group_numbers_only(field: str, metric: int | None) -> None:
    assert faults_of(definition(ranges(SHORT), field, metric)) == {"/groupBy/type"}


def test_every_fault_is_found() -> None:
    group = ranges({"label": "", "condition": {"op": "lt", "value": "x"}}, {**SHORT, "more": 1}, top=0, other_label=1)
    assert faults_of(definition(group)) == {
        "/groupBy/top",
        "/groupBy/other_label",
        "/groupBy/buckets/0/label",
        "/groupBy/buckets/0/condition/value",
        "/groupBy/buckets/1",
    }


def global_id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (None, None),
        (by("topic"), FieldGroup("topic", DEFAULT_TOP)),
        (by("topic", top=None), FieldGroup("topic", DEFAULT_TOP)),
        (by("agent.id", top=3), FieldGroup("agent_id", 3)),
        (by("metadata.org name"), FieldGroup("metadata.org name")),
        (by("metric:1"), FieldGroup("metric:1", DEFAULT_TOP, METRICS[1])),
        (by(f"metric:{global_id('Metric:3')}"), FieldGroup("metric:3", DEFAULT_TOP, METRICS[3])),
    ],
)
def test_groupings_by_field(group: Any, expected: FieldGroup | None) -> None:
    assert validate_widget(definition(group), METRICS).group == expected


def test_a_grouping_by_ranges_keeps_their_order_and_fills_in_the_field() -> None:
    valid = validate_widget(definition(ranges(SHORT, {**SHORT, "label": "twice"}, other_label="long")), METRICS)
    assert isinstance(valid.group, BucketGroup)
    assert [bucket.label for bucket in valid.group.buckets] == ["short", "twice"]
    assert valid.group.buckets[0].condition == '{"field": "duration", "op": "lt", "value": 60}'
    assert valid.group.other_label == "long"
