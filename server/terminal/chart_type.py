"""What commands ask for of a chart type, and how they print it: one class for each, in ``server.terminal.chart_types``.

Widgets and charts are JSON of the schema, as ``server.terminal.questions`` asks for them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from aggregation.answer.tables import Row, Table
from server.terminal.bars import Section, draw_bars
from server.terminal.paper import Paper
from server.terminal.quantities import Quantity

Shown = tuple[list[str], list[list[str]]]
"""A table for people: its heads and its rows."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is selected of a chart type.

    Attributes:
        argument: what limits how much there is; it stands where ``selected`` has ``(most)``.
        most: the limit; None for as much as usual.
    """

    selected: str
    argument: str = ""
    most: int | None = None


class TerminalChart(ABC):
    """A chart type in the terminal."""

    @abstractmethod
    def asked(self, width: int | None, height: int | None) -> Part:
        """What is asked for a drawing of this size; without one, for a table."""

    @abstractmethod
    def is_empty(self, chart: dict[str, Any]) -> bool:
        """Whether there is nothing to draw."""

    @abstractmethod
    def table(self, widget: dict[str, Any]) -> Table:
        """The chart with the columns that exports have (docs/exporting.md)."""

    @abstractmethod
    def drawing(self, chart: dict[str, Any], paper: Paper) -> list[Text]:
        """The lines of the drawing."""

    @abstractmethod
    def shown(self, chart: dict[str, Any]) -> Shown:
        """The chart as a table for people."""

    def notes(self, chart: dict[str, Any], paper: Paper) -> Sequence[str | None]:
        """What is said below the drawing."""
        return ()


class ChartOfBars(TerminalChart):
    """A chart type that is drawn as bars."""

    @abstractmethod
    def sections(self, chart: dict[str, Any], latest: int | None = None) -> tuple[list[Section], Quantity]:
        """The bars, and what their values are.

        Args:
            latest: of each series, so many of the latest bars.
        """

    def drawing(self, chart: dict[str, Any], paper: Paper) -> list[Text]:
        """The lines of the drawing."""
        sections, quantity = self.sections(chart, paper.height)
        return draw_bars(sections, quantity, paper.width)

    def shown(self, chart: dict[str, Any]) -> Shown:
        """The chart as a table for people."""
        sections, quantity = self.sections(chart)
        every = [(section.name or "", bar) for section in sections for bar in section.bars]
        rows = [
            [
                name,
                bar.label,
                quantity.text(bar.value) + bar.mark,
                bar.share or "",
                "" if bar.samples is None else f"{bar.samples:,}",
            ]
            for name, bar in every
        ]
        return without_empty(["series", "", "value", "share", "samples"], rows)


def table_with(columns: tuple[str, ...], rows: Iterable[Row], total: int | None = None) -> Table:
    """A table of all of its rows; ``total`` where there are more."""
    found = tuple(rows)
    return Table(columns, found, len(found) if total is None else total)


def without_empty(heads: list[str], rows: list[list[str]]) -> Shown:
    """The columns of which some cell has a text."""
    there = [column for column in range(len(heads)) if any(row[column] for row in rows)]
    return [heads[column] for column in there], [[row[column] for column in there] for row in rows]
