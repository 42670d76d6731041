"""Days such as ``11/05/2026``, of which only another row can tell whether the day or the month comes first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from string import ascii_letters

from server.importing.values.cells import Convert


class DayOrder(Enum):
    """What comes first in a day."""

    DAY = "day"
    MONTH = "month"


_FORMS = {DayOrder.DAY: re.compile(r"(?:%a,? )?%d[^%]%m"), DayOrder.MONTH: re.compile(r"(?:%a,? )?%m[^%]%d")}
_DAY = re.compile(r"\s*(?:([a-z]{3}),? )?([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})?", re.IGNORECASE)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class DayOrders:
    """Formats of both orders in one list.

    Attributes:
        forms: those of each order, as the mapping has them.
        converts: the converters of the list without those of the other order.
    """

    forms: dict[DayOrder, tuple[str, ...]]
    converts: dict[DayOrder, Convert]


def forms_of(order: DayOrder, formats: Sequence[str]) -> tuple[str, ...]:
    """The formats that have an order."""
    return tuple(form for form in formats if _FORMS[order].match(form))


def tells_order(text: str) -> bool:
    """Whether a day is possible in one order alone."""
    match = _DAY.match(text)
    if match is None:
        return False
    return max(int(match[2]), int(match[3])) > _MONTHS or (match[2] != match[3] and bool(_told_by_weekday(match)))


class DayWatch:
    """What the texts of a column say of the order.

    Attributes:
        order: of the first day that is possible in one order alone.
        text: the first day that was seen before that and is possible in both.
        line: of it.
    """

    __slots__ = ("line", "order", "orders", "text")

    def __init__(self, orders: DayOrders) -> None:
        self.orders = orders
        self.order: DayOrder | None = None
        self.text: str | None = None
        self.line = 0

    def see(self, text: str, line: int = 0) -> None:
        """Looks at one more text."""
        match = _DAY.match(text)
        if match is None or self.order is not None:
            return
        first, second = int(match[2]), int(match[3])
        if first > _MONTHS or second > _MONTHS:
            self.order = DayOrder.DAY if first > _MONTHS else DayOrder.MONTH
        elif first != second and (told := _told_by_weekday(match)) is not None:
            self.order = told
        elif first != second and self.text is None:
            self.text, self.line = text.strip(), line

    def decide(self, texts: Sequence[str]) -> None:
        """Looks at the texts of rows that are read again later, for their order alone."""
        for text in texts:
            self.see(text)
        self.text = None

    @property
    def question(self) -> str:
        """Why a text needs a setting, and which."""
        known = f"; a row below has the {self.order.value} first" if self.order else ", and no other row tells"
        has_name = (self.text or "").startswith(tuple(ascii_letters))
        settings = " or ".join(
            f'format = "{next((form for form in forms if form.startswith("%a") is has_name), forms[0])}" '
            f"({order.value} first)"
            for order, forms in self.orders.forms.items()
        )
        return (
            f"{self.text!r} can have the day or the month first{known}; allowed: in the mapping {settings}; of a "
            "preset, in a copy of its file that is given with --map"
        )


def _told_by_weekday(match: re.Match[str]) -> DayOrder | None:
    """The order in which a day falls on the weekday in front of it; None where that is both, neither, or not told."""
    name, first, second, year = match.groups()
    if name is None or year is None:
        return None
    days = {DayOrder.DAY: (int(second), int(first)), DayOrder.MONTH: (int(first), int(second))}
    fitting = [order for order, day in days.items() if _weekday(int(year), *day) == name.casefold()]
    return fitting[0] if len(fitting) == 1 else None


def _weekday(year: int, month: int, day: int) -> str | None:
    try:
        return _WEEKDAYS[date(year, month, day).weekday()]
    except ValueError:
        return None
