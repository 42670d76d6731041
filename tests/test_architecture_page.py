"""docs/architecture.md shows what the code does: its snippets run, and every file that it names is there."""

import ast
import doctest
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.compute.plan import Plan
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, Surroundings, WidgetDefinition
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import store
from tests.imports import ROOT

PAGE = ROOT / "docs" / "architecture.md"


def test_what_the_page_prints_is_what_the_code_prints() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 15
    assert result.failed == 0


def test_every_place_it_names_is_there() -> None:
    text = PAGE.read_text()
    named = set(
        re.findall(r"`((?:aggregation|filters|graph|models|resolvers|server|dialboard|migrations)/[\w./]*)`", text)
    )
    assert len(named) > 15
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert not missing


async def test_postgresql_sends_the_rows_that_the_page_shows(engine: AsyncEngine, sessions: Sessions) -> None:
    (rows,) = re.findall(r"^>>> rows = (.+)$", PAGE.read_text(), re.MULTILINE)
    calls = ((18, 60.0), (18, 120.0), (20, 30.0))
    data = await store(
        engine,
        [
            {"call_id": str(number), "timestamp": datetime(2026, 3, day, 9, tzinfo=UTC), "duration": length, "agent": 0}
            for number, (day, length) in enumerate(calls)
        ],
    )
    definition = WidgetDefinition(ChartType.BAR, "duration", aggregation=Aggregation.AVG, time_period=TimePeriod.DAY)
    around = Surroundings(filters={"field": "timestamp", "op": "gte", "value": "today-2d"})
    now = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
    query = prepare(definition, ChartScope(data.project_id, now=now, max_window=timedelta(30), surroundings=around))
    (statement,) = Plan.of([query], is_split=False).statements(most=2)
    async with sessions.read(data.project_id) as session:
        sent = (await session.execute(statement)).all()
    assert sorted(map(tuple, sent)) == ast.literal_eval(rows)
