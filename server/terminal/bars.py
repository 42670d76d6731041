"""Horizontal bars, one a line: label, bar, value, share."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from server.terminal.cells import left, right, widest
from server.terminal.colours import QUIET, colour
from server.terminal.quantities import Form, Quantity

_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL, _HALF_RIGHT, _DOT = "█", "▐", "●"
_GAP = 2
_LEAST_BAR, _LEAST_LABEL = 8, 6
_MOST_LABEL = 0.4
"""The share of the width that labels have at most."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line.

    Attributes:
        value: None is said in words.
        share: in percent; None where there is none.
        samples: how many values it was aggregated from; None where the value is that number itself.
        is_quiet: whether it stands behind the others, such as the one for all others.
        mark: what follows the value, such as a sign that a note explains.
    """

    label: str
    value: float | None
    share: str | None = None
    samples: int | None = None
    is_quiet: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The bars of a series.

    Attributes:
        name: None where the chart has one series alone.
        note: what stands behind the name.
    """

    name: str | None
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Columns:
    label: int
    bar: int
    value: int
    share: int

    @classmethod
    def of(cls, bars: Sequence[Bar], texts: list[str], width: int) -> "_Columns":
        value, share = widest(texts), widest([bar.share or "" for bar in bars])
        label = min(widest([bar.label for bar in bars]), max(int(width * _MOST_LABEL), _LEAST_LABEL))
        taken = value + _GAP * 2 + (share + _GAP if share else 0)
        label = max(min(label, width - taken - _LEAST_BAR), min(label, _LEAST_LABEL))
        return cls(label, max(width - taken - label, 0), value, share)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How long the bars are: between the lowest and the highest value, from zero on. Times have dots instead."""

    lowest: float
    highest: float
    width: int
    is_of_times: bool

    def shape(self, value: float) -> str:
        """The bar of a value."""
        if self.width <= 0:
            return ""
        if self.is_of_times:
            span = self.highest - self.lowest
            place = round((value - self.lowest) / span * (self.width - 1)) if span else 0
            return " " * place + _DOT
        low, high = min(self.lowest, 0.0), max(self.highest, 0.0)
        zero = round(-low / (high - low) * self.width) if low < 0 else 0
        if value < 0:
            return _backward(value / low * zero, zero)
        return " " * zero + _blocks(value / high * (self.width - zero) if high else 0)


def draw_bars(sections: Sequence[Section], quantity: Quantity, width: int) -> list[Text]:
    """All sections, with the same columns and the same scale."""
    bars = [bar for section in sections for bar in section.bars]
    texts = [text + bar.mark for text, bar in zip(quantity.texts([bar.value for bar in bars]), bars, strict=True)]
    remaining = iter(texts)
    columns = _Columns.of(bars, texts, width)
    values = [bar.value for bar in bars if bar.value is not None]
    scale = _Scale(min(values, default=0), max(values, default=0), columns.bar, quantity.form is Form.TIME)
    lines: list[Text] = []
    for number, section in enumerate(sections):
        if section.name is not None:
            lines += [Text()] if lines else []
            lines.append(Text.assemble(("■ ", colour(number)), (section.name, "bold"), (f"  {section.note}", QUIET)))
        lines += [_line(bar, next(remaining), scale, columns, colour(number)) for bar in section.bars]
    return lines


def _line(bar: Bar, text: str, scale: _Scale, columns: _Columns, style: str) -> Text:
    line = Text(no_wrap=True)
    line.append(left(bar.label, columns.label), style=QUIET if bar.is_quiet else "")
    line.append(" " * _GAP)
    drawn = "" if bar.value is None else scale.shape(bar.value)
    line.append(left(drawn, columns.bar), style=style)
    line.append(" " * _GAP)
    line.append(right(text, columns.value), style=QUIET if bar.value is None else "")
    if columns.share:
        line.append(" " * _GAP)
        line.append(right(bar.share or "", columns.share), style=QUIET)
    line.rstrip()
    return line


def _blocks(length: float) -> str:
    """A bar to the right, to an eighth of a cell; what is more than nothing can be seen."""
    eighths = round(length * 8)
    if length > 0:
        eighths = max(eighths, 1)
    return _FULL * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _backward(length: float, zero: int) -> str:
    """A bar to the left of zero, to half a cell."""
    halves = max(round(length * 2), 1)
    drawn = (_HALF_RIGHT if halves % 2 else "") + _FULL * (halves // 2)
    return " " * (zero - len(drawn)) + drawn
