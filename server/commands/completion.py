"""Completion of names in shells: projects, dashboards, widgets.

A key press must neither start a database nor change one, nor fail: where no database answers at once, or anything else
is wrong, there is nothing to complete.
"""

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from psycopg import Connection

    from server.settings import Settings

_CONNECT_SECONDS = 2
_MOST = 200
"""Names that are offered at most; shells show few."""

_SPECIAL = re.compile(r"[^\w@%+=:,./-]")
"""What a shell could take for something else than a part of a word."""

_PROJECTS = "select name from projects order by id"
_DASHBOARDS = """select name from dashboards
where project_id = %(project)s and deleted_at is null order by id limit %(most)s"""
_WIDGETS = """select widgets.name from widgets
join dashboards on dashboards.project_id = %(project)s and dashboards.id = widgets.dashboard_id
where widgets.project_id = %(project)s and dashboards.deleted_at is null
and (%(dashboard)s::text is null or dashboards.name = %(dashboard)s)
order by widgets.id limit %(most)s"""


class CommandLine(Protocol):
    """What is on the command line so far."""

    params: dict[str, Any]


def complete_project(_context: object, _parameter: object, incomplete: str) -> list[str]:
    """The projects' names."""
    return _names(incomplete, lambda connection: _first(connection, _PROJECTS))


def complete_dashboard(context: CommandLine, _parameter: object, incomplete: str) -> list[str]:
    """The names of the dashboards of the project that the command line names, or of the only one."""
    return _names(incomplete, lambda connection: _of_project(connection, context, _DASHBOARDS))


def complete_widget(context: CommandLine, _parameter: object, incomplete: str) -> list[str]:
    """The names of the widgets of that project, and of the dashboard if the command line names one."""
    dashboard = context.params.get("dashboard")
    return _names(incomplete, lambda connection: _of_project(connection, context, _WIDGETS, dashboard=dashboard))


def _names(incomplete: str, read: "Callable[[Connection], list[str]]") -> list[str]:
    """The names that begin with what is there already; none where they cannot be read."""
    try:
        import psycopg

        from server.settings import Settings

        address = _address(Settings.load())
        if address is None:
            return []
        with psycopg.connect(address, connect_timeout=_CONNECT_SECONDS) as connection:
            connection.read_only = True
            found = dict.fromkeys(read(connection))
    except Exception:
        return []
    offered = [name for name in found if name.startswith(incomplete) and name.isprintable()]
    return [_SPECIAL.sub(r"\\\g<0>", name) for name in offered] if _inserts_as_written() else offered


def _inserts_as_written() -> bool:
    """Whether the shell puts a name on the command line without quoting it, as bash does outside of quotes."""
    words = os.environ.get("COMP_WORDS", "").splitlines()
    is_quoted = bool(words) and words[-1].startswith(("'", '"'))
    return os.environ.get("_DIALBOARD_COMPLETE") == "complete_bash" and not is_quoted


def _address(settings: "Settings") -> str | None:
    """The database for the role that owns its tables; None where the embedded server does not run."""
    given = settings.owner_database_url or settings.database_url
    if given is not None:
        return given.get_secret_value().replace("+psycopg", "", 1)
    from server.postgres.embedded import ROLE, EmbeddedPostgres

    embedded = EmbeddedPostgres(settings.data_dir)
    if not embedded.is_running():
        return None
    return embedded.url(ROLE, ROLE).set(drivername="postgresql").render_as_string(hide_password=False)


def _first(connection: "Connection", statement: str, **values: Any) -> list[str]:
    return [row[0] for row in connection.execute(statement.encode(), values)]


def _of_project(connection: "Connection", context: CommandLine, statement: str, **values: Any) -> list[str]:
    """The names that a statement finds in the project that the command line names, or in the only one."""
    name = context.params.get("project")
    rows = connection.execute("select id from projects where name = coalesce(%s, name) limit 2", [name]).fetchall()
    if len(rows) != 1:
        return []
    project = int(rows[0][0])
    connection.execute(f"set local dialboard.project_id = '{project:d}'".encode())
    return _first(connection, statement, project=project, most=_MOST, **values)
