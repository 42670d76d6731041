"""``dialboard dashboards``: the dashboards of a project, and the widgets of one."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from server.commands.command import load_settings, with_runtime
from server.commands.completion import complete_dashboard
from server.commands.graphql import Client, project_of
from server.commands.lookup import all_dashboards, find_dashboard
from server.commands.project_option import ProjectOption
from server.commands.table import table

if TYPE_CHECKING:
    from server.runtime import Runtime

Rows = list[dict[str, object]]
_SIGNS = {"gte": "from", "gt": "after", "lt": "before", "lte": "to"}


def dashboards(
    dashboard: Annotated[
        str | None,
        typer.Argument(
            metavar="[DASHBOARD]",
            help="The name or ID of a dashboard whose widgets to list.",
            shell_complete=complete_dashboard,
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List the dashboards of a project, or the widgets of one dashboard.

    Exit codes: 0 for success; 1 for an error, such as an unknown dashboard; 2 for wrong usage.
    """
    if as_json and as_csv:
        raise typer.BadParameter("give one of the options --json and --csv.")
    settings = load_settings()

    async def work(runtime: "Runtime") -> Rows:
        from server.terminal.questions import DASHBOARDS

        client = Client(runtime, settings, await project_of(runtime, project), "dialboard dashboards")
        if dashboard is not None:
            return [_widget(one) for one in (await find_dashboard(client, dashboard))["widgets"]]
        return [_dashboard(one) async for one in all_dashboards(client, DASHBOARDS)]

    rows = with_runtime(work)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    elif as_csv:
        typer.echo(_csv(rows, _WIDGET_KEYS if dashboard is not None else _DASHBOARD_KEYS), nl=False)
    elif rows:
        typer.echo(table(list(rows[0]), [list(row.values()) for row in rows], width=_width(), shrinking="name"))
    else:
        typer.echo("There are no widgets." if dashboard is not None else "There are no dashboards.", err=True)


_DASHBOARD_KEYS = ("name", "id", "widgets", "range", "timeZone", "updatedAt")
_WIDGET_KEYS = ("name", "id", "chartType", "plotted", "aggregation", "timePeriod")


def _dashboard(one: dict[str, Any]) -> dict[str, object]:
    updated = one["updatedAt"].partition(".")[0].removesuffix("Z") + "Z"
    values = (one["name"], one["id"], one["widgetCount"], range_of(one["filters"]), one["timeZone"], updated)
    return dict(zip(_DASHBOARD_KEYS, values, strict=True))


def _widget(one: dict[str, Any]) -> dict[str, object]:
    plotted = f"metric:{one['metric']['name']}" if one["metric"] else one["field"]
    values = (one["name"], one["id"], one["chartType"], plotted, one["aggregation"], one["timePeriod"])
    return dict(zip(_WIDGET_KEYS, values, strict=True))


def range_of(filters: Any) -> str | None:
    """The timestamp conditions at the top of a dashboard's filters, as written: a time range replaces them."""
    from filters.syntax import TIMESTAMP

    top = cast("dict[str, Any]", filters) if isinstance(filters, dict) else {}
    parts = top.get("conditions", []) if top.get("operator") == "and" else [top]
    found = [part for part in parts if part.get("field") == TIMESTAMP]
    return " ".join(f"{_SIGNS.get(part['op'], part['op'])} {_written(part['value'])}" for part in found) or None


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _csv(rows: Rows, keys: tuple[str, ...]) -> str:
    from server.exporting.encoding import CsvWriter

    return CsvWriter(escape_formulas=True).lines([keys, *(tuple(row.values()) for row in rows)]).decode()


def _width() -> int | None:
    """The columns of the terminal; None if the output is not for one."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns
