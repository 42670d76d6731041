"""Links to files that work without an API key until they expire."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
import sqlalchemy as sa

from graph.node_ids import encode
from models import ApiKey, AuditEvent, Dashboard, Role, Widget
from models.sessions import Sessions
from models.types import AuditAction, ChartType
from resolvers.export_links import ExportLinks, Link, LinkError
from server.app import create_app
from server.keys import make_key
from server.runtime import Runtime
from server.settings import Settings

QUERY = """
query ($id: ID!, $seconds: Int, $scope: JSON) { widget(id: $id) {
  exportUrl(format: CSV, expiresIn: $seconds, scope: $scope)
  data { ... on PieChart { slices { label exportUrl(format: JSONL, expiresIn: $seconds) } } }
} }
"""
CALLS = [
    {"callId": f"c{number}", "agent": "Ada", "timestamp": (datetime.now(UTC) - timedelta(hours=number + 1)).isoformat(),
     "topic": topic, "customerNumber": "+4930123456"}
    for number, topic in enumerate(("billing & co", "billing & co", "delivery"))
]  # fmt: skip


class Made:
    """A project with a pie, the key that makes links, and clients with the key and without any."""

    def __init__(self, runtime: Runtime, project_id: int, key: Any, widget: str) -> None:
        self.sessions, self.project_id, self.key, self.widget = runtime.sessions, project_id, key, widget
        transport = httpx.ASGITransport(create_app(Settings(key_cache_seconds=0), runtime))
        self.anonymous = httpx.AsyncClient(transport=transport, base_url="http://test")
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test", headers={"X-API-Key": key.text})

    async def ask(self, seconds: int | None = 600, **variables: Any) -> Any:
        asked: dict[str, Any] = {"query": QUERY, "variables": {"id": self.widget, "seconds": seconds, **variables}}
        return (await self.http.post("/graphql", json=asked)).json()

    async def links(self, **variables: Any) -> tuple[str, list[str]]:
        found = await self.ask(**variables)
        assert "errors" not in found, found
        widget = found["data"]["widget"]
        return widget["exportUrl"], [one["exportUrl"] for one in widget["data"]["slices"]]


@pytest.fixture
async def made(runtime: Runtime, sessions: Sessions, project_id: int) -> AsyncGenerator[Made]:
    key = await make_key(sessions, project_id, "links", Role.ADMIN)
    async with sessions.write(project_id) as session:
        dashboard = Dashboard(project_id=project_id, name="D")
        session.add(dashboard)
        await session.flush()
        widget = Widget(
            project_id=project_id, dashboard_id=dashboard.id, name="Topics", chart_type=ChartType.PIE, field="topic",
            position=1,
        )  # fmt: skip
        session.add(widget)
        await session.flush()
        number = widget.id
    made = Made(runtime, project_id, key, encode("Widget", number))
    ingest = "mutation ($c: [CallLogInput!]!) { ingestCallLogs(input: {calls: $c}) { created errors { message } } }"
    answer = (await made.http.post("/graphql", json={"query": ingest, "variables": {"c": CALLS}})).json()
    assert answer["data"]["ingestCallLogs"] == {"created": 3, "errors": []}
    yield made
    await made.http.aclose()
    await made.anonymous.aclose()


def changed(url: str, **parameters: str | None) -> str:
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **parameters}
    return f"{parts.path}?{urlencode({name: value for name, value in query.items() if value is not None})}"


async def test_links_work_without_a_key(made: Made) -> None:
    widget, (first, *_) = await made.links(scope={"field": "topic", "op": "contains", "value": "&"})
    chart = await made.anonymous.get(widget)
    assert (chart.status_code, chart.text.splitlines()[1:]) == (200, ["billing & co,2,100.0,false"])
    assert len((await made.anonymous.get(first)).text.splitlines()) == 2
    assert (await made.anonymous.head(widget)).status_code == 200
    reordered = urlsplit(widget)
    turned = urlencode(parse_qsl(reordered.query)[::-1])
    assert (await made.anonymous.get(f"{reordered.path}?{turned}")).status_code == 200


async def test_without_expires_in_a_key_is_needed(made: Made) -> None:
    widget, slices = await made.links(seconds=None)
    for url in (widget, *slices):
        assert "token=" not in url
        assert (await made.anonymous.get(url)).status_code == 401
        assert (await made.http.get(url)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"filters": '{"field":"topic","op":"eq","value":"delivery"}'},
        {"top": "1"},
        {"token": "x"},
        {"token": ""},
    ],
)
async def test_a_link_is_for_nothing_else(made: Made, change: dict[str, str]) -> None:
    widget, (first, *_) = await made.links()
    for url in (widget, first):
        answer = await made.anonymous.get(changed(url, **change))
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["message"].startswith("This link is not valid")


async def test_a_token_does_not_fit_another_file(made: Made) -> None:
    widget, (first, second) = await made.links()
    token = dict(parse_qsl(urlsplit(first).query))["token"]
    for url in (changed(second, token=token), changed(widget, token=token), changed(first, token=token[:-1] + "A")):
        assert (await made.anonymous.get(url)).status_code == 401
    assert (await made.anonymous.get(first.replace(".jsonl", ".csv"))).status_code == 401
    assert (await made.anonymous.post(f"/export/calls.csv?token={token}", json={})).status_code == 401
    twice = await made.anonymous.get(f"{first}&token={token}")
    assert twice.status_code == 401


async def test_a_link_ends_with_its_key(made: Made) -> None:
    widget, _ = await made.links()
    assert (await made.anonymous.get(widget)).status_code == 200
    async with made.sessions.write(made.project_id) as session:
        key = sa.update(ApiKey).where(ApiKey.project_id == made.project_id, ApiKey.id == made.key.row.id)
        await session.execute(key.values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    expired = await made.anonymous.get(widget)
    assert (expired.status_code, "has expired" in expired.text) == (401, True)
    async with made.sessions.write(made.project_id) as session:
        await session.execute(key.values(expires_at=None, revoked_at=datetime.now(UTC)))
    revoked = await made.anonymous.get(widget)
    assert (revoked.status_code, "was revoked" in revoked.text) == (401, True)


async def test_a_link_shows_what_the_role_of_its_key_may_see(made: Made) -> None:
    _, (first, *_) = await made.links()
    assert "+4930123456" in (await made.anonymous.get(first)).text
    mask = "mutation { updateProject(input: {maskCustomerNumbers: true}) { errors { message } } }"
    await made.http.post("/graphql", json={"query": mask})
    async with made.sessions.write(made.project_id) as session:
        key = sa.update(ApiKey).where(ApiKey.project_id == made.project_id, ApiKey.id == made.key.row.id)
        await session.execute(key.values(role=Role.VIEWER))
    assert "+4930123456" not in (await made.anonymous.get(first)).text
    async with made.sessions.write(made.project_id) as session:
        await session.execute(key.values(role=Role.INGESTER))
    assert (await made.anonymous.get(first)).status_code == 403


async def test_the_trail_has_the_key_of_a_link(made: Made) -> None:
    widget, _ = await made.links()
    await made.anonymous.get(widget)
    async with made.sessions.read(made.project_id) as session:
        statement = select_exports(made.project_id)
        assert (await session.execute(statement)).tuples().all() == [(made.key.row.id, "links")]


def select_exports(project_id: int) -> sa.Select[int | None, str | None]:
    return sa.select(AuditEvent.key_id, AuditEvent.actor).where(
        AuditEvent.project_id == project_id, AuditEvent.action == AuditAction.WIDGET_EXPORT
    )


@pytest.mark.parametrize("seconds", [59, 604_801, 0, -1])
async def test_how_long_a_link_can_work_is_bounded(made: Made, seconds: int) -> None:
    found = await made.ask(seconds)
    assert found["data"]["widget"]["exportUrl"] is None
    error = found["errors"][0]
    assert error["message"] == f"expiresIn must be 60 to 604,800 seconds, not {seconds:,}."
    assert error["extensions"] == {"code": "INVALID_INPUT", "path": "/expiresIn"}


NOW = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
LINK = Link(1, 2, NOW + timedelta(minutes=5))


def read(links: ExportLinks, url: str, now: datetime) -> Link:
    parts = urlsplit(url)
    return links.read(parts.path, parse_qsl(parts.query), now)


def test_a_link_works_until_it_expires() -> None:
    links = ExportLinks.of_key((1, 2))
    url = links.signed("/export/calls.csv?filters=%7B%7D", LINK)
    assert read(links, url, NOW) == read(links, f"/prefix{url}", NOW) == LINK
    assert read(links, url, LINK.expires_at - timedelta(seconds=1)) == LINK
    with pytest.raises(LinkError, match=r"This link expired at 2026-03-20T15:35:00Z\."):
        read(links, url, LINK.expires_at)
    later = url.replace(f".{int(LINK.expires_at.timestamp())}.", f".{int(LINK.expires_at.timestamp()) + 60}.")
    assert later != url
    with pytest.raises(LinkError, match="not valid"):
        read(links, later, NOW)


def test_another_key_of_the_server_makes_other_links() -> None:
    url = ExportLinks.of_key((1, 2)).signed("/export/calls.csv", LINK)
    assert read(ExportLinks.of_key((1, 2)), url, NOW) == LINK
    for other in (ExportLinks.of_key((1, 3)), ExportLinks.of_process()):
        with pytest.raises(LinkError, match="not valid"):
            read(other, url, NOW)
    assert "1" not in repr(ExportLinks.of_key((1, 2)))
