"""Converts the rows of a scan to days of pre-aggregates, and single calls to cells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.lines import HALF
from aggregation.stored.day import (
    CELL_COLUMNS,
    ENTRY_COLUMNS,
    POINTS_WIDTH,
    SLOT_MICROSECONDS,
    SLOTS_A_DAY,
    Day,
    chosen,
    empty,
)
from aggregation.stored.definition import Definition, Kind, Label
from aggregation.stored.quantiles import ranges_of
from aggregation.stored.scan import Part, Scan
from models import DataType

_NOT_FINITE = "some of its values are not finite or are too large to sum"
_MOMENTS = ("samples", "total", "spread", "low", "high")


class UnsuitedError(Exception):
    """A definition's pre-aggregates are not worth storing, or its values cannot be merged; ``reason`` says why."""

    def __init__(self, definition: Definition, reason: str) -> None:
        super().__init__(reason)
        self.definition = definition
        self.reason = reason


class NeedsSketchError(Exception):
    """A distribution has too many values to store each of them."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(definition.description)
        self.definition = definition


@dataclass(slots=True)
class _Rows:
    """The rows of one part as columns."""

    slots: NDArray[np.int64]
    codes: NDArray[np.int32]
    labels: tuple[str | None, ...]
    numbers: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Any], width: int) -> "_Rows":
        code: dict[str | None, int] = {}
        codes = [code.setdefault(row[2], len(code)) for row in rows]
        numbers = np.array([row[3] for row in rows], dtype=np.float64).reshape(len(rows), width)
        slots = np.array([row[1] for row in rows], dtype=np.int64)
        order = np.argsort(slots, kind="stable")
        return cls(slots[order], np.array(codes, dtype=np.int32)[order], tuple(code), numbers[order])


def days_of(
    scan: Scan, rows: Sequence[Any], versions: Mapping[Definition, NDArray[np.int64]]
) -> list[tuple[Definition, Day]]:
    """The days of a scan.

    Args:
        versions: for each definition, the version of every slot of the scan's days, in the scan's snapshot.

    Raises:
        UnsuitedError: a definition has too many cells, or values that are not finite.
        NeedsSketchError: a distribution has too many values to store each of them.
    """
    by_part: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_part[row[0]].append(row)
    cells: dict[Label | None, tuple[Part, _Rows]] = {}
    values: dict[Definition, _Rows] = {}
    for number, part in enumerate(scan.parts()):
        found = by_part[number]
        if part.limit and len(found) > part.limit:
            _refuse(scan, part)
        if part.values_of is None:
            cells[part.label] = part, _Rows.of(found, 1 + 5 * len(part.fields))
        else:
            values[part.values_of] = _Rows.of(found, 1 + POINTS_WIDTH if part.is_points else 2)
    days: list[tuple[Definition, Day]] = []
    for definition in scan.definitions:
        if definition.kind is Kind.EXTREMES:
            columns, labels, entries = _extremes(values[definition]), (None,), empty(ENTRY_COLUMNS)
        else:
            part, found = cells[definition.label]
            columns, labels = _cells(definition, part, found), found.labels or (None,)
            entries = empty(ENTRY_COLUMNS)
            if definition.kind is Kind.DISTRIBUTION:
                entries, labels = _entries(values[definition], labels)
        if not np.isfinite(entries["value"]).all() or not np.isfinite(columns.get("points", entries["value"])).all():
            raise UnsuitedError(definition, _NOT_FINITE)
        is_sketch = definition in scan.sketched
        days += [(definition, day) for day in _split(scan, versions[definition], labels, columns, entries, is_sketch)]
    return days


def _refuse(scan: Scan, part: Part) -> None:
    if part.values_of is not None:
        if not part.is_sketch:
            raise NeedsSketchError(part.values_of)
        raise UnsuitedError(part.values_of, "it has too many distinct values, even rounded")
    culprit = next(one for one in scan.definitions if one.label == part.label)
    raise UnsuitedError(culprit, "it has too many groups to be worth storing")


def _cells(definition: Definition, part: Part, rows: _Rows) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {
        "at": rows.slots * SLOT_MICROSECONDS,
        "label": rows.codes,
        "records": rows.numbers[:, 0].astype(np.int64),
    }
    if definition.field is None:
        numbers = np.zeros((len(rows.slots), 5))
        numbers[:, 3:] = np.nan
    else:
        first = 1 + 5 * part.fields.index(definition.field)
        numbers = rows.numbers[:, first : first + 5]
    if definition.data_type is DataType.NUMBER and not np.isfinite(numbers[numbers[:, 0] > 0]).all():
        raise UnsuitedError(definition, _NOT_FINITE)
    for at, name in enumerate(_MOMENTS):
        columns[name] = numbers[:, at] if name in ("low", "high") else np.nan_to_num(numbers[:, at])
    columns["samples"] = columns["samples"].astype(np.int64)
    return {name: np.ascontiguousarray(columns[name]) for name in CELL_COLUMNS[definition.kind]}


def _entries(rows: _Rows, labels: tuple[str | None, ...]) -> tuple[dict[str, NDArray[Any]], tuple[str | None, ...]]:
    code = {label: at for at, label in enumerate(labels)}
    codes = np.array([code.setdefault(label, len(code)) for label in rows.labels], dtype=np.int32)
    entries: dict[str, NDArray[Any]] = {
        "at": rows.slots * SLOT_MICROSECONDS,
        "label": codes[rows.codes] if len(codes) else rows.codes,
        "value": np.ascontiguousarray(rows.numbers[:, 0]),
        "count": rows.numbers[:, 1].astype(np.int64),
    }
    return entries, tuple(code)


def _extremes(rows: _Rows) -> dict[str, NDArray[Any]]:
    samples = rows.numbers[:, 0].astype(np.int64)
    return {
        "at": rows.slots * SLOT_MICROSECONDS,
        "label": np.zeros(len(samples), np.int32),
        "records": samples,
        "samples": samples,
        "points": np.ascontiguousarray(rows.numbers[:, 1:]),
    }


def _split(
    scan: Scan,
    versions: NDArray[np.int64],
    labels: tuple[str | None, ...],
    columns: Mapping[str, NDArray[Any]],
    entries: Mapping[str, NDArray[Any]],
    is_sketch: bool,
) -> list[Day]:
    microseconds = SLOTS_A_DAY * SLOT_MICROSECONDS
    edges = (scan.first_day + np.arange(scan.days + 1)) * microseconds
    cell_places, entry_places = np.searchsorted(columns["at"], edges), np.searchsorted(entries["at"], edges)
    return [
        Day(
            number=scan.first_day + at,
            versions=versions[at * SLOTS_A_DAY : (at + 1) * SLOTS_A_DAY],
            labels=labels,
            cells=chosen(columns, slice(cell_places[at], cell_places[at + 1])),
            entries=chosen(entries, slice(entry_places[at], entry_places[at + 1])),
            is_sketch=is_sketch,
        )
        for at in range(scan.days)
    ]


@dataclass(frozen=True, slots=True)
class SingleCalls:
    """Single calls as columns: ``values`` by field (NaN for no value), ``labels`` by label.

    ``is_finite``: no value is infinite or NaN.
    """

    at: NDArray[np.int64]
    ids: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    labels: dict[Label, list[str | None]]
    is_finite: bool = True

    @classmethod
    def of(cls, rows: Sequence[Any], fields: tuple[str, ...], labels: tuple[Label, ...]) -> "SingleCalls":
        """From the rows of ``scan.record_statement``."""
        ordered = sorted(rows, key=lambda row: (row[0], row[1]))
        columns = list(zip(*ordered, strict=True)) or [()] * (2 + len(fields) + len(labels))
        values = {field: np.array(columns[2 + at], dtype=np.float64) for at, field in enumerate(fields)}
        texts = {label: list(columns[2 + len(fields) + at]) for at, label in enumerate(labels)}
        is_finite = all(
            np.isfinite(column).sum() == len(ordered) - columns[2 + at].count(None)
            for at, column in enumerate(values.values())
        )
        times, ids = (np.array(columns[at], dtype=np.int64) for at in (0, 1))
        return cls(times, ids, values, texts, is_finite)

    def between(self, start: int, end: int) -> "SingleCalls":
        """The calls of ``[start, end)``, in microseconds."""
        rows = slice(*np.searchsorted(self.at, (start, end)).tolist())
        return SingleCalls(
            self.at[rows],
            self.ids[rows],
            {field: column[rows] for field, column in self.values.items()},
            {label: texts[rows] for label, texts in self.labels.items()},
            self.is_finite,
        )

    def cells(
        self, definition: Definition, codes: NDArray[np.int32] | None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        """Cells and entries of a definition, one for each record; ``codes`` are the numbers of its labels."""
        count = len(self.at)
        ones = np.ones(count, np.int64)
        label = np.zeros(count, np.int32) if codes is None else codes
        value = np.full(count, np.nan) if definition.field is None else self.values[definition.field]
        has_value = ~np.isnan(value)
        columns: dict[str, NDArray[Any]] = {
            "at": self.at,
            "label": label,
            "records": ones,
            "samples": has_value.astype(np.int64),
            "total": np.where(has_value, value, 0.0),
            "spread": np.zeros(count),
            "low": value,
            "high": value,
        }
        entries = empty(ENTRY_COLUMNS)
        rows: Any = slice(None)
        match definition.kind:
            case Kind.MOMENTS:
                pass
            case Kind.DISTRIBUTION:
                every = {"at": self.at, "label": label, "value": value, "count": ones}
                entries = chosen(every, has_value)
            case Kind.EXTREMES:
                seconds, ids = self.at / 1e6, [half.astype(np.float64) for half in np.divmod(self.ids, HALF)]
                by_time, by_value = [seconds, *ids, value], [value, seconds, *ids]
                columns["points"] = np.stack([*by_time, *by_time, *by_value, *by_value], axis=1)
                order = np.lexsort((value, self.ids, self.at))
                rows = order[has_value[order]]
        if definition.label is not None and definition.label.is_of_ranges:
            rows = self.in_ranges(definition.label)
        return {name: columns[name][rows] for name in CELL_COLUMNS[definition.kind]}, entries

    def in_ranges(self, label: Label) -> NDArray[np.bool_]:
        """Whether each record has a value of the field that the ranges divide."""
        return ~np.isnan(self.values[label.field])


def as_sketch(entries: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Entries of exact values converted to those of a sketch: each value becomes the number of its range."""
    return {**entries, "value": ranges_of(entries["value"]).astype(np.float64)}
