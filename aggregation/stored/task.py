"""Tasks: which pre-aggregates a shape of a request can be answered from, if it can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.axes import TimeAxis, ValueAxis
from aggregation.compute.labels import Labelled
from aggregation.compute.measures import Access, Measure
from aggregation.compute.plan import PlannedShape
from aggregation.compute.shapes import AnyShape, Buckets, Envelope, FixedBuckets, GroupedBuckets, Ranking
from aggregation.compute.source import Source
from aggregation.functions.merging import FromMoments, FromRecords, FromValues
from aggregation.question.query import BucketGroup
from aggregation.stored.clock_labels import ClockLabels
from aggregation.stored.day import SLOT_MICROSECONDS, SLOTS_A_DAY
from aggregation.stored.definition import Definition, Kind, Label, Records
from filters.instants import EPOCH
from models import DataType

MAX_DAYS = 8_000
"""A window of more days (about 22 years) is computed from the calls."""

MIN_WHOLE_SLOTS = 12
"""With fewer whole slots a shape is computed from the calls, such as one with edges in every slot: pre-aggregates would
save nothing."""

_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Task:
    """A shape that may be answered from pre-aggregates.

    Attributes:
        definitions: the definition that each measure is read from.
        start, end: the window, in microseconds.
        edges: where the shape's time buckets meet, in microseconds, ascending, without start and end.
        clock: the labels of slots where records are grouped by a part of a clock; the definitions have no label then.
    """

    planned: PlannedShape
    measures: tuple[Measure, ...]
    definitions: tuple[Definition, ...]
    start: int
    end: int
    edges: NDArray[np.int64]
    clock: ClockLabels | None = None

    @classmethod
    def of(cls, planned: PlannedShape, measures: Sequence[Measure]) -> "Task | None":
        """The task of a shape; None if such records, labels or measures are never pre-aggregated."""
        shape = planned.shape
        source, labelled = _source(shape)
        if planned.access is Access.RECORDS or (labelled is not None and (labelled.is_many or _is_of_bins(labelled))):
            return None
        records = Records.of(source)
        if not records.is_suited or source.start >= source.end:
            return None
        if isinstance(shape, Envelope) and not shape.read.slots():
            return None
        start, end = microseconds(source.start), microseconds(source.end)
        if (end - start) // (SLOT_MICROSECONDS * SLOTS_A_DAY) > MAX_DAYS:
            return None
        clock = ClockLabels.of(labelled, start // SLOT_MICROSECONDS, -(-end // SLOT_MICROSECONDS))
        label = None if labelled is None or clock is not None else Label.of(labelled)
        used = _measures(shape, measures)
        task = cls(
            planned=planned,
            measures=used,
            definitions=_definitions(shape, used, records, label),
            start=start,
            end=end,
            edges=np.array([microseconds(edge) for edge in _edges(shape)], dtype=np.int64),
            clock=clock,
        )
        return task if task.days <= MAX_DAYS and task.whole >= MIN_WHOLE_SLOTS else None

    @property
    def shape(self) -> AnyShape:
        """The planned shape's shape."""
        return self.planned.shape

    @property
    def cuts(self) -> NDArray[np.int64]:
        """What cells must not be merged over: edges, and places where labels change."""
        return self.edges if self.clock is None else np.union1d(self.edges, self.clock.cuts())

    @property
    def is_exact(self) -> bool:
        """Whether a sketch is not exact enough to answer it."""
        return self.planned.access is Access.EVERY_VALUE

    @property
    def first(self) -> int:
        """The slot in which the window begins."""
        return self.start // SLOT_MICROSECONDS

    @property
    def last(self) -> int:
        """The slot after the one in which the window ends."""
        return -(-self.end // SLOT_MICROSECONDS)

    @property
    def first_day(self) -> int:
        """The UTC day on which the window begins."""
        return self.first // SLOTS_A_DAY

    @property
    def days(self) -> int:
        """How many UTC days the window touches."""
        return -(-self.last // SLOTS_A_DAY) - self.first_day

    @property
    def whole(self) -> int:
        """How many slots of the window are not partial."""
        return self.last - self.first - len(self.partial())

    def partial(self) -> frozenset[int]:
        """The slots that the window or an edge cuts."""
        cuts = np.concatenate([self.edges[(self.edges > self.start) & (self.edges < self.end)], [self.start, self.end]])
        return frozenset((cuts[cuts % SLOT_MICROSECONDS != 0] // SLOT_MICROSECONDS).tolist())


def _is_of_bins(labelled: Labelled) -> bool:
    """Whether the labels are ranges that were made from the values: others will be needed when there are more."""
    return isinstance(labelled.group, BucketGroup) and labelled.group.are_bins


def _source(shape: AnyShape) -> tuple[Source, Labelled | None]:
    match shape:
        case Buckets(source=source):
            return source, None
        case Envelope(read=read):
            return read.source, None
        case Ranking(labelled=labelled) | GroupedBuckets(labelled=labelled) | FixedBuckets(labelled=labelled):
            return labelled.source, labelled


def _edges(shape: AnyShape) -> Sequence[datetime]:
    """The edges of the shape's time buckets or columns."""
    match shape:
        case Buckets(axis=axis) | GroupedBuckets(axis=axis) | FixedBuckets(axis=axis):
            return axis.edges if isinstance(axis, TimeAxis) else ()
        case Envelope(read=read):
            return read.edges()
        case Ranking():
            return ()


def _measures(shape: AnyShape, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    match shape:
        case Ranking(measure=Measure() as measure):
            return (measure,)
        case Ranking() | Buckets() | GroupedBuckets() | FixedBuckets() | Envelope():
            return tuple(measures)


def _definitions(
    shape: AnyShape, measures: Sequence[Measure], records: Records, label: Label | None
) -> tuple[Definition, ...]:
    """The definition that each measure is read from."""
    if isinstance(shape, Envelope):
        return (Definition(records, None, shape.read.field, shape.read.data_type, Kind.EXTREMES),)
    if (axis := value_axis(shape)) is not None:
        return (Definition(records, label, axis.field, DataType.NUMBER, Kind.DISTRIBUTION),)
    return tuple(
        Definition(
            records,
            label,
            measure.field,
            DataType.NUMBER if measure.field is None else measure.data_type,
            _kind(measure),
        )
        for measure in measures
    )


def value_axis(shape: AnyShape) -> ValueAxis | None:
    """The ranges of the plotted number that the shape counts values in; None for shapes without them."""
    match shape:
        case Buckets(axis=axis) | GroupedBuckets(axis=axis) | FixedBuckets(axis=axis):
            return axis if isinstance(axis, ValueAxis) else None
        case Ranking() | Envelope():
            return None


def _kind(measure: Measure) -> Kind:
    """The kind of pre-aggregate that a measure is read from."""
    match measure.function.merging:
        case FromMoments():
            return Kind.MOMENTS
        case FromValues():
            return Kind.DISTRIBUTION
        case FromRecords():
            raise AssertionError("Task.of returns no task for measures that need the records themselves.")
