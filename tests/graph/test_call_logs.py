"""Lists of calls: filters, pages, cursors, and what they refuse."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from aggregation.question.faults import QueryTimeoutError
from graph.pagination import encode_cursor
from models.sessions import Sessions
from resolvers import call_logs
from resolvers.scope import Scope
from tests.graph.conftest import CALLS, NOW, World

PAGE = """
query ($filters: JSON, $first: Int! = 7, $after: String) {
  callLogs(filters: $filters, first: $first, after: $after) {
    edges { cursor node { id callId timestamp } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def _pages(world: World, **variables: Any) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    after: str | None = None
    while after is not None or not pages:
        page = (await world.ask(PAGE, {**variables, "after": after}))["callLogs"]
        pages.append(page)
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    return pages


async def test_pages_join_to_all_calls_newest_first(world: World) -> None:
    pages = await _pages(world)
    calls = [edge["node"]["callId"] for page in pages for edge in page["edges"]]
    assert calls == [f"call-{number}" for number in range(CALLS)]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False] + [True] * (len(pages) - 1)
    assert all(page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"] for page in pages)


async def test_a_filter_narrows_pages_and_total(world: World) -> None:
    filters = {"field": "topic", "op": "eq", "value": "delivery"}
    pages = await _pages(world, filters=filters, first=5)
    assert sum(len(page["edges"]) for page in pages) == CALLS // 4
    data = await world.ask("query ($f: JSON) { callLogs(filters: $f, first: 1) { totalCount } }", {"f": filters})
    assert data["callLogs"]["totalCount"] == CALLS // 4


async def test_calls_may_be_as_old_as_one_likes(world: World) -> None:
    filters = {"field": "timestamp", "op": "gte", "value": "now-400d"}
    data = await world.ask("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": filters})
    assert data["callLogs"]["totalCount"] == CALLS


async def test_the_total_is_only_counted_when_asked(world: World, statements: Any) -> None:
    await world.ask("{ callLogs(first: 1) { edges { cursor } } }")
    without = list(statements.executed)
    assert not any("count(" in sql.lower() for sql in without)
    statements.clear()
    await world.ask("{ callLogs(first: 1) { edges { cursor } totalCount } }")
    assert sum("count(" in sql.lower() for sql in statements.executed) == 1


async def test_agents_and_evaluations_of_a_page_take_a_statement_each(world: World, statements: Any) -> None:
    data = await world.ask(
        "{ callLogs(first: 20) { edges { node { agent { agentName } "
        "metricEvaluations { metric { name } numberValue booleanValue textValue createdAt } } } } }"
    )
    assert len(statements) <= 5
    first = data["callLogs"]["edges"][0]["node"]
    assert first["agent"] == {"agentName": "Ada"}
    values = {
        one["metric"]["name"]: (one["numberValue"], one["booleanValue"], one["textValue"])
        for one in first["metricEvaluations"]
    }
    assert values == {
        "accuracy": (0, None, None),
        "polite": (None, False, None),
        "latency": (0, None, None),
        "mood": (None, None, "good"),
    }


@pytest.mark.parametrize("first", [0, -1, 501, 2**31 - 1])
async def test_a_page_size_out_of_bounds_is_refused(world: World, first: int) -> None:
    error = await world.refused(PAGE, {"first": first})
    assert error["extensions"] == {"code": "PAGE_SIZE", "limit": 500}
    assert "500" in error["message"]


def _plain(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


BAD_CURSORS = [
    pytest.param("", id="empty"),
    pytest.param("?", id="not-base64"),
    pytest.param("ü", id="not-ascii"),
    pytest.param(_plain("hello"), id="not-a-cursor"),
    pytest.param(_plain("cursor:CallLog.TIMESTAMP.DESC:1"), id="too-few"),
    pytest.param(_plain("cursor:CallLog.TIMESTAMP.DESC:1:2:3"), id="too-many"),
    pytest.param(_plain("cursor:CallLog.TIMESTAMP.DESC: 1:2"), id="blank"),
    pytest.param(_plain("cursor:CallLog.TIMESTAMP.DESC:1_0:2"), id="underscore"),
    pytest.param(_plain("cursor:CallLog.TIMESTAMP.DESC:1:1); drop table call_logs; --"), id="sql"),
    pytest.param(_plain("cursor:CallLog.TIMESTAMP.DESC:1:99999999999999999999"), id="beyond-bigint"),
    pytest.param(_plain(f"cursor:CallLog.TIMESTAMP.DESC:1:{'9' * 5000}"), id="huge"),
    pytest.param(encode_cursor("CallLog.TIMESTAMP.DESC", 2**62, 1), id="beyond-the-calendar"),
    pytest.param(encode_cursor("Agent", 1), id="of-another-list"),
    pytest.param(encode_cursor("Metric", 1, 2), id="of-another-kind"),
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
async def test_a_bad_cursor_is_refused(world: World, cursor: str) -> None:
    error = await world.refused(PAGE, {"after": cursor})
    assert error["extensions"]["code"] == "INVALID_CURSOR"


BAD_FILTERS = [
    pytest.param({"field": "topik", "op": "eq", "value": "x"}, "UNKNOWN_FIELD", "/field", id="field"),
    pytest.param({"field": "topic", "op": "equals", "value": "x"}, "UNKNOWN_OPERATOR", "/op", id="operator"),
    pytest.param({"field": "duration", "op": "eq", "value": "5"}, "WRONG_TYPE", "/value", id="type"),
    pytest.param({"operator": "or", "conditions": []}, "INVALID_SHAPE", "/conditions", id="shape"),
    pytest.param([1, 2], "INVALID_SHAPE", "", id="list"),
    pytest.param("topic", "INVALID_SHAPE", "", id="text"),
    pytest.param({"field": "topic", "op": "regex", "value": "("}, "INVALID_REGEX", "/value", id="regex"),
]


@pytest.mark.parametrize(("filters", "code", "path"), BAD_FILTERS)
async def test_a_bad_filter_is_refused_with_its_faults(world: World, filters: Any, code: str, path: str) -> None:
    error = await world.refused(PAGE, {"filters": filters})
    assert error["extensions"]["code"] == "INVALID_FILTER"
    fault = error["extensions"]["faults"][0]
    assert (fault["code"], fault["path"]) == (code, path)
    assert fault["message"] in error["message"]


async def test_all_faults_of_a_filter_are_told_at_once(world: World) -> None:
    filters = {
        "operator": "and",
        "conditions": [
            {"field": "duratoin", "op": "gt", "value": 1},
            {"field": "topic", "op": "gt", "value": "x"},
        ],
    }
    error = await world.refused(PAGE, {"filters": filters})
    faults = error["extensions"]["faults"]
    assert [fault["path"] for fault in faults] == ["/conditions/0/field", "/conditions/1/op"]
    assert faults[0]["suggestion"] == "duration"
    assert "contains" in faults[1]["allowed"]


async def test_a_project_sees_only_its_own_calls(world: World, other_project_id: int) -> None:
    data = await world.ask("{ callLogs { totalCount edges { node { id } } } }", project_id=other_project_id)
    assert data["callLogs"] == {"totalCount": 0, "edges": []}
    foreign = await world.ask(
        "query ($id: ID!) { callLog(id: $id) { id } }",
        {"id": world.id("CallLog", world.calls[0])},
        project_id=other_project_id,
    )
    assert foreign == {"callLog": None}


@pytest.mark.parametrize("query", ["{ callLogs { edges { cursor } } }", "{ callLogs { totalCount } }"])
async def test_a_list_that_takes_too_long_says_that_it_was_a_list(world: World, query: str) -> None:
    hurried = Sessions(world.sessions.engine, statement_timeout=timedelta(milliseconds=200))
    async with world.sessions.engine.begin() as connection:
        await connection.execute(text("lock table call_logs in access exclusive mode"))
        error = await world.refused(query, sessions=hurried)
        scope = Scope(world.project_id, hurried, NOW, None)
        with pytest.raises(QueryTimeoutError, match=r"^The calls took longer than 0\.2 seconds to count\."):
            await call_logs.count_calls(scope, call_logs.check_filters(scope, None))
    assert error["extensions"]["code"] == "QUERY_TIMEOUT"
    assert error["message"].startswith("The calls took longer than 0.2 seconds to find.")
