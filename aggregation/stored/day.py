"""Pre-aggregates of one definition and day: cells as columns, and their bytes.

A cell is what a 15-minute slot and a label have together. All pre-aggregates of a kind have the same columns; rows read
from the tables proper are brought into the same form, each a cell of its own, so that both merge alike.
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
    Kind.EXTREMES: {"at": "i8", "label": "i4", "records": "i8", "samples": "i8", "points": "(12,)f8"},
}
"""By kind, the columns of cells and their types.

``at`` is the cell's time, in microseconds since 1970: a slot's start, or a record's own time. ``records`` counts the
records, ``samples`` those with a value; ``total`` is their sum, ``spread`` the sum of squared deviations from their
mean, ``low`` and ``high`` the least and greatest (NaN without any). ``points`` are first, last (seconds, id, value),
lowest and highest (value, seconds, id).
"""

ENTRY_COLUMNS = {"at": "i8", "label": "i4", "value": "f8", "count": "i8"}
"""Of a distribution, each value of a cell and how often it is there. In a sketch, ``value`` is a range's number."""


def empty(columns: Mapping[str, str]) -> dict[str, Column]:
    """Columns without rows."""
    return {name: np.zeros(0, dtype=kind) for name, kind in columns.items()}


def chosen(columns: Columns, rows: Any) -> dict[str, Column]:
    """Some rows of columns."""
    return {name: column[rows] for name, column in columns.items()}


def joined(parts: Sequence[Columns]) -> dict[str, Column]:
    """Columns one after the other; there is at least one part."""
    if len(parts) == 1:
        return dict(parts[0])
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def stretches(numbers: Iterable[int], longest: int | None = None) -> list[tuple[int, int]]:
    """Stretches ``[first, last)`` of numbers that follow each other, of which none is longer than ``longest``.

    The numbers rise: those of slots, or of days.
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
        labels: the texts that the columns ``label`` are indexes of; one None where nothing is labelled.
        cells: see ``CELL_COLUMNS``; by time.
        entries: see ``ENTRY_COLUMNS``; empty but for distributions.
        is_sketch: whether the entries' values are ranges of a sketch.
    """

    number: int
    versions: NDArray[np.int64]
    labels: tuple[str | None, ...]
    cells: dict[str, Column]
    entries: dict[str, Column] = field(default_factory=lambda: empty(ENTRY_COLUMNS))
    is_sketch: bool = False

    @property
    def size(self) -> int:
        """Bytes of its columns."""
        columns = (*self.cells.values(), *self.entries.values())
        return 1_000 + sum(column.nbytes for column in columns) + 60 * len(self.labels)


def pack(day: Day) -> bytes:
    """A day's labels and columns as bytes, compressed; its number and versions are kept beside them."""
    parts: list[bytes] = []
    rows = {"cells": 0, "entries": 0}
    for name, columns in (("cells", day.cells), ("entries", day.entries)):
        rows[name] = len(columns["at"])
        parts += [np.ascontiguousarray(column).tobytes() for column in columns.values()]
    head = json.dumps({"labels": day.labels, "sketch": day.is_sketch, **rows}).encode()
    return zlib.compress(b"".join([len(head).to_bytes(4, "little"), head, *parts]), 1)


def unpack(kind: Kind, number: int, versions: NDArray[np.int64], packed: bytes) -> Day:
    """The day that ``pack`` wrote."""
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
