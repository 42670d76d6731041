"""Computes from pre-aggregated cells the rows that the SQL statement of a shape would return."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.axes import ValueAxis
from aggregation.compute.measures import Measure
from aggregation.compute.shapes import Buckets, Envelope, FixedBuckets, GroupedBuckets, Ranking
from aggregation.functions.ranking import is_exact, rounded_number
from aggregation.question.query import labels_of
from aggregation.stored.day import Columns
from aggregation.stored.merge import Frame, Numbers, envelope, numbers
from aggregation.stored.rows_in_order import in_order
from aggregation.stored.task import Task

Row = tuple[int, int, str | None, bool, list[float | None]]
"""Shape number, position, label, whether it is the other group, numbers: see ``aggregation.compute.shapes``."""

Ranked = Mapping[str | None, int]
Codes = NDArray[np.int64]


def rows_of(task: Task, frames: Sequence[Frame], number: int) -> list[Row]:
    """The rows of a shape. ``frames`` are the cells of its definitions, in the same order."""
    match task.shape:
        case Buckets(axis=ValueAxis() as axis):
            return _value_series(axis, frames[0], number, None)
        case GroupedBuckets(axis=ValueAxis() as axis, top=top):
            return _value_series(axis, frames[0], number, _largest(frames[0], top))
        case FixedBuckets(axis=ValueAxis() as axis, shown=shown):
            return _value_series(axis, frames[0], number, {label: at for at, label in enumerate(shown)})
        case Buckets():
            return _timeline(task, frames, number)
        case GroupedBuckets(top=top):
            return _series(task, frames, number, _largest(frames[0], top))
        case FixedBuckets(shown=shown):
            return _series(task, frames, number, {label: at for at, label in enumerate(shown)})
        case Ranking() as shape:
            return _ranking(task, frames[0], number, shape)
        case Envelope():
            cells = frames[0].cells
            found = envelope(cells, np.searchsorted(task.edges, cells["at"], side="right"))
            return [(number, column, None, False, [*row]) for column, row in found]


def _buckets(task: Task, columns: Columns) -> Codes:
    return np.searchsorted(task.edges, columns["at"], side="right")


def _timeline(task: Task, frames: Sequence[Frame], number: int) -> list[Row]:
    groups = len(task.edges) + 1
    found = [
        numbers(frame, measure, _buckets(task, frame.cells), _buckets(task, frame.entries), groups)
        for frame, measure in zip(frames, task.measures, strict=True)
    ]
    return [
        (number, bucket, None, False, _pairs(found, bucket)) for bucket in np.flatnonzero(found[0].records).tolist()
    ]


def _largest(frame: Frame, top: int) -> Ranked:
    """The labels with the most values, by rank. Ties are ordered by their bytes, the missing label last."""
    count = len(frame.labels)
    samples = np.bincount(frame.cells["label"], weights=frame.cells["samples"], minlength=count)
    present = np.flatnonzero(
        np.bincount(frame.cells["label"], weights=frame.cells["records"], minlength=count)
    ).tolist()
    order = sorted(present, key=lambda code: (-samples[code], *_by_text(frame.labels[code])))
    return {frame.labels[code]: rank for rank, code in enumerate(order[:top])}


def _by_text(label: str | None) -> tuple[bool, str]:
    return label is None, label or ""


def _series(task: Task, frames: Sequence[Frame], number: int, shown: Ranked) -> list[Row]:
    """A row for each bucket and series with records. Labels that are not shown form one series."""
    width = len(shown) + 1
    groups = (len(task.edges) + 1) * width
    found: list[Numbers] = []
    for frame, measure in zip(frames, task.measures, strict=True):
        series = np.array([shown.get(label, width - 1) for label in frame.labels], dtype=np.int64)

        def placed(columns: Columns, series: Codes = series) -> Codes:
            return _buckets(task, columns) * width + series[columns["label"]]

        found.append(numbers(frame, measure, placed(frame.cells), placed(frame.entries), groups))
    labels = [*shown, None]
    rows: list[Row] = []
    for group in np.flatnonzero(found[0].records).tolist():
        bucket, series = divmod(group, width)
        rows.append((number, bucket, labels[series], series == width - 1, _pairs(found, group)))
    return rows


def _value_series(axis: ValueAxis, frame: Frame, number: int, shown: Ranked | None) -> list[Row]:
    """A row for each bucket of values and series with records. ``shown`` is empty for a series without a label."""
    labels: list[str | None] = [None] if shown is None else [*shown, None]
    width = len(labels)
    codes = [0 if shown is None else shown.get(label, width - 1) for label in frame.labels]
    series = np.array(codes, dtype=np.int64)[frame.entries["label"]]
    buckets = np.searchsorted(np.array(axis.cuts), frame.entries["value"], side="right")
    groups = (len(axis.edges) + 1) * width
    counts = np.bincount(buckets * width + series, weights=frame.entries["count"], minlength=groups)
    rows: list[Row] = []
    for group in np.flatnonzero(counts).tolist():
        bucket, place = divmod(group, width)
        is_other = shown is not None and place == width - 1
        rows.append((number, bucket, labels[place], is_other, [float(counts[group]), float(counts[group])]))
    return rows


def _pairs(found: Sequence[Numbers], group: int) -> list[float | None]:
    pairs: list[float | None] = []
    for part in found:
        pairs += [float(part.samples[group]), _number(part.values[group])]
    return pairs


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _ranking(task: Task, frame: Frame, number: int, shape: Ranking) -> list[Row]:
    """A row for each label in its place of the order. Labels that are not shown form one row."""
    measure: Measure = task.measures[0]
    found = numbers(frame, measure, frame.cells["label"], frame.entries["label"], len(frame.labels))
    empty = None if shape.measure is None else measure.function.empty
    values = found.values if empty is None else np.where(np.isnan(found.values), empty, found.values)
    present = np.flatnonzero(found.records).tolist()
    as_ranked = float if is_exact(measure.aggregation) else rounded_number
    ranks = [None if math.isnan(value) else as_ranked(value) for value in values.tolist()]
    labels = [labels_of(shape.labelled.group, label) for label in frame.labels]
    order = in_order(present, shape.order, shape.calendars, ranks, found.samples.tolist(), labels)
    shown = [(rank, code) for rank, code in enumerate(order, start=1) if shape.shows(rank)]
    rows: list[Row] = []
    for rank, code in shown:
        line = [float(found.samples[code]), _number(values[code]), 1.0, float(found.records[code])]
        rows.append((number, rank, frame.labels[code], False, line))
    rest = [code for rank, code in enumerate(order, start=1) if not shape.shows(rank)]
    if rest:
        least = values[rest]
        lowest = None if np.isnan(least).all() else float(np.nanmin(least))
        line = [float(found.samples[rest].sum()), lowest, float(len(rest)), float(found.records[rest].sum())]
        rows.append((number, 0, None, True, line))
    return rows
