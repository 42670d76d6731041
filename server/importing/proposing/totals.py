"""Rows of totals, which are no calls."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.importing.proposing.columns import Column
from server.importing.proposing.nulls import without_nulls
from server.importing.proposing.times import guess_time

_TOTAL = re.compile(
    r"(?:(?:grand|sub)[ -]?)?totals?|sum|summe|gesamt(?:summe)?|insgesamt|somme|suma|total general|total geral"
    r"|合计|总计",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Total:
    """A row of totals: which it is, and the column and the text that tell it."""

    row: int
    column: str
    text: str


def totals(header: Sequence[str], rows: Sequence[Any]) -> list[Total]:
    """The rows with a word for a total in a cell and without a time, where all other rows have neither."""
    found = [
        Total(number, name, cell.strip())
        for number, row in enumerate(rows)
        for name, cell in zip(header, row, strict=False)
        if isinstance(cell, str) and _TOTAL.fullmatch(cell.strip().rstrip(": "))
    ]
    if not found:
        return []
    numbers = {total.row for total in found}
    others = [row for number, row in enumerate(rows) if number not in numbers]
    timed = [place for place, name in enumerate(header) if _has_times(name, [row[place] for row in others])]
    return [total for total in found if timed and all(rows[total.row][place] in (None, "") for place in timed)]


def _has_times(name: str, raws: Sequence[Any]) -> bool:
    return guess_time(without_nulls(Column(name, raws))) is not None
