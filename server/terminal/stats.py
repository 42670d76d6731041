"""The numbers of a STAT, each with the one of the preceding window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from server.terminal.cells import left, right, widest
from server.terminal.colours import QUIET
from server.terminal.quantities import COUNTS, Form, Quantity, percent, quantity_of, unit_of

_UP, _DOWN, _SAME = "▲", "▼", "= unchanged"
_OVERVIEW = (
    ("Calls", "totalCalls", COUNTS),
    ("Success rate", "successRate", Quantity(Form.SHARE)),
    ("Average duration", "averageDuration", Quantity(Form.NUMBER, unit_of("duration"))),
    ("p95 latency", "p95Latency", Quantity(Form.NUMBER)),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number.

    Attributes:
        name: None where it is the only one.
        previous: the same number of the preceding window.
    """

    name: str | None
    quantity: Quantity
    value: float | None
    previous: float | None

    @property
    def change(self) -> str:
        """How far it is from the previous one; empty where one of them is missing."""
        if self.value is None or self.previous is None:
            return ""
        change = self.value - self.previous
        if not change:
            return _SAME
        sign, relative = _UP if change > 0 else _DOWN, ""
        if self.quantity.takes_percentages and self.previous:
            relative = f" ({'+' if change > 0 else '−'}{percent(abs(100 * change / self.previous))})"
        return f"{sign} {self.quantity.difference(self.value, self.previous)}{relative}"


def figures_of(chart: dict[str, Any]) -> list[Figure]:
    """The number of a STAT, or the four of an overview."""
    overview = chart["overview"]
    before: dict[str, Any] = chart["previousOverview"] or {}
    if overview is None:
        return [Figure(None, quantity_of(chart), chart["value"], chart["previousValue"])]
    return [Figure(name, quantity, overview[key], before.get(key)) for name, key, quantity in _OVERVIEW]


def draw_figures(figures: Sequence[Figure], width: int) -> list[Text]:
    """A line a number; two where one is too wide."""
    names = widest([figure.name or "" for figure in figures])
    pairs = [figure.quantity.texts([figure.value, figure.previous]) for figure in figures]
    values, changes = widest([value for value, _ in pairs]), widest([figure.change for figure in figures])
    heads: list[Text] = []
    tails: list[Text] = []
    for figure, (value, previous) in zip(figures, pairs, strict=True):
        head = Text(no_wrap=True)
        head.append(left(figure.name, names) + "  " if figure.name is not None else "")
        head.append(right(value, values), style="bold" if figure.value is not None else QUIET)
        heads.append(head)
        tails.append(
            Text.assemble(f"  {left(figure.change, changes)}" if changes else "", (f"  before: {previous}", QUIET))
        )
    if max(head.cell_len + tail.cell_len for head, tail in zip(heads, tails, strict=True)) <= width:
        return [head + tail for head, tail in zip(heads, tails, strict=True)]
    return [line for pair in zip(heads, tails, strict=True) for line in pair]


def interval_note(chart: dict[str, Any]) -> str | None:
    """The confidence interval of the number, in words."""
    interval, quantity = chart["interval"], quantity_of(chart)
    if interval is None:
        return None
    low, high = quantity.texts([interval["low"], interval["high"]])
    return f"{interval['level']:.0%} interval: {low} to {high}"
