"""Orders of calls: ties, calls without a duration, pages while calls come and go, and the plans."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.calls.order import CallOrder, CallOrderField, CallPlace, place_of
from aggregation.calls.pages import CallsQuery, list_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.row_order import Direction
from filters import Checked, check_json
from models import CallLog
from models.sessions import Sessions
from server.owner import owner_of
from tests.aggregation.chart_data import Dataset, store
from tests.conftest import Statements

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DURATIONS = (None, 0.0, 0.1, 0.1, 60.0, 60.0, None, 1e-7, 1e300, 60.0, None)
ORDERS = [CallOrder(field, direction) for field, direction in itertools.product(CallOrderField, Direction)]
BY_DURATION = [order for order in ORDERS if order.field is CallOrderField.DURATION]


def _name(order: CallOrder) -> str:
    return f"{order.field} {order.direction}"


@pytest.fixture
async def data(engine: AsyncEngine) -> Dataset:
    rows = [
        {
            "call_id": str(at),
            "timestamp": NOW - timedelta(minutes=at // 3),
            "duration": DURATIONS[at % len(DURATIONS)],
            "topic": "ab"[at % 2],
        }
        for at in range(30)
    ]
    return await store(engine, rows)


def checked(filters: Any = None) -> Checked:
    return check_json(filters, CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"))[1]


def expected(calls: list[dict[str, Any]], order: CallOrder) -> list[int]:
    """Written apart from the code: values with NULLs at the end, then the number, in the same direction."""
    sign = 1 if order.direction is Direction.ASC else -1

    def key(call: dict[str, Any]) -> tuple[bool, float, int]:
        value = call[order.field.value]
        number = value.timestamp() if isinstance(value, datetime) else value
        return value is None, 0 if value is None else sign * number, sign * call["id"]

    return [call["id"] for call in sorted(calls, key=key)]


async def _paged(
    sessions: Sessions,
    project_id: int,
    order: CallOrder,
    first: int,
    between: Callable[[list[int]], Awaitable[None]] | None = None,
    filters: Any = None,
) -> list[int]:
    """All pages, each in a snapshot of its own, with something happening between them."""
    found: list[int] = []
    after: CallPlace | None = None
    while True:
        async with sessions.read(project_id) as session:
            query = CallsQuery(project_id, checked(filters), first, after, order)
            (page,) = await list_calls(session, [query])
        assert len(page.calls) <= first
        found += [call.id for call in page.calls]
        if not page.has_more:
            return found
        after = place_of(page.calls[-1], order)
        if between is not None:
            await between(found)


@pytest.mark.parametrize("order", ORDERS, ids=_name)
@pytest.mark.parametrize("first", [1, 4, 29, 30, 31])
async def test_pages_follow_each_other(sessions: Sessions, data: Dataset, order: CallOrder, first: int) -> None:
    assert await _paged(sessions, data.project_id, order, first) == expected(data.calls, order)


@pytest.mark.parametrize("order", ORDERS, ids=_name)
@pytest.mark.parametrize("size", [1, 4, 30])
async def test_pages_lead_back_from_the_end(sessions: Sessions, data: Dataset, order: CallOrder, size: int) -> None:
    found: list[int] = []
    before: CallPlace | None = None
    while True:
        async with sessions.read(data.project_id) as session:
            query = CallsQuery(data.project_id, checked(), size, None, order, before, is_last=True)
            (page,) = await list_calls(session, [query])
        found = [call.id for call in page.calls] + found
        if not page.has_more:
            break
        assert len(page.calls) == size
        before = place_of(page.calls[0], order)
    assert found == expected(data.calls, order)


@pytest.mark.parametrize("order", ORDERS, ids=_name)
@pytest.mark.parametrize("is_last", [False, True])
async def test_pages_lie_between_two_places(sessions: Sessions, data: Dataset, order: CallOrder, is_last: bool) -> None:
    """Any two places, also the wrong way round, with more and with fewer calls between them than the page has."""
    numbers = expected(data.calls, order)
    async with sessions.read(data.project_id) as session:
        (whole,) = await list_calls(session, [CallsQuery(data.project_id, checked(), 30, None, order)])
        places = [place_of(call, order) for call in whole.calls]
        pairs = list(itertools.product(range(0, 30, 3), range(1, 30, 4)))
        queries = [
            CallsQuery(data.project_id, checked(), 5, places[start], order, places[end], is_last)
            for start, end in pairs
        ]
        pages = [page for at in range(0, len(queries), 20) for page in await list_calls(session, queries[at : at + 20])]
    for (start, end), page in zip(pairs, pages, strict=True):
        between = numbers[start + 1 : end]
        assert [call.id for call in page.calls] == (between[-5:] if is_last else between[:5]), (start, end)
        assert page.has_more is (len(between) > 5)


@pytest.mark.parametrize("order", ORDERS, ids=_name)
async def test_a_filter_keeps_the_order(sessions: Sessions, data: Dataset, order: CallOrder) -> None:
    found = await _paged(sessions, data.project_id, order, 4, filters={"field": "topic", "op": "eq", "value": "a"})
    assert found == expected([call for call in data.calls if call["topic"] == "a"], order)


@pytest.mark.parametrize("order", ORDERS, ids=_name)
async def test_pages_stay_right_while_calls_come_and_go(sessions: Sessions, data: Dataset, order: CallOrder) -> None:
    agent_id = await _agent(sessions, data.project_id)
    added: set[int] = set()

    async def write(read: list[int]) -> None:
        """Four times: calls before, within and behind all others, with ties; and the call of the cursor goes."""
        if len(read) > 16:
            return
        async with Sessions(owner_of(sessions.engine)).write(data.project_id) as session:
            calls = [
                CallLog(
                    project_id=data.project_id,
                    call_id=f"new {len(read)} {at}",
                    agent_id=agent_id,
                    timestamp=NOW + timedelta(minutes=minutes),
                    duration=duration,
                )
                for at, (minutes, duration) in enumerate(((5, None), (-3, 60.0), (-1, 0.1), (-90, 1e301), (0, 0.0)))
            ]
            session.add_all(calls)
            await session.flush()
            added.update(call.id for call in calls)
            gone = sa.delete(CallLog).where(CallLog.project_id == data.project_id, CallLog.id == read[-1])
            await session.execute(gone)

    found = await _paged(sessions, data.project_id, order, 4, write)
    assert len(found) == len(set(found))
    assert [one for one in found if one not in added] == expected(data.calls, order)
    assert added.intersection(found), "calls that came in behind the cursor are found"


async def _agent(sessions: Sessions, project_id: int) -> int:
    async with sessions.read(project_id) as session:
        return (await session.scalars(sa.text("select id from agents limit 1"))).one()


@pytest.mark.parametrize("order", ORDERS, ids=_name)
async def test_several_orders_share_two_statements(
    sessions: Sessions, data: Dataset, statements: Statements, order: CallOrder
) -> None:
    queries = [CallsQuery(data.project_id, checked(), 5, None, one) for one in (order, *ORDERS)]
    async with sessions.read(data.project_id) as session:
        pages = await list_calls(session, queries)
    for query, page in zip(queries, pages, strict=True):
        assert [call.id for call in page.calls] == expected(data.calls, query.order)[:5]
    assert len(statements) == 2


@pytest.mark.parametrize("order", BY_DURATION, ids=_name)
@pytest.mark.parametrize("after", [None, CallPlace(50.0, 1), CallPlace(None, 1)], ids=["all", "value", "null"])
async def test_an_index_holds_every_part_in_order(
    sessions: Sessions, data: Dataset, order: CallOrder, after: CallPlace | None
) -> None:
    from aggregation.calls.pages import _page

    async with sessions.read(data.project_id) as session:
        await session.execute(
            sa.text("set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off")
        )
        for part in _page(0, CallsQuery(data.project_id, checked(), 5, after, order)):
            dialect = session.get_bind().dialect
            sql = str(part.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            connection = await session.connection()
            plan = "\n".join((await connection.exec_driver_sql(f"explain {sql}")).scalars())
            assert "ix_call_logs_project_id_duration_id" in plan
            assert "Sort" not in plan
