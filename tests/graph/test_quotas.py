"""The quotas of a project: what the viewer is told, and that of dashboards at its limit."""

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
    assert data["viewer"]["quotas"] == told
    nothing = await world.ask(ASKED, project_id=other_project_id)
    assert [quota["used"] for quota in nothing["viewer"]["quotas"]] == [0, 0, 0, 0]


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
