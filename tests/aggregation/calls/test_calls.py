"""Lists and counts of calls: order, pages, several at once, and regular expressions that PostgreSQL refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.calls.order import CallPlace
from aggregation.calls.pages import CallsQuery, count_calls, list_calls, probe_regexes
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import Checked, check_json
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.conftest import Statements

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    """Calls in twos and threes at one moment."""
    rows = [
        {"call_id": str(at), "timestamp": NOW - timedelta(minutes=at // 3, microseconds=at % 2), "topic": "ab"[at % 2]}
        for at in range(20)
    ]
    return await store(engine, rows)


def checked(filters: Any = None) -> Checked:
    return check_json(filters, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"))[1]


def newest_first(data: Dataset) -> list[int]:
    ordered = sorted(data.calls, key=lambda call: (call["timestamp"], call["id"]), reverse=True)
    return [call["id"] for call in ordered]


@pytest.mark.parametrize("first", [1, 2, 3, 7, 19, 20, 21])
async def test_pages_follow_each_other(sessions: Sessions, data: Dataset, first: int) -> None:
    found: list[int] = []
    after: CallPlace | None = None
    async with sessions.read(data.project_id) as session:
        while True:
            (page,) = await list_calls(session, [CallsQuery(data.project_id, checked(), first, after)])
            assert len(page.calls) <= first
            found += [call.id for call in page.calls]
            if not page.has_more:
                break
            after = CallPlace(page.calls[-1].timestamp, page.calls[-1].id)
    assert found == newest_first(data)


async def test_many_lists_are_two_statements(sessions: Sessions, data: Dataset, statements: Statements) -> None:
    of_a = checked({"field": "topic", "op": "eq", "value": "a"})
    of_none = checked({"field": "topic", "op": "eq", "value": "c"})
    queries = [CallsQuery(data.project_id, filters, 5) for filters in (of_a, checked(), of_none, of_a)]
    async with sessions.read(data.project_id) as session:
        pages = await list_calls(session, queries)
        counts = await count_calls(session, [(data.project_id, query.filters) for query in queries])
    assert [len(page.calls) for page in pages] == [5, 5, 0, 5]
    assert [page.has_more for page in pages] == [True, True, False, True]
    assert {call.topic for call in pages[0].calls} == {"a"}
    assert [call.id for call in pages[1].calls] == newest_first(data)[:5]
    assert counts == [10, 20, 0, 10]
    assert len(statements.executed) == 3


async def test_nothing_asked_runs_nothing(sessions: Sessions, data: Dataset, statements: Statements) -> None:
    async with sessions.read(data.project_id) as session:
        assert await list_calls(session, []) == []
        assert await count_calls(session, []) == []
    assert len(statements.executed) == 0


async def test_calls_of_other_projects_are_not_listed(sessions: Sessions, data: Dataset, other_project_id: int) -> None:
    async with sessions.read(other_project_id) as session:
        for project in (other_project_id, data.project_id):
            (page,) = await list_calls(session, [CallsQuery(project, checked(), 5)])
            assert page.calls == ()
            assert await count_calls(session, [(project, checked())]) == [0]


async def test_regular_expressions_are_tried_one_by_one(sessions: Sessions, data: Dataset) -> None:
    conditions = [{"field": "topic", "op": "regex", "value": pattern} for pattern in ("(a", "^a+$", "[b", "a{2,1}")]
    async with sessions.read(data.project_id) as session:
        faults = await probe_regexes(session, checked({"operator": "or", "conditions": conditions}))
        assert await count_calls(session, [(data.project_id, checked())]) == [20], "the session goes on"
    assert [fault.path for fault in faults] == ["/conditions/0/value", "/conditions/2/value", "/conditions/3/value"]
    assert {fault.code for fault in faults} == {"INVALID_REGEX"}
    assert "parentheses" in faults[0].message
