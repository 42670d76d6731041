"""Printing drawings and tables to where the output goes: with the colours and the width of a terminal, if it is one."""

import shutil
import sys
from typing import TYPE_CHECKING, Any

import typer

from server.commands.command import CommandError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDTH = 80
"""The columns of an output that is not a terminal."""
_LEAST = 40
"""Drawings have this width at least; a narrower terminal wraps them."""


def width_of(given: int | None) -> int:
    """How many columns there are."""
    if given is not None:
        return given
    return max(shutil.get_terminal_size().columns, _LEAST) if sys.stdout.isatty() else _WIDTH


def print_chart(widget: dict[str, Any], width: int | None, height: int | None) -> None:
    """Draws a chart."""
    from server.terminal.charts import draw
    from server.terminal.paper import Paper

    console = _console(width_of(width))
    has_colours = console.color_system is not None and not console.no_color
    _write(console, draw(widget, Paper(console.width, height, has_colours)))


def print_table(widget: dict[str, Any], width: int | None) -> None:
    """Prints a chart as a table."""
    from rich.text import Text

    from server.commands.table import table
    from server.terminal.charts import heading
    from server.terminal.rows import shown_table

    console = _console(width_of(width))
    heads, rows = shown_table(widget)
    lines = table(heads, rows, width=console.width, shrinking=heads[0]).splitlines() if rows else ["No values."]
    _write(console, [*heading(widget), *(Text(line, no_wrap=True) for line in lines)])


def tell_of_missing(widget: dict[str, Any]) -> None:
    """Says how many points or rows an answer leaves out, if it does."""
    chart = widget["data"]
    if chart.get("isThinned"):
        shown = sum(len(series["points"]) for series in chart["series"])
        typer.echo(f"dialboard: {shown:,} of {chart['totalPoints']:,} points; the others are thinned out.", err=True)
    elif len(chart.get("rows", ())) < chart.get("totalRows", 0):
        typer.echo(f"dialboard: the first {len(chart['rows']):,} of {chart['totalRows']:,} rows.", err=True)


def _console(width: int) -> "Console":
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(width=width, highlight=False)
    return Console(width=width, highlight=False, color_system=None, force_terminal=False)


def _write(console: "Console", lines: "list[Text]") -> None:
    with console.capture() as captured:
        for line in lines:
            console.print(line, overflow="fold")
    text = captured.get()
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        raise CommandError(
            f"The output's encoding is {encoding}, which lacks characters of the drawing: set PYTHONIOENCODING=utf-8."
        ) from error
    typer.echo(text, nl=False, color=True)
