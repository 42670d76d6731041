"""What a random test of charts begins with: calls about a change of the clock, and a scope to ask about them in."""

import random
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.question.query import ChartScope
from tests.aggregation import chart_cases
from tests.aggregation.chart_data import Dataset, make_dataset
from tests.aggregation.chart_oracle import ChartOracle

DAY = 24 * 60


@dataclass(frozen=True)
class Drawn:
    """Calls, the scope, and the generator that goes on from there."""

    rng: random.Random
    data: Dataset
    scope: ChartScope

    @property
    def oracle(self) -> ChartOracle:
        return ChartOracle(self.data.calls, self.scope)


async def draw(engine: AsyncEngine, seed: int, zone: str, *, days: int = 25, minutes: int = 15) -> Drawn:
    """Draws from ``seed``: the present moment is up to ``days`` after the change, in steps of ``minutes``."""
    rng = random.Random(seed)
    around = chart_cases.ZONES[zone]
    steps = DAY // minutes
    now = around + timedelta(
        days=rng.randrange(days), minutes=minutes * rng.randrange(-steps, steps), microseconds=rng.choice((0, 3))
    )
    data = await make_dataset(engine, seed, ZoneInfo(zone), now, around)
    return Drawn(rng, data, chart_cases.scope(data, rng, zone, now))
