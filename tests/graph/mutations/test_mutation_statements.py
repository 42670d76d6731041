"""How many SQL statements a write may cost, however many widgets it changes."""

from models import EvaluationType


async def test_a_widget_is_made_in_few_statements(api, statements):
    dashboard = await api.dashboard()
    statements.clear()
    await api.done("createWidget", dashboardId=dashboard["id"], name="x", chartType="STAT")
    assert len(statements) <= 12  # one of them is that of the trail, three are those of the quotas


async def test_a_batch_costs_as_many_statements_as_one_widget(api, statements):
    dashboard = await api.dashboard()
    metric = await api.metric("quality", EvaluationType.NUMERIC)
    new = {"name": "x", "chartType": "STAT", "field": "metric_evaluations.value", "metricId": metric}
    counts = []
    for many in (1, 60):
        statements.clear()
        created = await api.done("applyWidgetChanges", dashboardId=dashboard["id"], create=[new] * many)
        counts.append(len(statements))
        statements.clear()
        changes = [{"id": widget["id"], "name": "y", "aggregation": "AVG"} for widget in created["created"]]
        await api.done("applyWidgetChanges", dashboardId=dashboard["id"], update=changes)
        counts.append(len(statements))
    assert counts[2:] == counts[:2]
