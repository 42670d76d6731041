"""The quotas of a project: what the viewer is told, and those of dashboards, keys and widgets at their limits."""

import asyncio
from datetime import timedelta
from typing import Any

from graph.context import Context
from graph.schema import schema
from models.quotas import Quotas
from models.sessions import Sessions
from resolvers.scope import Scope
from tests.graph.conftest import NOW, World

ASKED = "{ viewer { quotas { name limit used } } }"
CREATE = 'mutation { createDashboard(input: {name: "New"}) { dashboard { id } errors { message } } }'


async def test_the_viewer_is_told_of_all_quotas(world: World, other_project_id: int) -> None:
    told = [{"name": "metrics", "limit": 1_000, "used": 4}, {"name": "agents", "limit": 10_000, "used": 2}]
    data = await world.ask(ASKED)
    told += [{"name": "dashboards", "limit": 1_000, "used": 1}, {"name": "apiKeys", "limit": 1_000, "used": 0}]
    told += [{"name": "widgets", "limit": 20_000, "used": 12}, {"name": "chartedKeys", "limit": 200, "used": 1}]
    assert data["viewer"]["quotas"] == told
    nothing = await world.ask(ASKED, project_id=other_project_id)
    assert [quota["used"] for quota in nothing["viewer"]["quotas"]] == [0] * 6


async def test_a_project_has_as_many_dashboards_as_it_may(world: World) -> None:
    few = Sessions(world.sessions.engine, quotas=Quotas(dashboards=2))

    async def run(query: str) -> Any:
        scope = Scope(world.project_id, few, NOW, timedelta(days=30))
        result = await schema.execute(query, context_value=Context(scope))
        assert result.errors is None
        assert result.data is not None
        return result.data

    at_limit = (await run(CREATE))["createDashboard"]
    beyond = (await run(CREATE))["createDashboard"]
    assert at_limit["dashboard"]
    assert not at_limit["errors"]
    assert beyond["dashboard"] is None
    assert [error["message"] for error in beyond["errors"]] == [
        "A project can have at most 2 dashboards. Delete one first."
    ]
    assert (await run(ASKED))["viewer"]["quotas"][2] == {"name": "dashboards", "limit": 2, "used": 2}


async def test_a_project_has_as_many_keys_in_force_as_it_may(world: World) -> None:
    """Revoked and expired ones are not counted, and a key can be rotated at the limit."""
    few = Sessions(world.sessions.engine, quotas=Quotas(api_keys=2))

    async def run(query: str) -> Any:
        return await world.ask(query, sessions=few)

    create = 'mutation { createApiKey(input: {name: "New", role: VIEWER}) { apiKey { id } errors { message } } }'
    first, second, third = [(await run(create))["createApiKey"] for _ in range(3)]
    assert first["errors"] == second["errors"] == []
    assert third["apiKey"] is None
    told = "A project can have at most 2 active API keys. Revoke one first."
    assert [error["message"] for error in third["errors"]] == [told]
    assert (await run(ASKED))["viewer"]["quotas"][3] == {"name": "apiKeys", "limit": 2, "used": 2}
    await run(f'mutation {{ revokeApiKey(input: {{id: "{first["apiKey"]["id"]}"}}) {{ errors {{ message }} }} }}')
    assert (await run(create))["createApiKey"]["errors"] == []
    id = second["apiKey"]["id"]
    rotated = await run(
        f'mutation {{ rotateApiKey(input: {{id: "{id}", overlapHours: 0}}) {{ errors {{ message }} }} }}'
    )
    assert rotated["rotateApiKey"]["errors"] == []
    assert (await run(ASKED))["viewer"]["quotas"][3]["used"] == 2


WIDGET = 'createWidget(input: {{dashboardId: "{id}", name: "New", chartType: PIE, field: "{field}"}})'
CREATED = "{ widget { id } errors { code message path } }"


class Bounded:
    """The world with quotas of its own."""

    def __init__(self, world: World, **quotas: int) -> None:
        self.world = world
        self.sessions = Sessions(world.sessions.engine, quotas=Quotas(**quotas))
        self.dashboard = world.id("Dashboard", world.dashboard)

    async def change(self, mutation: str) -> Any:
        """What a mutation answers."""
        data = await self.world.ask(f"mutation {{ done: {mutation} }}", sessions=self.sessions)
        return data["done"]

    async def refused(self, mutation: str) -> str:
        """The message of its one error."""
        done = await self.change(f"{mutation} {{ errors {{ code message }} }}")
        (error,) = done["errors"]
        assert error["code"] == "LIMIT_EXCEEDED"
        return error["message"]

    async def create(self, field: str = "topic") -> Any:
        """A widget of a field, or why there is none."""
        return await self.change(f"{WIDGET.format(id=self.dashboard, field=field)} {CREATED}")

    async def used(self) -> dict[str, int]:
        """What is used of each quota."""
        told = (await self.world.ask(ASKED, sessions=self.sessions))["viewer"]["quotas"]
        return {quota["name"]: quota["used"] for quota in told}


