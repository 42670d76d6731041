"""Pre-aggregates of one definition and day: cells stored as columns, and how they are packed into bytes.

A cell holds the numbers of one slot and one label. All pre-aggregates of a kind have the same columns. Single calls are
converted to the same columns, one cell for each call, so that both are merged by the same code.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.lines import SLOT
from aggregation.stored.definition import Kind

SLOTS_A_DAY = timedelta(days=1) // SLOT
SLOT_MICROSECONDS = SLOT // timedelta(microseconds=1)

POINTS_WIDTH = 16
"""The numbers of the four points of a cell."""

Column = NDArray[Any]
Columns = Mapping[str, Column]

CELL_COLUMNS: dict[Kind, dict[str, str]] = {
    Kind.MOMENTS: {
        "at": "i8",
        "label": "i4",
        "records": "i8",
        "samples": "i8",
        "total": "f8",
        "spread": "f8",
        "low": "f8",
        "high": "f8",
    },
    Kind.DISTRIBUTION: {"at": "i8", "label": "i4", "records": "i8", "samples": "i8"},
    Kind.EXTREMES: {"at": "i8", "label": "i4", "records": "i8", "samples": "i8", "points": f"({POINTS_WIDTH},)f8"},
}
"""By kind, the columns of cells and their types.

``at`` is the cell's time, in microseconds since 1970: a slot's start, or a record's own time. ``records`` counts the
records, ``samples`` those with a value; ``total`` is their sum, ``spread`` the sum of squared deviations from their
mean, ``low`` and ``high`` the least and greatest (NaN without any). ``points`` are first, last (seconds, id, value),
lowest and highest (value, seconds, id); an id is two numbers, its upper and lower 32 bits.
"""

ENTRY_COLUMNS = {"at": "i8", "label": "i4", "value": "f8", "count": "i8"}
"""The values of a distribution's cells and how often each occurs. In a sketch, ``value`` is the number of a range."""


def empty(columns: Mapping[str, str]) -> dict[str, Column]:
    """Columns without rows."""
    return {name: np.zeros(0, dtype=kind) for name, kind in columns.items()}


def chosen(columns: Columns, rows: Any) -> dict[str, Column]:
    """The selected rows of columns."""
    return {name: column[rows] for name, column in columns.items()}


def joined(parts: Sequence[Columns]) -> dict[str, Column]:
    """The parts concatenated; there is at least one part."""
    if len(parts) == 1:
        return dict(parts[0])
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def ranges(numbers: Iterable[int], longest: int | None = None) -> list[tuple[int, int]]:
    """Ranges ``[first, last)`` of consecutive numbers, none longer than ``longest``.

    The numbers are those of slots or of days, in ascending order.
    """
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number and (longest is None or number - found[-1][0] < longest):
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day of a definition.

    Attributes:
        number: days since 1970.
        versions: for each of its 96 slots, the version of the data that it was computed from.
        labels: what the columns ``label`` index into; a single None if the definition has no label.
        cells: see ``CELL_COLUMNS``; ordered by time.
        entries: see ``ENTRY_COLUMNS``; empty except for distributions.
        is_sketch: whether the values of the entries are numbers of a sketch's ranges.
    """

    number: int
    versions: NDArray[np.int64]
    labels: tuple[str | None, ...]
    cells: dict[str, Column]
    entries: dict[str, Column] = field(default_factory=lambda: empty(ENTRY_COLUMNS))
    is_sketch: bool = False

    @property
    def size(self) -> int:
        """The size of its columns in bytes."""
        columns = (*self.cells.values(), *self.entries.values())
        return 1_000 + sum(column.nbytes for column in columns) + 60 * len(self.labels)


def pack(day: Day) -> bytes:
    """A day's labels and columns as compressed bytes. Its number and versions are stored separately."""
    parts: list[bytes] = []
    rows = {"cells": 0, "entries": 0}
    for name, columns in (("cells", day.cells), ("entries", day.entries)):
        rows[name] = len(columns["at"])
        parts += [np.ascontiguousarray(column).tobytes() for column in columns.values()]
    head = json.dumps({"labels": day.labels, "sketch": day.is_sketch, **rows}).encode()
    return zlib.compress(b"".join([len(head).to_bytes(4, "little"), head, *parts]), 1)


def unpack(kind: Kind, number: int, versions: NDArray[np.int64], packed: bytes) -> Day:
    """The day that ``pack`` packed."""
    data = zlib.decompress(packed)
    place = 4 + int.from_bytes(data[:4], "little")
    head = json.loads(data[4:place])

    def read(columns: Mapping[str, str], rows: int) -> dict[str, Column]:
        nonlocal place
        found: dict[str, Column] = {}
        for name, kind in columns.items():
            dtype = np.dtype(kind)
            found[name] = np.frombuffer(data, dtype.base, rows * int(np.prod(dtype.shape)), place).reshape(
                (rows, *dtype.shape)
            )
            place += rows * dtype.itemsize
        return found

    cells = read(CELL_COLUMNS[kind], head["cells"])
    entries = read(ENTRY_COLUMNS, head["entries"])
    return Day(number, versions, tuple(head["labels"]), cells, entries, head["sketch"])
