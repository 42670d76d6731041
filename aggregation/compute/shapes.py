"""Shapes: the shapes of grouping that charts are computed in. Charts of one shape share one pass over the records.

Each shape renders the same row: ``(shape, position, label, is_other, numbers)``, so that all shapes of a request go to
PostgreSQL as one statement. ``position`` is the bucket's number from 1 or the rank from 1 (labels); ``numbers``
holds two for each measure: how many values went in, and the measure itself.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    collate,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql

from aggregation.compute.axes import Axis
from aggregation.compute.labels import Labelled
from aggregation.compute.lines import LineRead, is_one_of
from aggregation.compute.measures import Measure, Part, aggregate, as_argument, as_double, count_of
from aggregation.compute.numbers import NumberArray
from aggregation.compute.source import Source
from aggregation.functions import ranking
from aggregation.functions.merging import FromMoments
from aggregation.functions.moments import CellMoments, MomentPart, mean_over, part_of
from aggregation.question.calendars import Calendar
from aggregation.question.row_order import LARGEST_FIRST, Direction, RowOrder, RowOrderField
from models import DataType


def _row(
    number: int,
    position: ColumnElement[Any],
    label: ColumnElement[Any],
    is_other: ColumnElement[Any],
    numbers: list[ColumnElement[Any]],
) -> tuple[ColumnElement[Any], ...]:
    return (
        literal(number, Integer).label("shape"),
        cast(position, Integer).label("position"),
        cast(label, Text).label("label"),
        is_other.label("is_other"),
        cast(postgresql.array(numbers), NumberArray()).label("numbers"),
    )


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets of an axis."""

    source: Source
    axis: Axis

    def statement(self, number: int, measures: tuple[Measure, ...]) -> Select[*tuple[Any, ...]]:
        numbers: list[ColumnElement[Any]] = []
        for measure in measures:
            value = None if measure.field is None else self.source.value(measure.field)
            numbers += [count_of(value), aggregate(measure, value)]
        bucket = self.axis.bucket(self.source)
        row = _row(number, bucket, null(), literal(False), numbers)
        return self.source.select(*row).where(*self.axis.conditions(self.source)).group_by(bucket)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Labels with one measure, or the number of their records, in an order; outside of ``spans`` they come as one other
    row, at position 0.

    Measures that differ in their last digits only are ties: see ``aggregation.functions.ranking``.

    The numbers of a row are: values that went in, measure, labels that the row stands for, records.

    Attributes:
        spans: first and last ranks of the labels that are rows of their own, counted from 1.
        calendars: of each grouping the labels in their order; empty where it is that of their characters.
    """

    labelled: Labelled
    measure: Measure | None
    spans: tuple[tuple[int, int], ...]
    order: RowOrder = LARGEST_FIRST
    calendars: tuple[Calendar, ...] = ((),)

    def shows(self, rank: int) -> bool:
        """Whether the label of a rank is a row of its own."""
        return any(first <= rank <= last for first, last in self.spans)

    def statement(self, number: int, measures: tuple[Measure, ...]) -> Select[*tuple[Any, ...]]:
        ranked = self._ranked().subquery(f"ranked_{number}")
        is_shown = or_(*(ranked.c.rank.between(_big(first), _big(last)) for first, last in self.spans))
        position = case((is_shown, ranked.c.rank), else_=_big(0))
        numbers: list[ColumnElement[Any]] = [
            func.sum(ranked.c.samples),
            func.min(ranked.c.value),
            func.count(),
            func.sum(ranked.c.records),
        ]
        row = _row(number, position, func.min(ranked.c.label), position == _big(0), numbers)
        return select(*row).group_by(position)

    def _ranked(self) -> Select[*tuple[Any, ...]]:
        grouped = self._grouped().subquery()
        is_exact = self.measure is None or ranking.is_exact(self.measure.aggregation)
        value = grouped.c.value if is_exact else ranking.rounded(grouped.c.value)
        by_label, direction = self._by_label(grouped.c.label), self.order.direction
        ties = [_in_direction(key, Direction.ASC) for key in by_label]
        match self.order.field:
            case RowOrderField.VALUE:
                order = (_in_direction(value, direction), *ties)
            case RowOrderField.SAMPLE_COUNT:
                order = (_in_direction(grouped.c.samples, direction), *ties)
            case RowOrderField.LABEL:
                order = tuple(_in_direction(key, direction) for key in by_label)
        rank = func.row_number().over(order_by=order)
        return select(grouped.c.label, grouped.c.samples, grouped.c.records, grouped.c.value, rank.label("rank"))

    def _by_label(self, label: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """What labels are ordered by: of a pair the first one, and then the second."""
        if len(self.calendars) == 1:
            return [_place(label, self.calendars[0])]
        pair = cast(label, postgresql.JSONB)
        return [_place(pair[at].astext, calendar) for at, calendar in enumerate(self.calendars)]

    def _grouped(self) -> Select[*tuple[Any, ...]]:
        records = func.count()
        if self.measure is None:
            samples, value = records, cast(records, Double)
        else:
            measured = None if self.measure.field is None else self.labelled.source.value(self.measure.field)
            samples, value = count_of(measured), aggregate(self.measure, measured)
            if (empty := self.measure.function.empty) is not None:
                value = func.coalesce(value, empty)
        statement = self.labelled.select(
            samples.label("samples"), records.label("records"), cast(value, Double).label("value")
        )
        return statement.group_by("label")


def _place(label: ColumnElement[Any], calendar: Calendar) -> ColumnElement[Any]:
    return func.array_position(cast(list(calendar), ARRAY(Text)), label) if calendar else collate(label, "C")


def _big(number: int) -> ColumnElement[int]:
    return literal(number, BigInteger)


def _in_direction(key: ColumnElement[Any], direction: Direction) -> ColumnElement[Any]:
    match direction:
        case Direction.ASC:
            return key.asc().nulls_last()
        case Direction.DESC:
            return key.desc().nulls_last()


@dataclass(frozen=True, slots=True)
class GroupedBuckets:
    """Buckets of an axis, one series a label; beyond ``top`` labels the records form one other series.

    Labels are ranked by the values that went in over all buckets. Aggregations that merge from moments are folded from
    one pass. Two things read the other records once more: the other aggregations, since they cannot be folded, and
    labels of which a record can carry several, since it is one record of the other series all the same.
    """

    labelled: Labelled
    axis: Axis
    field: str
    data_type: DataType
    top: int

    def statement(self, number: int, measures: tuple[Measure, ...]) -> Select[*tuple[Any, ...]]:
        folds = tuple(fold for measure in measures if (fold := _fold(measure)) is not None)
        if self.labelled.is_many or len(folds) < len(measures):
            return self._exact(number, measures)
        return self._folded(number, measures, folds)

    def _records(self) -> Select[*tuple[Any, ...]]:
        source = self.labelled.source
        bucket = self.axis.bucket(source).label("bucket")
        records = self.labelled.select(bucket, source.value(self.field).label("value"), source.record().label("record"))
        return records.where(*self.axis.conditions(source))

    def _folded(
        self, number: int, measures: tuple[Measure, ...], folds: tuple[FromMoments, ...]
    ) -> Select[*tuple[Any, ...]]:
        records = self._records().subquery()
        value = as_argument(measures[0], records.c.value)
        parts = dict.fromkeys(part for fold in folds for part in fold.parts)
        columns = [part_of(part, value).label(part) for part in parts]
        samples = func.count(value).label("samples")
        cells = (
            select(records.c.bucket, records.c.label, samples, *columns)
            .group_by(records.c.bucket, records.c.label)
            .subquery()
        )
        total = func.sum(cells.c.samples).over(partition_by=cells.c.label).label("label_samples")
        totals = select(*cells.c, total).subquery()
        order = (totals.c.label_samples.desc(), collate(totals.c.label, "C").asc().nulls_last())
        ranked = select(*totals.c, func.dense_rank().over(order_by=order).label("rank")).subquery()
        is_other = (ranked.c.rank > self.top).label("is_other")
        label = case((is_other, null()), else_=ranked.c.label).label("series_label")
        columns = [ranked.c.samples, *(ranked.c[part] for part in parts)]
        if MomentPart.SPREAD in parts:
            series = (ranked.c.bucket, label, is_other)
            columns.append(mean_over(ranked.c.samples, ranked.c[MomentPart.TOTAL], *series).label("mean"))
        placed = select(ranked.c.bucket, label, is_other, *columns).subquery().c
        moments = CellMoments(placed)
        numbers: list[ColumnElement[Any]] = []
        for measure, fold in zip(measures, folds, strict=True):
            numbers += [func.sum(placed.samples), as_double(measure, fold.value(moments))]
        row = _row(number, placed.bucket, placed.series_label, placed.is_other, numbers)
        return select(*row).group_by(placed.bucket, placed.series_label, placed.is_other)

    def _exact(self, number: int, measures: tuple[Measure, ...]) -> Select[*tuple[Any, ...]]:
        records = self._records().cte(f"records_{number}")
        order = (func.count(records.c.value).desc(), collate(records.c.label, "C").asc().nulls_last())
        tops = select(records.c.label).group_by(records.c.label).order_by(*order).limit(self.top).subquery()
        shown = select(tops.c.label, literal(True).label("shown")).subquery()
        same_label = and_(
            func.coalesce(shown.c.label, "") == func.coalesce(records.c.label, ""),
            shown.c.label.is_(None) == records.c.label.is_(None),
        )
        is_other = shown.c.shown.is_(None).label("is_other")
        rows = select(records.c.bucket, shown.c.label, is_other, records.c.value, records.c.record)
        rows = rows.select_from(records.outerjoin(shown, same_label))
        series = (rows.distinct() if self.labelled.is_many else rows).subquery().c
        numbers: list[ColumnElement[Any]] = []
        for measure in measures:
            numbers += [func.count(series.value), aggregate(measure, series.value)]
        row = _row(number, series.bucket, series.label, series.is_other, numbers)
        return select(*row).group_by(series.bucket, series.label, series.is_other)


def _fold(measure: Measure) -> FromMoments | None:
    """How the measure of many cells follows from their moments, where it does."""
    merging = measure.function.merging
    return merging if isinstance(merging, FromMoments) and measure.part is Part.VALUE else None


@dataclass(frozen=True, slots=True)
class FixedBuckets:
    """Buckets of an axis for the labels ``shown``, and one other series for all other records."""

    labelled: Labelled
    axis: Axis
    shown: tuple[str | None, ...]

    def statement(self, number: int, measures: tuple[Measure, ...]) -> Select[*tuple[Any, ...]]:
        source = self.labelled.source
        fields = dict.fromkeys(measure.field for measure in measures if measure.field is not None)
        names = {field: f"value_{at}" for at, field in enumerate(fields)}
        values = [source.value(field).label(name) for field, name in names.items()]
        bucket = self.axis.bucket(source).label("bucket")
        records = self.labelled.select(bucket, source.record().label("record"), *values)
        found = records.where(*self.axis.conditions(source)).subquery().c
        is_shown = is_one_of(found.label, self.shown)
        label = case((is_shown, found.label), else_=null()).label("label")
        rows = select(
            found.bucket, label, (~is_shown).label("is_other"), found.record, *(found[name] for name in names.values())
        )
        series = (rows.distinct() if self.labelled.is_many else rows).subquery().c
        numbers: list[ColumnElement[Any]] = []
        for measure in measures:
            value = None if measure.field is None else series[names[measure.field]]
            numbers += [count_of(value), aggregate(measure, value)]
        row = _row(number, series.bucket, series.label, series.is_other, numbers)
        return select(*row).group_by(series.bucket, series.label, series.is_other)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A line of one series, thinned to ``columns``: what most lines need, in the same pass that counts their points.

    The numbers of a row are: points of the column, then the first and last one as seconds, id, value, and the lowest
    and highest one as value, seconds, id. An id is two numbers, its upper and lower 32 bits.
    """

    read: LineRead

    def statement(self, number: int, measures: tuple[Measure, ...]) -> Select[*tuple[Any, ...]]:
        extremes = self.read.extremes().subquery()
        parts = (extremes.c.first, extremes.c.last, extremes.c.lowest, extremes.c.highest)
        counted = cast(postgresql.array([extremes.c.samples]), NumberArray())
        numbers = func.array_cat(counted, func.array_cat(_cat(*parts[:2]), _cat(*parts[2:])))
        return select(
            literal(number, Integer).label("shape"),
            extremes.c.column_number.label("position"),
            cast(null(), Text).label("label"),
            literal(False).label("is_other"),
            numbers.label("numbers"),
        )


def _cat(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.array_cat(one, other)


AnyShape = Buckets | Ranking | GroupedBuckets | FixedBuckets | Envelope
"""A shape of grouping over a source. ``statement`` gives its rows, marked by a number of the request's."""
