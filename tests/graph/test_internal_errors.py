"""A chart that fails inside fails alone, and says no more than an id."""

from typing import Any

import pytest

from graph.errors import ErrorCode
from models import ChartType
from models.sessions import Sessions
from tests.graph.conftest import Saver, World

QUERY = """query ($id: ID!) { dashboard(id: $id) { widgets { name data {
    __typename ... on InternalError { code message errorId path } ... on PieChart { total } } } } }"""


async def test_rows_of_a_shape_that_is_never_saved_fail_alone(world: World, save_widget: Saver) -> None:
    before = await world.ask(QUERY, {"id": world.id("Dashboard", world.dashboard)})
    await save_widget("Foreign", ChartType.PIE, field="topic", group_by={"type": "field", "field": ["topic"]})
    await save_widget("Odd", ChartType.PIE, field="topic", filters=["no", "object"])
    after = await world.ask(QUERY, {"id": world.id("Dashboard", world.dashboard)})
    widgets = {widget["name"]: widget["data"] for widget in after["dashboard"]["widgets"]}
    for widget in before["dashboard"]["widgets"]:
        assert widgets[widget["name"]] == widget["data"]
    assert widgets["Foreign"]["__typename"] == "InvalidWidget"
    assert widgets["Odd"]["__typename"] == "InvalidFilter"


async def test_a_database_that_fails_is_told_by_an_id(world: World, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Sessions):
        """Fails where charts are read, which is the only use of shared sessions."""

        def read(self, project_id: int, *, shared: bool = False) -> Any:
            if shared:
                raise RuntimeError("secret")
            return super().read(project_id)

    failing = Failing(world.sessions.engine)
    data = await world.ask(QUERY, {"id": world.id("Dashboard", world.dashboard)}, sessions=failing)
    charts = [widget["data"] for widget in data["dashboard"]["widgets"]]
    failed = [chart for chart in charts if chart["__typename"] == "InternalError"]
    assert failed
    logged = {vars(record)["error_id"] for record in caplog.records if record.name == "dialboard.graph"}
    for chart in failed:
        assert chart["code"] == ErrorCode.INTERNAL_ERROR
        assert chart["errorId"] in logged
        assert chart["message"] == f"Internal error (id {chart['errorId']})."
        assert chart["path"] is None
    assert "secret" not in str(data)
