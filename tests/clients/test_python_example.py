"""The example of a client in Python, against a server: its answers are of its types, and it hears of changes."""

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.clients.conftest import CALLS, WIDGETS
from tests.clients.installed import FOLDER

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dashboard_example", FOLDER / "python" / "dashboard.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_a_dashboard_is_typed(environment: dict[str, str], example: Any) -> None:
    url, key = environment["DIALBOARD_URL"], environment["DIALBOARD_KEY"]
    id = json.loads(environment["DIALBOARD_SERVED"])["dashboard"]
    async with example.connect(url, key) as session:
        found = await example.dashboard(session, id)
        lines = [one.data for one in found.widgets if isinstance(one.data, example.LineChart)]
        assert [line.total_points for line in lines] == [CALLS, CALLS]
        assert len(lines[0].points) == CALLS
        assert lines[0].points[0].timestamp.tzinfo is not None
        faults = [one.data.message for one in found.widgets if isinstance(one.data, example.Fault)]
        assert len(faults) == 1
        assert "nope" in faults[0]
        assert len(found.widgets) == len(WIDGETS)
        missing = json.loads(environment["DIALBOARD_SERVED"])["dashboard"].replace("R", "S", 1)
        with pytest.raises(Exception, match="global ID"):
            await example.dashboard(session, missing)


async def test_pages_a_change_and_its_event(environment: dict[str, str], example: Any) -> None:
    url, key = environment["DIALBOARD_URL"], environment["DIALBOARD_KEY"]
    id = json.loads(environment["DIALBOARD_SERVED"])["dashboard"]
    async with example.connect(url, key) as session, example.connect_socket(url, key) as socket:
        listed = [call async for call in example.calls(session, 25)]
        assert len({call.id for call in listed}) == CALLS
        assert listed == sorted(listed, key=lambda call: call.timestamp, reverse=True)

        events = example.names(socket, id)
        version, name = await anext(events)
        assert name == "Calls"
        await example.rename(session, id, "Renamed")
        newer, name = await anext(events)
        assert name == "Renamed"
        assert newer != version
        await events.aclose()
        with pytest.raises(example.RefusedError, match="/name"):
            await example.rename(session, id, " ")
        assert await anext(example.names(socket, id, version)) == (newer, "Renamed")
