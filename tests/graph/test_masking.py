"""What goes wrong inside stays inside: the client gets an id, the log has it too."""

import logging
import re
from typing import Any

import pytest
from graphql import GraphQLError

from graph.errors import ErrorCode, RequestError
from graph.masking import is_internal, mask_internal
from models.sessions import Sessions
from tests.graph.conftest import World


async def test_a_broken_database_shows_neither_sql_nor_trace(world: World, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Sessions):
        def _settings(self, project_id: int, part: float = 1, *, is_patient: bool = False) -> dict[str, str]:
            return {**super()._settings(project_id, part, is_patient=is_patient), "statement": "secret"}

    with caplog.at_level(logging.ERROR):
        result = await world.run("{ dashboards { totalCount } }", sessions=Broken(world.sessions.engine))
    assert result.errors is not None
    shown: dict[str, Any] = {**result.errors[0].formatted}
    match = re.fullmatch(r"Internal error \(id ([0-9a-f]{12})\)\.", shown["message"])
    assert match is not None
    assert shown["extensions"] == {"code": "INTERNAL_ERROR", "id": match[1]}
    assert shown["path"] == ["dashboards"]
    assert result.errors[0].original_error is None
    [record] = [record for record in caplog.records if record.name == "dialboard.graph"]
    assert vars(record)["error_id"] == match[1]
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


async def test_a_broken_field_leaves_its_neighbours_alone(world: World) -> None:
    class Broken(Sessions):
        def _settings(self, project_id: int, part: float = 1, *, is_patient: bool = False) -> dict[str, str]:
            raise RuntimeError("secret")

    result = await world.run(
        "query ($id: ID!) { viewer { now } dashboard(id: $id) { name } }",
        {"id": world.id("Dashboard", world.dashboard)},
        sessions=Broken(world.sessions.engine),
    )
    assert result.data == {"viewer": {"now": "2026-03-20T15:30:00Z"}, "dashboard": None}
    assert result.errors is not None
    assert "secret" not in str([error.formatted for error in result.errors])


def test_errors_for_clients_stay_as_they_are() -> None:
    ours = RequestError(ErrorCode.PAGE_SIZE, "Too many.", limit=100)
    located = GraphQLError("Too many.", original_error=ours)
    syntax = GraphQLError("Syntax Error")
    errors = [located, syntax]
    mask_internal(errors)
    assert errors == [located, syntax]
    assert located.extensions == {"code": "PAGE_SIZE", "limit": 100}
    assert is_internal(GraphQLError("x", original_error=KeyError("secret")))


async def test_wrong_variables_are_told_and_not_masked(world: World) -> None:
    error = await world.refused("query ($first: Int!) { agents(first: $first) { totalCount } }", {"first": "many"})
    assert "$first" in error["message"]
    assert "Internal" not in error["message"]
