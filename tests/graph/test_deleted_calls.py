"""A call that is deleted between the statement for points and the one for their calls costs its own field alone."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.graph.conftest import World

QUERY = """query ($id: ID!) {
  widget(id: $id) { name data { ... on LineChart { totalPoints points { databaseId value call { id databaseId } } } } }
}"""


async def test_the_points_stay_when_a_call_is_deleted_in_between(
    world: World, engine: AsyncEngine, database_url: sa.URL
) -> None:
    deleting = sa.create_engine(database_url, poolclass=sa.NullPool)
    deleted: list[int] = []

    def delete_one(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not deleted and "points_0" in sql:
            deleted.append(world.calls[1])
            with deleting.begin() as connection:
                connection.execute(sa.text(f"select set_config('dialboard.project_id', '{world.project_id}', true)"))
                found = connection.execute(sa.text("delete from call_logs where id = :id"), {"id": deleted[0]})
                assert found.rowcount == 1

    event.listen(engine.sync_engine, "after_cursor_execute", delete_one)
    try:
        result = await world.run(QUERY, {"id": world.widget("Durations")})
    finally:
        event.remove(engine.sync_engine, "after_cursor_execute", delete_one)
    assert deleted
    assert result.data is not None
    points = result.data["widget"]["data"]["points"]
    assert len(points) == result.data["widget"]["data"]["totalPoints"]
    assert [one["databaseId"] for one in points if one["call"] is None] == deleted
    assert result.errors is not None
    (error,) = result.errors
    assert error.path is not None
    assert error.path[-1] == "call"
    assert (error.extensions or {})["code"] == "NOT_FOUND"
