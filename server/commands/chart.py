"""``dialboard chart``: the chart of a widget, drawn in the terminal, or as a table, CSV or JSON."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from server.commands.command import CommandError, load_settings, with_runtime
from server.commands.completion import complete_dashboard, complete_widget
from server.commands.drawing import print_chart, print_table, tell_of_missing, width_of
from server.commands.graphql import Client, project_of
from server.commands.json_option import json_object
from server.commands.lookup import find_widget
from server.commands.project_option import ProjectOption
from server.commands.time_range import time_range

if TYPE_CHECKING:
    from server.runtime import Runtime

_NARROWEST, _WIDEST = 40, 500
_LOWEST, _HIGHEST = 2, 100


class Format(StrEnum):
    """How a chart is printed."""

    CHART = "chart"
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def chart(
    widget: Annotated[
        str,
        typer.Argument(metavar="WIDGET", help="The name or ID of a widget.", shell_complete=complete_widget),
    ],
    project: ProjectOption = None,
    dashboard: Annotated[
        str | None,
        typer.Option(
            metavar="DASHBOARD",
            help="The name or ID of the widget's dashboard, if several have a widget of that name.",
            shell_complete=complete_dashboard,
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="The start: a time, a date, or such as now-7d.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="The end; by default now.")] = None,
    range_: Annotated[
        str | None,
        typer.Option("--range", metavar="RANGE", help="Both in one: 7d for the last 7 days, or FROM..TO."),
    ] = None,
    filter_: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="JSON|@FILE", help="A filter, combined with those of dashboard and widget by AND."
        ),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=_NARROWEST, max=_WIDEST, help="Columns; by default the terminal's, or 80 without one."
        ),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(metavar="N", min=_LOWEST, max=_HIGHEST, help="Rows of a line's plot, or the most bars a series."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the chart.")] = Format.CHART,
) -> None:
    """Print the chart of a widget: drawn, as a table, or as CSV or JSON.

    Numbers, limits and errors are those of the API. docs/terminal.md has examples.
    Exit codes: 0 for success; 1 for an error, such as an unknown widget; 2 for wrong usage.
    """
    given = time_range(start, end, range_)
    scope = None if filter_ is None else json_object(filter_, "--filter")
    _refuse_size(format_, width, height)
    settings = load_settings()

    async def work(runtime: "Runtime") -> dict[str, Any]:
        client = Client(runtime, settings, await project_of(runtime, project), "dialboard chart")
        found = await find_widget(client, widget, dashboard)
        size = _size(format_, width, height)
        return await _ask(client, found, size, {"timeRange": given, "scope": scope})

    answer = with_runtime(work)
    _raise_error(answer, has_range=range_ is not None)
    _print(answer, format_, width, height)


def _refuse_size(format_: Format, width: int | None, height: int | None) -> None:
    match format_:
        case Format.CHART:
            return
        case Format.TABLE:
            names = ["--height"] if height is not None else []
        case Format.CSV | Format.JSON:
            sizes = {"--width": width, "--height": height}
            names = [name for name, size in sizes.items() if size is not None]
        case _:
            assert_never(format_)
    if names:
        raise typer.BadParameter(f"{' and '.join(names)} cannot be combined with --format {format_.value}.")


def _size(format_: Format, width: int | None, height: int | None) -> tuple[int, int | None] | None:
    """The size of a drawing; None where everything is printed."""
    match format_:
        case Format.CHART:
            return width_of(width), height
        case Format.TABLE | Format.CSV | Format.JSON:
            return None
        case _:
            assert_never(format_)


async def _ask(
    client: Client, found: dict[str, Any], size: tuple[int, int | None] | None, variables: dict[str, Any]
) -> dict[str, Any]:
    """The widget with its chart; ``size`` is that of a drawing."""
    from models import ChartType
    from server.terminal.questions import chart_question

    document, limits = chart_question(ChartType[found["chartType"]], size)
    answer = (await client.data(document, id=found["id"], **variables, **limits))["widget"]
    if answer is None or answer["chartType"] != found["chartType"]:
        raise CommandError(f"The widget {found['name']!r} was changed in the meantime; try again.")
    return answer


def _raise_error(widget: dict[str, Any], *, has_range: bool) -> None:
    """Raises a chart's error; says which option it is about."""
    error = widget["data"]
    if "code" not in error:
        return
    path, origin = error["path"] or "", error.get("origin")
    pointer = f", {path}" if path else ""
    options = {"timeRange": "--range" if has_range else f"--{path.lstrip('/')}", "scope": f"--filter{pointer}"}
    where = f"{options.get(origin, f'filters of the {origin}{pointer}')}: " if origin else ""
    raise CommandError(f"{where}{error['message']}")


def _print(widget: dict[str, Any], format_: Format, width: int | None, height: int | None) -> None:
    match format_:
        case Format.CHART:
            print_chart(widget, width, height)
        case Format.TABLE:
            print_table(widget, width)
            tell_of_missing(widget)
        case Format.CSV:
            from server.exporting.encoding import CsvWriter, table_as_csv
            from server.terminal.rows import table_of

            table = table_of(widget)
            typer.echo(b"".join(table_as_csv(table, CsvWriter(escape_formulas=True))).decode(), nl=False)
            tell_of_missing(widget)
        case Format.JSON:
            typer.echo(json.dumps(widget, indent=2, ensure_ascii=False))
            tell_of_missing(widget)
        case _:
            assert_never(format_)
