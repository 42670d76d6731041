"""The column that came nearest to the times of calls, where none has them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.importing.proposing.columns import Column
from server.importing.proposing.names import LEAST
from server.importing.proposing.nulls import without_nulls
from server.importing.proposing.times import guess_time

_SERIAL = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Nearest:
    """A column, and the first value of it that is not a valid time.

    Attributes:
        row: which it is, from 0.
    """

    column: str
    row: int
    text: str

    @property
    def is_serial(self) -> bool:
        """Whether it may be a number of days, as spreadsheets have times."""
        return _SERIAL.fullmatch(self.text) is not None


def nearest_to_times(columns: Sequence[Column]) -> Nearest | None:
    """The column that has the most times, and of those with as many the one with the most fitting name; None where none
    has one and no name fits."""
    ranked = [(_times_in(column), column.likeness("timestamp"), column) for column in map(without_nulls, columns)]
    able = [one for one in ranked if one[2].values and (one[0] or one[1] >= LEAST)]
    if not able:
        return None
    column = max(able, key=lambda one: one[:2])[2]
    wrong = (row for row, raw in enumerate(column.raws) if raw not in (None, "") and not _is_time(column, raw))
    row = next(wrong, 0)
    return Nearest(column.name, row, str(column.raws[row]))


def _times_in(column: Column) -> float:
    texts = [*column.counts][:100]
    return sum(_is_time(column, text) for text in texts) / len(texts) if texts else 0.0


def _is_time(column: Column, raw: object) -> bool:
    return guess_time(Column(column.label, [raw])) is not None
