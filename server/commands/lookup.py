"""Dashboards and widgets as commands are given them: by their names or by their global IDs."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from server.commands.command import CommandError

if TYPE_CHECKING:
    from server.commands.graphql import Client

_LONGEST_NAME = 200
_NAMED = 20
"""How many names an error lists."""


async def all_dashboards(client: "Client", document: str, **variables: Any) -> AsyncGenerator[dict[str, Any]]:
    """Every dashboard that a document with ``$after`` lists."""
    after: str | None = None
    while True:
        page = (await client.data(document, after=after, **variables))["dashboards"]
        for edge in page["edges"]:
            yield edge["node"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


async def find_dashboard(client: "Client", given: str) -> dict[str, Any]:
    """A dashboard with its widgets.

    Raises:
        CommandError: there is none, or there are several of that name.
    """
    from server.terminal.questions import DASHBOARD, DASHBOARDS

    if _is_id(given, "Dashboard"):
        found = (await client.data(DASHBOARD, id=given))["dashboard"]
        if found is None:
            raise CommandError(f"The project {client.project.name!r} has no dashboard with the ID {given!r}.")
        return found
    search = given if len(given) <= _LONGEST_NAME else None
    ids = [one["id"] async for one in all_dashboards(client, DASHBOARDS, search=search) if one["name"] == given]
    if not ids:
        names = [one["name"] async for one in all_dashboards(client, DASHBOARDS)]
        raise CommandError(f"The project {client.project.name!r} has no dashboard {given!r}. {_instead(given, names)}")
    if len(ids) > 1:
        raise CommandError(f"There are {len(ids)} dashboards {given!r}; give the ID of one: {', '.join(ids)}.")
    found = (await client.data(DASHBOARD, id=ids[0]))["dashboard"]
    if found is None:
        raise CommandError(f"The dashboard {given!r} was deleted in the meantime.")
    return found


async def find_widget(client: "Client", given: str, dashboard: str | None) -> dict[str, Any]:
    """A widget's ID, name and chart type.

    Raises:
        CommandError: there is none, or there are several of that name.
    """
    from server.terminal.questions import DASHBOARDS_WITH_WIDGETS, WIDGET

    if dashboard is None and _is_id(given, "Widget"):
        found = (await client.data(WIDGET, id=given))["widget"]
        if found is None:
            raise CommandError(f"The project {client.project.name!r} has no widget with the ID {given!r}.")
        return found
    if dashboard is not None:
        boards = [await find_dashboard(client, dashboard)]
        place = f"The dashboard {boards[0]['name']!r}"
    else:
        boards = [board async for board in all_dashboards(client, DASHBOARDS_WITH_WIDGETS)]
        place = f"The project {client.project.name!r}"
    widgets = [(board, widget) for board in boards for widget in board["widgets"]]
    found = [(board, widget) for board, widget in widgets if given in (widget["name"], widget["id"])]
    if not found:
        names = [widget["name"] for _, widget in widgets]
        raise CommandError(f"{place} has no widget {given!r}. {_instead(given, names)}")
    if len(found) > 1:
        which = ", ".join(f"{widget['id']} (in {board['name']!r})" for board, widget in found)
        raise CommandError(f"There are {len(found)} widgets {given!r}; give the ID of one: {which}.")
    return found[0][1]


def _is_id(given: str, type_name: str) -> bool:
    """Whether a text is a global ID.

    Raises:
        CommandError: it is one, but of another type.
    """
    from graph.node_ids import InvalidIdError, decode, row_id

    try:
        decode(given)
    except InvalidIdError:
        return False
    try:
        row_id(given, type_name)
    except InvalidIdError as error:
        raise CommandError(str(error)) from None
    return True


def _instead(given: str, names: list[str]) -> str:
    """What there is in place of a name that does not exist."""
    from filters.suggestions import nearest_few

    distinct = list(dict.fromkeys(names))
    if near := nearest_few(given, distinct):
        return f"Did you mean {' or '.join(map(repr, near))}?"
    if not distinct:
        return "There are none."
    more = f" and {len(distinct) - _NAMED} more" if len(distinct) > _NAMED else ""
    return f"There are {', '.join(map(repr, distinct[:_NAMED]))}{more}."
