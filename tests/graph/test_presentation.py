"""Names, units and formats: of fields, of metrics, and of what charts make of them."""

from typing import Any

import pytest

from filters.metadata_names import is_placeholder
from models import Aggregation, ChartType, Role, TimePeriod
from resolvers.rights import Rights
from tests.graph.conftest import Saver, World

SHOWN = "... on Chart { displayName unit format }"
CHART = f"query ($id: ID!) {{ widget(id: $id) {{ data {{ {SHOWN} }} }} }}"
UPDATE = """
mutation ($input: UpdateMetricInput!) { updateMetric(input: $input) {
  metric { name displayName unit format }
  errors { code message path ... on InvalidInput { allowed } }
} }
"""
DAILY = {"aggregation": Aggregation.AVG, "time_period": TimePeriod.DAY}


async def _shown(world: World, widget: str) -> tuple[Any, ...]:
    return tuple((await world.ask(CHART, {"id": widget}))["widget"]["data"].values())


async def _update(world: World, metric: str, **values: Any) -> Any:
    given = {"id": world.id("Metric", world.metrics[metric]), **values}
    return (await world.ask(UPDATE, {"input": given}))["updateMetric"]


async def test_fields_have_names_units_and_formats(world: World) -> None:
    query = "{ widgetFields { name displayName unit format } filterFields { name displayName unit format } }"
    found = await world.ask(query)
    for fields in found.values():
        by_name = {field["name"]: tuple(field.values())[1:] for field in fields}
        assert by_name["duration"] == ("Duration", "seconds", "DURATION")
        assert by_name["timestamp"] == ("Start time", None, "DATETIME")
        assert by_name["success"] == ("Success", None, "BOOLEAN")
        assert by_name["call_ended_reason"] == ("Call ended reason", None, "TEXT")
        assert by_name["dropoff_point"] == ("Drop-off point", None, "TEXT")
        assert by_name["agent.agent_name"] == ("Agent", None, "TEXT")
        assert by_name["metric_evaluations.value"] == ("Metric value", None, None)
        assert by_name["metadata.KEY::number"] == ("Metadata key", None, "NUMBER")
        names = [name for key, (name, *_) in by_name.items() if not is_placeholder(key)]
        assert len(set(names)) == len(names), "Two fields have one name."
        assert all(name[0].isupper() and "." not in name for name in names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Calls", ("Start time", None, "INTEGER")),
        ("Success rate", ("Success", None, "PERCENT")),
        ("Duration", ("Duration", "seconds", "DURATION")),
        ("Durations", ("Duration", "seconds", "DURATION")),
        ("Topics", ("Topic", None, "INTEGER")),
        ("Reasons", ("Call ended reason", None, "INTEGER")),
        ("Regions", ("region", None, "INTEGER")),
        ("Accuracy", ("accuracy", None, "NUMBER")),
        ("Longest", ("Duration", "seconds", "DURATION")),
        ("Overview", (None, None, None)),
    ],
)
async def test_charts_say_how_their_numbers_are_shown(world: World, name: str, expected: tuple[Any, ...]) -> None:
    assert await _shown(world, world.widget(name)) == expected


async def test_the_latest_time_is_shown_as_a_time(world: World, save_widget: Saver) -> None:
    widget = await save_widget("Latest", ChartType.STAT, field="timestamp", aggregation=Aggregation.MAX)
    assert await _shown(world, widget) == ("Start time", None, "DATETIME")


async def test_a_histogram_has_counts_over_values(world: World, save_widget: Saver) -> None:
    widget = await save_widget("Spread", ChartType.HISTOGRAM, field="duration")
    query = "query ($id: ID!) { widget(id: $id) { data { ... on HistogramChart { unit format binUnit binFormat } } } }"
    assert (await world.ask(query, {"id": widget}))["widget"]["data"] == {
        "unit": None,
        "format": "INTEGER",
        "binUnit": "seconds",
        "binFormat": "DURATION",
    }