async def test_a_project_has_as_many_widgets_as_it_may(world: World) -> None:
    """By every way to more of them; those of deleted dashboards are not counted, and can be brought back with room."""
    few = Bounded(world, widgets=13)
    assert (await few.create())["errors"] == []
    beyond = await few.create()
    assert beyond["widget"] is None
    message = "A project can have at most 13 widgets. Delete some first."
    assert beyond["errors"] == [{"code": "LIMIT_EXCEEDED", "message": message, "path": "/dashboardId"}]
    id, widget = few.dashboard, world.widget("Topics")
    document = '{format: "dialboard-dashboard/1", name: "N", widgets: [{name: "a", chartType: "STAT"}]}'
    batch = f'dashboardId: "{id}", create: [{{name: "a", chartType: STAT}}]'
    for mutation in (
        f'duplicateWidget(input: {{id: "{widget}"}})',
        f'duplicateDashboard(input: {{id: "{id}"}})',
        f"applyWidgetChanges(input: {{{batch}}})",
        f"importDashboard(input: {{document: {document}}})",
    ):
        assert await few.refused(mutation) == message
    assert (await few.used())["widgets"] == 13
    replaced = await few.change(f'applyWidgetChanges(input: {{{batch}, delete: ["{widget}"]}}) {{ errors {{ code }} }}')
    assert replaced["errors"] == []
    await few.change(f'deleteDashboard(input: {{id: "{id}"}}) {{ deletedId }}')
    assert (await few.used())["widgets"] == 0
    imported = await few.change(f"importDashboard(input: {{document: {document}}}) {{ errors {{ code message }} }}")
    assert imported["errors"] == []
    assert await few.refused(f'restoreDashboard(input: {{id: "{id}"}})') == message
    assert await few.refused(f'undoDashboard(input: {{id: "{id}"}})') == message
    assert (await few.used())["widgets"] == 1


async def test_a_project_charts_as_many_metadata_keys_as_it_may(world: World) -> None:
    few = Bounded(world, charted_keys=2)  # one widget charts metadata.region
    assert (await few.create("metadata.region"))["errors"] == []
    assert (await few.create("metadata.load"))["errors"] == []
    assert (await few.create("metadata.load::boolean"))["errors"] == []
    message = (
        "A project can have at most 2 metadata keys in the fields and groupings of widgets. Chart fewer of them first."
    )
    assert [error["message"] for error in (await few.create("metadata.tier"))["errors"]] == [message]
    topics = world.widget("Topics")
    calls = world.widget("Calls")
    group = '{type: "field", field: "metadata.tier"}'
    for mutation in (
        f'updateWidget(input: {{id: "{topics}", field: "metadata.tier"}})',
        f'updateWidget(input: {{id: "{calls}", groupBy: {group}}})',
        f'applyWidgetChanges(input: {{dashboardId: "{few.dashboard}", update: [{{id: "{calls}", groupBy: {group}}}]}})',
    ):
        assert await few.refused(mutation) == message
    assert (await few.used())["chartedKeys"] == 2
    grouped = (
        f'updateWidget(input: {{id: "{calls}", groupBy: {group.replace("tier", "load")}}}) {{ errors {{ code }} }}'
    )
    assert (await few.change(grouped))["errors"] == []
    # A key that no other widget charts can be exchanged for another.
    region = world.widget("Regions")
    await few.change(f'deleteWidget(input: {{id: "{region}"}}) {{ deletedId }}')
    assert (await few.used())["chartedKeys"] == 2


async def test_a_project_above_its_quota_of_widgets_keeps_working(world: World) -> None:
    few = Bounded(world, widgets=3, charted_keys=1)
    topics = world.widget("Topics")
    renamed = f'updateWidget(input: {{id: "{topics}", name: "T", field: "metadata.region"}}) {{ errors {{ code }} }}'
    assert (await few.change(renamed))["errors"] == []
    batch = f'dashboardId: "{few.dashboard}", delete: ["{topics}"], create: [{{name: "a", chartType: STAT}}]'
    assert (await few.change(f"applyWidgetChanges(input: {{{batch}}}) {{ errors {{ code }} }}"))["errors"] == []
    assert (await few.create())["errors"][0]["code"] == "LIMIT_EXCEEDED"
    assert (await few.used())["widgets"] == 12


async def test_writers_of_many_dashboards_stay_within_the_quota_together(world: World) -> None:
    few = Bounded(world, widgets=15)
    made = [await few.change(f'createDashboard(input: {{name: "d{n}"}}) {{ dashboard {{ id }} }}') for n in range(6)]

    async def add(id: str) -> bool:
        done = await few.change(f"{WIDGET.format(id=id, field='topic')} {CREATED}")
        return done["widget"] is not None

    added = await asyncio.gather(*(add(one["dashboard"]["id"]) for one in made))
    assert sum(added) == 3
    assert (await few.used())["widgets"] == 15
