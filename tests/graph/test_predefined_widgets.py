"""Ready widgets of a metric name the project's own one, or say why they cannot be had."""

import sqlalchemy as sa

from models import EvaluationType, Metric

QUERY = """{ predefinedWidgets {
    name chartType field metricName metric { id name } aggregation timePeriod isAvailable unavailableReason
} }"""


async def templates(world):
    return {template["name"]: template for template in (await world.ask(QUERY))["predefinedWidgets"]}


async def test_a_template_has_the_projects_metric(world):
    found = (await templates(world))["p95 latency per hour"]
    assert found["metric"] == {"id": world.id("Metric", world.metrics["latency"]), "name": "latency"}
    assert (found["isAvailable"], found["unavailableReason"]) == (True, None)
    given = {key: found[key] for key in ("chartType", "field", "aggregation", "timePeriod")}
    preview = await world.ask(
        "query ($i: PreviewWidgetInput!) { previewWidget(input: $i) { __typename } }",
        {"i": {**given, "metricId": found["metric"]["id"]}},
    )
    assert preview["previewWidget"] == {"__typename": "BarChart"}


async def test_without_the_metric_it_is_not_available(world):
    async with world.sessions.write(world.project_id) as session:
        statement = sa.update(Metric).where(Metric.project_id == world.project_id, Metric.name == "latency")
        await session.execute(statement.values(name="delay"))
    found = await templates(world)
    latency = found.pop("p95 latency per hour")
    assert (latency["metric"], latency["isAvailable"]) == (None, False)
    assert latency["unavailableReason"] == "The project has no metric named 'latency'."
    assert all(template["isAvailable"] for template in found.values())


async def test_a_metric_of_another_kind_does_not_do(world):
    async with world.sessions.write(world.project_id) as session:
        statement = sa.update(Metric).where(Metric.project_id == world.project_id, Metric.name == "latency")
        await session.execute(statement.values(evaluation_type=EvaluationType.ENUM))
    latency = (await templates(world))["p95 latency per hour"]
    assert latency["metric"]["name"] == "latency"
    assert not latency["isAvailable"]
    assert "cannot be aggregated with P95" in latency["unavailableReason"]
