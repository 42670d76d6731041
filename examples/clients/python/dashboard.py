"""A dashboard of Dialboard in Python, by gql, with answers as types. Needs `gql[httpx,websockets]` and `pydantic`.

DIALBOARD_URL=http://127.0.0.1:8000/graphql DIALBOARD_KEY=dlbk_… python dashboard.py DASHBOARD_ID
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

from gql import Client, GraphQLRequest, gql
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from pydantic import BaseModel, ConfigDict, Discriminator, Tag
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """A part of an answer: `page_info` here is `pageInfo` there."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Point(Model):
    key: str
    timestamp: datetime
    value: float


class LineChart(Model):
    typename: Literal["LineChart"]
    total_points: int
    points: list[Point]


class Fault(Model):
    """What is in the place of a chart that could not be made."""

    code: str
    message: str


class Other(Model):
    """A chart of another type, of which nothing was asked for."""

    typename: str


def _kind(data: dict[str, object]) -> str:
    return "fault" if "code" in data else "line" if data["typename"] == "LineChart" else "other"


Chart = Annotated[
    Annotated[LineChart, Tag("line")] | Annotated[Fault, Tag("fault")] | Annotated[Other, Tag("other")],
    Discriminator(_kind),
]


class Widget(Model):
    id: str
    name: str
    data: Chart | None


class Dashboard(Model):
    id: str
    name: str
    widgets: list[Widget]


class Call(Model):
    id: str
    timestamp: datetime
    duration: float | None


class Error(Model):
    message: str
    path: str | None


# Fragments are text: what belongs to a type stands with it, and a query has those of all that it shows.
LINE = """
fragment Line on LineChart { totalPoints points(maxPoints: 200) { key timestamp value } }
"""
WIDGET = f"""
fragment Widget on Widget {{ id name data {{ typename: __typename ...Line ... on Error {{ code message }} }} }}
{LINE}
"""
DASHBOARD = gql(f"query ($id: ID!) {{ dashboard(id: $id) {{ id name widgets {{ ...Widget }} }} }} {WIDGET}")
CALLS = gql("""
query ($first: Int!, $after: String) {
  callLogs(first: $first, after: $after) {
    nodes { id timestamp duration }
    pageInfo { hasNextPage endCursor }
  }
}
""")
RENAME = gql("""
mutation ($input: UpdateDashboardInput!) {
  updateDashboard(input: $input) { dashboard { id name } errors { message path } }
}
""")
CHANGES = gql("""
subscription ($id: ID!, $since: String) {
  dashboardChanged(id: $id, since: $since) { version dashboard { name } }
}
""")


class RefusedError(Exception):
    """A mutation changed nothing, because something is wrong with its input."""

    def __init__(self, errors: list[Error]) -> None:
        super().__init__("; ".join(f"{error.path or '/'}: {error.message}" for error in errors))
        self.errors = errors


def connect(url: str, key: str) -> Client:
    """A client for queries and mutations. `async with` it for a session."""
    return Client(transport=HTTPXAsyncTransport(url=url, headers={"X-API-Key": key}))


def connect_socket(url: str, key: str) -> Client:
    """A client for subscriptions."""
    address = url.replace("http", "ws", 1)
    return Client(transport=WebsocketsTransport(url=address, init_payload={"apiKey": key}))


def _with(request: GraphQLRequest, **variables: object) -> GraphQLRequest:
    return GraphQLRequest(request, variable_values=variables)


async def dashboard(session: AsyncClientSession, id: str) -> Dashboard | None:
    """A dashboard with its charts, in one request."""
    found = (await session.execute(_with(DASHBOARD, id=id)))["dashboard"]
    return Dashboard.model_validate(found) if found else None


async def calls(session: AsyncClientSession, size: int = 100) -> AsyncIterator[Call]:
    """All calls, newest first, a page at a time."""
    after = None
    while True:
        page = (await session.execute(_with(CALLS, first=size, after=after)))["callLogs"]
        for node in page["nodes"]:
            yield Call.model_validate(node)
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


async def rename(session: AsyncClientSession, id: str, name: str) -> None:
    """Renames a dashboard.

    Raises:
        RefusedError: the name cannot be used.
    """
    payload = (await session.execute(_with(RENAME, input={"id": id, "name": name})))["updateDashboard"]
    if payload["errors"]:
        raise RefusedError([Error.model_validate(error) for error in payload["errors"]])


async def names(
    session: AsyncClientSession, id: str, since: str | None = None
) -> AsyncIterator[tuple[str, str | None]]:
    """The version and name of a dashboard, now and after each change; None once it is deleted.

    After a lost connection, go on with the last version as `since`.
    """
    async for event in session.subscribe(_with(CHANGES, id=id, since=since)):
        changed = event["dashboardChanged"]
        yield changed["version"], changed["dashboard"] and changed["dashboard"]["name"]


async def main(id: str) -> None:
    url, key = os.environ.get("DIALBOARD_URL", "http://127.0.0.1:8000/graphql"), os.environ["DIALBOARD_KEY"]
    async with connect(url, key) as session:
        found = await dashboard(session, id)
        if found is None:
            sys.exit("There is no such dashboard.")
        for widget in found.widgets:
            match widget.data:
                case LineChart(total_points=count, points=points):
                    print(f"{widget.name}: {count} points, the highest {max(point.value for point in points)}")
                case Fault(message=message):
                    print(f"{widget.name}: {message}")
                case _:
                    print(widget.name)
        print("The newest call:", await anext(calls(session, 1), None))
    async with connect_socket(url, key) as session:
        async for _, name in names(session, id):
            print("The dashboard is called", name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
