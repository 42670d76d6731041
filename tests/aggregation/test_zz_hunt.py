import random, sys, asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo
from tests.aggregation import chart_cases
from tests.aggregation.chart_data import make_dataset
from tests.aggregation.chart_oracle import ChartOracle
from tests.aggregation.chart_shown import *
from tests.aggregation.test_charts_by_oracle import run, reconcile
import pytest


@pytest.mark.parametrize("seed", range(5000, 5060))
async def test_hunt(engine, sessions, seed):
    rng = random.Random(seed)
    zone = rng.choice(list(chart_cases.ZONES))
    around = chart_cases.ZONES[zone]
    now = around + timedelta(
        days=rng.randrange(0, 25), minutes=15 * rng.randrange(-96, 96), microseconds=rng.choice((0, 3))
    )
    data = await make_dataset(engine, seed, ZoneInfo(zone), now, around)
    scope = chart_cases.scope(data, rng, zone, now)
    definitions = rng.sample(chart_cases.definitions(data, rng), 60)
    oracle = ChartOracle(data.calls, scope)
    drills = []
    faults = []
    for definition, result in await run(sessions, oracle, definitions):
        for top in (1, 3, 20) if definition.chart_type == "pie" else (20,):
            expected = oracle.answer(definition, top)
            actual, own = shown(result, top)
            if found := differences(expected, actual):
                faults.append("\n".join([f"{definition} top {top}", *found[:5]]))
                continue
            drills += [
                (definition, item, filters) for item, (_, filters) in zip(expected_items(expected), own, strict=True)
            ]
    faults += await reconcile(sessions, data, rng.sample(drills, min(len(drills), 400)), rng)
    assert not faults, "\n\n".join([f"{len(faults)} charts are wrong", str(scope), *faults[:4]])
