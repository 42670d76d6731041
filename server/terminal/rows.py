"""The same charts as tables: with the columns of exports for programs, and in words for people."""

from typing import Any

from aggregation.answer.tables import Table
from models import ChartType
from server.terminal.chart_type import Shown
from server.terminal.chart_types import IN_TERMINAL


def table_of(widget: dict[str, Any]) -> Table:
    """A chart with the columns that exports have (docs/exporting.md)."""
    return IN_TERMINAL[ChartType[widget["chartType"]]].table(widget)


def shown_table(widget: dict[str, Any]) -> Shown:
    """A chart for people: its heads and its rows."""
    return IN_TERMINAL[ChartType[widget["chartType"]]].shown(widget["data"])
