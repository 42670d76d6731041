"""Charts over a socket: what clients build from the events is what they would be answered to a query."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from graph.node_ids import encode
from models import ChartType, Dashboard, Widget
from models.call_record import CallRecord, parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from models.types import Aggregation, TimePeriod
from server.keys import create_key
from tests.server.http.subscribing import Subscriber, subscriber
from tests.server.http.test_dashboard_changed import serving

ITEMS = """
  ... on Chart { sampleCount }
  ... on BarChart { buckets { key start end value sampleCount group isOther share isPartial } }
  ... on LineChart { totalPoints points { key value timestamp group } }
  ... on PieChart { total slices { label value percentage isOther } }
  ... on ListChart { totalRows rows { label value percentage } }
  ... on StatChart { value previousValue overview { totalCalls averageDuration } }
  ... on HistogramChart { nullCount bins { key from to value percentage group isOther } }
  ... on Error { code message }
"""
UPDATES = f"""subscription ($id: ID!, $since: String, $timeRange: TimeRangeInput) {{
  chartUpdated(id: $id, since: $since, timeRange: $timeRange) {{ version isWhole removed data {{ {ITEMS} }} }}
}}"""
ONCE = f"""query ($id: ID!, $timeRange: TimeRangeInput) {{
  widget(id: $id) {{ data(timeRange: $timeRange) {{ {ITEMS} }} }}
}}"""
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

GROUP = {"type": "field", "field": "topic"}
CHARTS: dict[str, tuple[ChartType, dict[str, Any]]] = {
    "bar": (ChartType.BAR, {"field": "duration", "aggregation": Aggregation.SUM, "time_period": TimePeriod.HOUR}),
    "bar grouped": (
        ChartType.BAR,
        {"field": "timestamp", "aggregation": Aggregation.COUNT, "time_period": TimePeriod.DAY, "group_by": GROUP},
    ),
    "line": (ChartType.LINE, {"field": "duration"}),
    "line grouped": (ChartType.LINE, {"field": "duration", "group_by": GROUP}),
    "pie": (ChartType.PIE, {"field": "topic"}),
    "list": (ChartType.LIST, {"field": "topic"}),
    "stat": (ChartType.STAT, {}),
    "histogram": (ChartType.HISTOGRAM, {"field": "duration"}),
}
LEAVE = """update call_logs set timestamp = timestamp - interval '1 year'
where project_id = :project and call_id in ('c7', 'c8')"""
PARTIAL = {"bar", "bar grouped", "line", "histogram"}
SMALL = PARTIAL - {"histogram"}
"""The shares of bins are of all values: those of few values all change."""


def record(number: int, **values: Any) -> CallRecord:
    raw = {
        "call_id": f"c{number}",
        "agent": "Ada",
        "timestamp": (TODAY - timedelta(hours=1 + 5 * (number % 20))).isoformat(),
        "topic": ("billing", "delivery", "refund")[number % 3],
        "duration": float(10 + number % 50),
        **values,
    }
    return parse_call(raw)


def items_of(chart: dict[str, Any]) -> list[Any]:
    """The items of a chart, which it is left without."""
    return next((chart.pop(name) for name in ("buckets", "points", "slices", "rows", "bins") if name in chart), [])


@dataclass
class Client:
    """A chart as a client keeps it."""

    chart: dict[str, Any] = field(default_factory=dict[str, Any])
    items: dict[str, Any] = field(default_factory=dict[str, Any])
    version: str | None = None
    pushed: list[int] = field(default_factory=list[int])
    are_whole: list[bool] = field(default_factory=list[bool])

    def take(self, event: dict[str, Any]) -> None:
        chart = dict(event["data"])
        items = items_of(chart)
        self.pushed.append(len(items))
        self.are_whole.append(event["isWhole"])
        if event["isWhole"]:
            assert event["removed"] == []
            self.items = {}
        for key in event["removed"]:
            del self.items[key]
        self.items |= {item.get("key") or str(item["label"]): item for item in items}
        self.chart, self.version = chart, event["version"]

    @property
    def shown(self) -> Any:
        return self.chart, sorted(self.items.values(), key=str)


@dataclass(frozen=True)
class Charts:
    """A project with a dashboard, a server, and a socket to it."""

    url: str
    key: str
    project_id: int
    dashboard: int
    sessions: Sessions
    socket: Subscriber

    async def save(self, chart_type: ChartType, **columns: Any) -> str:
        async with self.sessions.write(self.project_id) as session:
            widget = Widget(
                project_id=self.project_id, dashboard_id=self.dashboard, name="W", chart_type=chart_type, **columns
            )
            session.add(widget)
            await session.flush()
            return encode("Widget", widget.id)

    async def store(self, *records: CallRecord) -> None:
        async with self.sessions.write(self.project_id) as session:
            await upsert_calls(session, self.project_id, records)

    async def execute(self, sql: str, **given: Any) -> None:
        async with self.sessions.write(self.project_id) as session:
            await session.execute(text(sql), {"project": self.project_id, **given})

    async def once(self, id: str, **variables: Any) -> Any:
        async with httpx.AsyncClient(headers={"X-API-Key": self.key}) as http:
            body = {"query": ONCE, "variables": {"id": id, **variables}}
            chart = (await http.post(self.url, json=body)).json()["data"]["widget"]["data"]
        items = items_of(chart)
        return chart, sorted(items, key=str)

    async def follow(self, id: str, since: str | None = None, **variables: Any) -> str:
        return await self.socket.subscribe(UPDATES, variables={"id": id, "since": since, **variables})

    async def until(self, operation: str, client: Client, expected: Any) -> None:
        """Takes events until the client shows what is expected."""
        while client.shown != expected:
            client.take(await self.socket.event(operation))


@pytest.fixture
async def charts(engine: AsyncEngine, sessions: Sessions, project_id: int) -> AsyncGenerator[Charts]:
    key = await create_key(sessions, project_id, "test")
    filters = {"field": "timestamp", "op": "gte", "value": "today-6d"}
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, [record(number) for number in range(60)])
        dashboard = Dashboard(project_id=project_id, name="Live", filters=filters)
        session.add(dashboard)
        await session.flush()
        dashboard_id = dashboard.id
    async with serving(engine, sessions) as url, subscriber(url, key) as socket:
        yield Charts(url, key, project_id, dashboard_id, sessions, socket)


@pytest.mark.parametrize("name", CHARTS)
async def test_events_lead_to_the_chart_as_it_is(charts: Charts, name: str) -> None:
    chart_type, columns = CHARTS[name]
    id = await charts.save(chart_type, **columns)
    operation, client = await charts.follow(id), Client()
    first = await charts.socket.event(operation)
    assert first["isWhole"]
    client.take(first)
    assert client.shown == await charts.once(id)

    await charts.store(record(1, duration=33.0), record(100))
    await charts.until(operation, client, await charts.once(id))
    await charts.execute(LEAVE)
    await charts.until(operation, client, await charts.once(id))
    assert any(client.are_whole[1:]) is (name not in PARTIAL)
    if name in SMALL:
        assert max(client.pushed[1:]) <= client.pushed[0] / 2, client.pushed


async def test_a_new_series_is_a_whole_chart(charts: Charts) -> None:
    chart_type, columns = CHARTS["bar grouped"]
    id = await charts.save(chart_type, **columns)
    operation, client = await charts.follow(id), Client()
    client.take(await charts.socket.event(operation))
    await charts.store(record(100, topic="new"))
    event = await charts.socket.event(operation)
    assert event["isWhole"]
    client.take(event)
    assert client.shown == await charts.once(id)


async def test_what_changed_while_away_is_told_without_a_gap(charts: Charts) -> None:
    chart_type, columns = CHARTS["bar"]
    id = await charts.save(chart_type, **columns)
    operation, client = await charts.follow(id), Client()
    client.take(await charts.socket.event(operation))
    await charts.socket.complete(operation)
    again = await charts.follow(id, client.version)
    assert await charts.socket.is_quiet(again)
    await charts.socket.complete(again)
    await charts.store(record(100))
    operation = await charts.follow(id, client.version)
    event = await charts.socket.event(operation)
    assert not event["isWhole"]
    client.take(event)
    assert client.shown == await charts.once(id)


async def test_a_version_that_is_not_known_is_told_so(charts: Charts, engine: AsyncEngine, sessions: Sessions) -> None:
    chart_type, columns = CHARTS["bar"]
    id = await charts.save(chart_type, **columns)
    version = (await charts.socket.event(await charts.follow(id)))["version"]
    async with serving(engine, sessions) as other, subscriber(other, charts.key) as socket:
        for since in (version, "x", ""):
            operation = await socket.subscribe(UPDATES, variables={"id": id, "since": since})
            assert (await socket.event(operation))["isWhole"]


async def test_changes_outside_of_the_window_compute_and_tell_nothing(charts: Charts) -> None:
    id = await charts.save(ChartType.STAT)
    window = {"from": (TODAY - timedelta(days=2)).isoformat(), "to": (TODAY - timedelta(days=1)).isoformat()}
    operation = await charts.follow(id, timeRange=window)
    await charts.socket.event(operation)
    await charts.store(record(100, timestamp=(TODAY - timedelta(hours=1)).isoformat()))
    assert await charts.socket.is_quiet(operation)
    await charts.store(record(101, timestamp=(TODAY - timedelta(days=1, hours=1)).isoformat()))
    await charts.socket.event(operation)


async def test_a_changed_definition_and_a_deleted_widget_are_told(charts: Charts) -> None:
    chart_type, columns = CHARTS["pie"]
    id = await charts.save(chart_type, **columns)
    operation = await charts.follow(id)
    await charts.socket.event(operation)
    await charts.execute("update widgets set field = 'success' where project_id = :project")
    event = await charts.socket.event(operation)
    assert [item["label"] for item in event["data"]["slices"]] == [None]
    await charts.execute("update widgets set field = 'nope' where project_id = :project")
    assert (await charts.socket.event(operation))["data"]["code"] == "INVALID_WIDGET"
    await charts.execute("update widgets set field = 'topic' where project_id = :project")
    assert (await charts.socket.event(operation))["data"]["total"] == 60
    await charts.execute("delete from widgets where project_id = :project")
    assert (await charts.socket.error(operation))["extensions"]["code"] == "NOT_FOUND"


async def test_a_chart_has_two_events_a_second_and_the_last_change(charts: Charts) -> None:
    id = await charts.save(ChartType.STAT)
    operation, client = await charts.follow(id), Client()
    client.take(await charts.socket.event(operation))
    for number in range(100, 130):
        await charts.store(record(number))
        await asyncio.sleep(0.03)
    await charts.until(operation, client, await charts.once(id))
    assert len(client.pushed) < 15


async def test_a_preview_is_followed(charts: Charts) -> None:
    query = (
        "subscription ($input: PreviewWidgetInput!, $since: String) { previewUpdated(input: $input, since: $since) "
        f"{{ version isWhole removed data {{ {ITEMS} }} }} }}"
    )
    filters = {"field": "timestamp", "op": "gte", "value": "today-6d"}
    given = {"chartType": "STAT", "dashboardFilters": filters}
    operation = await charts.socket.subscribe(query, variables={"input": given})
    assert (await charts.socket.event(operation))["data"]["overview"]["totalCalls"] == 60
    await charts.store(record(100))
    assert (await charts.socket.event(operation))["data"]["overview"]["totalCalls"] == 61
    wrong = {"input": {"chartType": "STAT", "timePeriod": "DAY", "field": "topic", "aggregation": "AVG"}}
    error = await charts.socket.error(await charts.socket.subscribe(query, variables=wrong))
    assert error["extensions"]["code"] == "INVALID_WIDGET"


async def test_time_moves_the_window(charts: Charts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that leaves the window is no change of data: it is seen when the window crosses a border."""
    monkeypatch.setattr("resolvers.chart_feed.SLOT_SECONDS", 2)
    id = await charts.save(ChartType.STAT)
    leaving = datetime.now(UTC) - timedelta(minutes=1) + timedelta(seconds=1.5)
    await charts.store(record(100, timestamp=leaving.isoformat()))
    operation = await charts.follow(id, timeRange={"from": "now-60s"})
    assert (await charts.socket.event(operation))["data"]["overview"]["totalCalls"] == 1
    assert (await charts.socket.event(operation))["data"]["overview"]["totalCalls"] == 0


async def test_other_projects_see_no_chart(charts: Charts, other_project_id: int) -> None:
    id = await charts.save(ChartType.STAT)
    key = await create_key(charts.sessions, other_project_id, "other")
    async with subscriber(charts.url, key) as stranger:
        error = await stranger.error(await stranger.subscribe(UPDATES, variables={"id": id}))
    assert error["extensions"]["code"] == "NOT_FOUND"
