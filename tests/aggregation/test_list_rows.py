"""The rows of lists in every order and by pages, from the calls and from pre-aggregates, as the oracle has them."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import ListResult
from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource, Shift
from aggregation.question.row_order import Direction, RowOrder, RowOrderField, RowPage
from aggregation.service import run_charts
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from filters import COMBINED, check_json
from models import ChartType
from models.sessions import Sessions
from tests.aggregation import chart_cases
from tests.aggregation.chart_oracle import Item, Refused
from tests.aggregation.chart_shown import differences_of_items, label_of
from tests.aggregation.drawn import draw
from tests.aggregation.test_charts_by_oracle import by_seed

ORDERS = [RowOrder(field, direction) for field in RowOrderField for direction in Direction]


def pages(rng: random.Random) -> tuple[RowPage, ...]:
    """One page of each order, and a second one of some, which may lie beyond the end."""
    first = [RowPage(order, rng.choice((1, 2, 7, 100)), rng.choice((0, 0, 1, 3))) for order in ORDERS]
    again = [RowPage(order, rng.choice((1, 5)), rng.choice((2, 9, 2**31 - 1))) for order in rng.sample(ORDERS, 2)]
    return (*first, *again)


def items(result: ListResult, page: RowPage) -> list[Item]:
    return [
        Item(label_of(row), value=row.value, samples=row.sample_count, percentage=row.percentage)
        for row in result.pages[page]
    ]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
@given(seed=st.integers(0, 2**32))
@by_seed
async def test_rows_in_every_order(engine: AsyncEngine, sessions: Sessions, zone: str, seed: int) -> None:
    drawn = await draw(engine, seed, zone)
    rng, data, oracle = drawn.rng, drawn.data, drawn.oracle
    lists = [one for one in chart_cases.definitions(data, rng) if one.chart_type is ChartType.LIST]
    asked: list[Any] = []
    for definition in rng.sample(lists, 12):
        try:
            oracle.answer(definition)
        except Refused:
            continue
        scope = chart_cases.with_options(drawn.scope, row_pages=pages(rng), compare=Shift(days=1))
        asked.append((definition, prepare(definition, scope)))
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, most_stored=2**30)
    faults: list[str] = []
    sources: set[ChartSource] = set()
    filters: list[Any] = []
    for turn in ("raw", "stored"):
        results = await run_charts(sessions, [query for _, query in asked], preaggregates)
        await builder.work()
        for (definition, query), result in zip(asked, results, strict=True):
            assert isinstance(result, ListResult), (definition, result)
            sources.add(result.source)
            for page in query.options.row_pages:
                expected = oracle.list_page(definition, page)
                shown = items(result, page)
                faults += [f"{turn} {definition} {page}: {one}" for one in differences_of_items(expected, shown)]
                rows = zip(expected, result.pages[page], strict=False)
                filters += [(len(item.calls), row.filters) for item, row in rows]
                assert all(row.compared is not None for row in result.pages[page])
    assert not faults, "\n".join(faults[:10])
    chosen = rng.sample(filters, min(len(filters), 30))
    checked = [
        check_json(one, CALL_LOG_FIELDS, now=drawn.scope.now, zone=chart_cases.UTC_ZONE, limits=COMBINED)[1]
        for _, one in chosen
    ]
    async with sessions.read(data.project_id) as session:
        counts = await count_calls(session, [(data.project_id, one) for one in checked])
    assert counts == [count for count, _ in chosen]
    print(sources)
