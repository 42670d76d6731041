"""What a chart's numbers are, and how they are written: counts, numbers with a unit, shares, times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from aggregation.functions.table import FUNCTIONS, Result
from models import Aggregation, DataType
from models.call_fields import CALL_FIELDS, SECONDS

_SYMBOLS = {SECONDS: "s"}
_UNITS = {field.name: field.unit for field in CALL_FIELDS if field.unit is not None}
_DIGITS = 4
"""Significant digits of a number with decimals."""
_LARGEST = 10**15
NO_VALUE = "no value"


class Form(StrEnum):
    """What a number is."""

    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"
    """Of 1; written in percent."""
    TIME = "time"
    """POSIX seconds."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """How the numbers of a chart are written.

    Attributes:
        unit: of a number.
        zone: of times.
    """

    form: Form
    unit: str | None = None
    zone: tzinfo = UTC

    def text(self, value: float | None) -> str:
        """A value, with its unit."""
        if value is None:
            return NO_VALUE
        match self.form:
            case Form.COUNT:
                return f"{value:,.0f}"
            case Form.NUMBER:
                return number(value) + (f" {self.unit}" if self.unit else "")
            case Form.SHARE:
                return percent(100 * value)
            case Form.TIME:
                return moment(datetime.fromtimestamp(value, UTC).astimezone(self.zone))
            case _:
                assert_never(self.form)

    def texts(self, values: Sequence[float | None]) -> list[str]:
        """Values that stand below each other, with the same number of decimals."""
        sizes = [abs(value) for value in values if value is not None]
        largest = max(sizes, default=0)
        if self.form is not Form.NUMBER or not 10**-_DIGITS <= largest < _LARGEST:
            return [self.text(value) for value in values]
        decimals = max(_decimals(number(size, like=largest)) for size in sizes)
        unit = f" {self.unit}" if self.unit else ""
        return [NO_VALUE if value is None else f"{value:,.{decimals}f}{unit}" for value in values]

    def difference(self, value: float, other: float) -> str:
        """How far a value is from another one, to the decimals that the larger of them is written with."""
        change = value - other
        sign = "−" if change < 0 else "+"
        match self.form:
            case Form.COUNT:
                return sign + self.text(abs(change))
            case Form.NUMBER:
                digits = number(abs(change), like=max(abs(value), abs(other)))
                return sign + digits + (f" {self.unit}" if self.unit else "")
            case Form.SHARE:
                return f"{sign}{abs(100 * change):.1f} points"
            case Form.TIME:
                return f"{sign}{duration(abs(change))}"
            case _:
                assert_never(self.form)

    @property
    def takes_percentages(self) -> bool:
        """Whether it says something by how many percent a value differs from another."""
        match self.form:
            case Form.COUNT | Form.NUMBER:
                return True
            case Form.SHARE | Form.TIME:
                return False
            case _:
                assert_never(self.form)


COUNTS = Quantity(Form.COUNT)


def unit_of(field: str | None) -> str | None:
    """The symbol of the unit of a field's values."""
    unit = _UNITS.get(field or "")
    return _SYMBOLS.get(unit, unit) if unit else None


def quantity_of(chart: dict[str, Any]) -> Quantity:
    """How the numbers of a chart are written, by its field, the data type of its values and its aggregation."""
    data_type = DataType[chart["dataType"]] if chart["dataType"] else DataType.NUMBER
    zone = ZoneInfo(chart["window"]["timeZone"])
    if chart["aggregation"] is None:
        return _of_values(data_type, chart["fieldName"], zone)
    match FUNCTIONS[Aggregation[chart["aggregation"]]].result:
        case Result.COUNT:
            return COUNTS
        case Result.NUMBER | Result.VALUE:
            return _of_values(data_type, chart["fieldName"], zone)


def _of_values(data_type: DataType, field: str | None, zone: ZoneInfo) -> Quantity:
    """How values of a field are written, and numbers that are made of them."""
    match data_type:
        case DataType.DATETIME:
            return Quantity(Form.TIME, zone=zone)
        case DataType.BOOLEAN:
            return Quantity(Form.SHARE)
        case DataType.NUMBER | DataType.STRING:
            return Quantity(Form.NUMBER, unit_of(field))
        case _:
            assert_never(data_type)


def number(value: float, like: float | None = None) -> str:
    """A number with at most four significant digits, and all digits before the point.

    Args:
        like: the number whose decimals it has; itself if there is none.
    """
    size = abs(value if like is None else like)
    if value == 0:
        return "0"
    if size >= _LARGEST or size < 10**-_DIGITS:
        return f"{value:.{_DIGITS}g}"
    decimals = max(_DIGITS - 1 - math.floor(math.log10(size)), 0)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def percent(value: float) -> str:
    """A number of percent, with one decimal."""
    return f"{value:.1f}%"


def count(amount: int, noun: str) -> str:
    """So many of something."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def moment(time: datetime) -> str:
    """A time to the minute, in its own zone."""
    return f"{time.day} {time:%b %Y %H:%M}"


def duration(seconds: float) -> str:
    """A span of time in the largest unit that it has at least one of."""
    for size, symbol in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{number(round(seconds / size, 1))} {symbol}"
    return f"{number(seconds)} s"
