"""Charts from pre-aggregates show the same numbers as the oracle and as charts computed from the calls."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.question.faults import ChartError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource
from aggregation.service import run_charts
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from models.sessions import Sessions
from tests.aggregation import chart_cases
from tests.aggregation.chart_oracle import Refused
from tests.aggregation.chart_shown import differences, shown
from tests.aggregation.drawn import draw
from tests.aggregation.test_charts_by_oracle import by_seed

CHARTS_A_RUN = 60


@pytest.mark.parametrize("zone", chart_cases.ZONES)
@given(seed=st.integers(0, 2**32))
@by_seed
async def test_charts_from_preaggregates_show_what_the_oracle_says(
    engine: AsyncEngine, sessions: Sessions, zone: str, seed: int
) -> None:
    drawn = await draw(engine, seed, zone)
    rng, data, scope, oracle = drawn.rng, drawn.data, drawn.scope, drawn.oracle
    asked = []
    for definition in rng.sample(chart_cases.definitions(data, rng), CHARTS_A_RUN):
        try:
            oracle.answer(definition)
        except Refused:
            continue
        asked.append((definition, prepare(definition, scope)))
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, most_stored=2**30)
    queries = [query for _, query in asked]
    for turn in ("cold", "warm", "from the database"):
        if turn == "from the database":
            preaggregates = Preaggregates()
        results = await run_charts(sessions, queries, preaggregates)
        await builder.work()
        sources = Counter(result.source for result in results if not isinstance(result, ChartError))
        faults: list[str] = []
        for (definition, query), result in zip(asked, results, strict=True):
            assert not isinstance(result, ChartError), (definition, result)
            found = differences(oracle.answer(definition, 20), shown(result, 20)[0])
            if found:
                faults.append("\n".join([f"{definition} {result.source}", str(query.window), *found[:4]]))
        print(turn, sources)
        assert not faults, "\n\n".join(
            [f"{turn}: {len(faults)} charts are wrong", str(sources), str(scope), *faults[:6]]
        )
    if asked and not scope.overrides.has_time_range:
        assert sources[ChartSource.STORED] + sources[ChartSource.MIXED] > 0, sources