async def test_what_is_set_of_a_metric_is_shown_by_its_charts(world: World, save_widget: Saver) -> None:
    done = await _update(world, "latency", displayName=" Time to answer ", unit="ms")
    assert done == {
        "metric": {"name": "latency", "displayName": "Time to answer", "unit": "ms", "format": "NUMBER"},
        "errors": [],
    }
    settings = {"field": "metric_evaluations.value", "metric_id": world.metrics["latency"]}
    bar = await save_widget("Latency", ChartType.BAR, **settings, **DAILY)
    assert await _shown(world, bar) == ("Time to answer", "ms", "NUMBER")
    counted = await save_widget("Count", ChartType.STAT, **settings, aggregation=Aggregation.COUNT)
    assert await _shown(world, counted) == ("Time to answer", None, "INTEGER")

    await _update(world, "latency", unit=None, format="DURATION")
    assert await _shown(world, bar) == ("Time to answer", "seconds", "DURATION")
    done = await _update(world, "latency", displayName=None, format=None)
    assert done["metric"] == {"name": "latency", "displayName": "latency", "unit": None, "format": "NUMBER"}


async def test_types_of_metrics_have_usual_formats(world: World) -> None:
    found = await world.ask("{ metrics { nodes { name displayName unit format } } }")
    assert {one["name"]: one["format"] for one in found["metrics"]["nodes"]} == {
        "accuracy": "NUMBER",
        "polite": "BOOLEAN",
        "latency": "NUMBER",
        "mood": "TEXT",
    }


@pytest.mark.parametrize(
    ("metric", "values", "path", "message"),
    [
        ("latency", {"displayName": "  "}, "/displayName", "A name must have 1 to 200 characters"),
        ("latency", {"unit": " "}, "/unit", "A unit must have 1 to 20 characters; this one has 0."),
        ("latency", {"unit": "x" * 21}, "/unit", "A unit must have 1 to 20 characters; this one has 21."),
        ("latency", {"unit": "\0"}, "/unit", "A unit must be Unicode text without NUL characters."),
        ("latency", {"format": "TEXT"}, "/format", "TEXT is not a format of numbers. Allowed here: NUMBER, INTEGER"),
        ("latency", {"format": "CURRENCY"}, "/format", "CURRENCY needs an ISO 4217 code as unit, such as EUR."),
        ("latency", {"format": "CURRENCY", "unit": "euro"}, "/format", "CURRENCY needs an ISO 4217 code"),
        ("latency", {"format": "DURATION", "unit": "ms"}, "/format", "DURATION is always in seconds"),
        ("mood", {"unit": "x"}, "/unit", "A metric of type ENUM has no unit."),
        ("polite", {"format": "BOOLEAN"}, "/format", "The format of a metric of type BINARY cannot be set."),
    ],
)
async def test_wrong_hints_are_refused(
    world: World, metric: str, values: dict[str, Any], path: str, message: str
) -> None:
    done = await _update(world, metric, **values)
    assert done["metric"] is None
    [error] = done["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)
    assert error["message"].startswith(message)
    found = await world.ask("{ metrics { nodes { displayName name unit } } }")
    assert all(one["displayName"] == one["name"] and one["unit"] is None for one in found["metrics"]["nodes"])


async def test_a_unit_that_no_longer_fits_is_refused(world: World) -> None:
    assert not (await _update(world, "latency", unit="EUR", format="CURRENCY"))["errors"]
    [error] = (await _update(world, "latency", unit="euros"))["errors"]
    assert error["path"] == "/unit"


async def test_metrics_of_other_projects_are_not_found(world: World) -> None:
    given = {"id": world.id("Metric", world.metrics["latency"] + 1_000), "displayName": "x"}
    [error] = (await world.ask(UPDATE, {"input": given}))["updateMetric"]["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", "/id")
    [error] = (await world.ask(UPDATE, {"input": {**given, "id": "x"}}))["updateMetric"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID_ID", "/id")


async def test_viewers_cannot_change_metrics(world: World) -> None:
    given = {"id": world.id("Metric", world.metrics["latency"]), "displayName": "x"}
    refused = await world.refused(UPDATE, {"input": given}, rights=Rights(Role.VIEWER))
    assert refused["extensions"]["code"] == "FORBIDDEN"
