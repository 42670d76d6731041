"""What a grain of a request needs of stored states, where it can be answered from them at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.labels import Labelled
from aggregation.compute.measures import Measure
from aggregation.compute.shapes import AnyShape, Envelope, FixedTimeline, GroupedTimeline, Ranking, Timeline
from aggregation.compute.source import Source
from aggregation.functions.merging import FromMoments, FromRecords, FromValues
from aggregation.stored.day import SLOT_MICROSECONDS, SLOTS_A_DAY
from aggregation.stored.definition import Definition, Kind, Label, Records
from filters.instants import EPOCH
from models import DataType

MAX_DAYS = 8_000
"""A window of more days, some twenty years, is computed from the calls."""

_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Task:
    """A grain that states may answer.

    Attributes:
        definitions: what each measure is read from.
        start, end: the records' time, in microseconds.
        edges: where the grain cuts time, in microseconds, rising; start and end are not among them.
        is_exact: whether a measure must not come from a sketch.
    """

    shape: AnyShape
    measures: tuple[Measure, ...]
    definitions: tuple[Definition, ...]
    start: int
    end: int
    edges: NDArray[np.int64]
    is_exact: bool

    @classmethod
    def of(cls, shape: AnyShape, measures: Sequence[Measure]) -> "Task | None":
        """The task of a grain; None where its records, labels or measures are not of a kind that states are kept of."""
        source, labelled = _source(shape)
        if labelled is not None and labelled.is_many:
            return None
        records = Records.of(source)
        if not records.is_suited or source.start >= source.end:
            return None
        if isinstance(shape, Envelope) and not shape.read.slots():
            return None
        label = None if labelled is None else Label.of(labelled)
        used = _measures(shape, measures)
        definitions = _definitions(shape, used, records, label)
        if definitions is None:
            return None
        task = cls(
            shape=shape,
            measures=used,
            definitions=definitions,
            start=microseconds(source.start),
            end=microseconds(source.end),
            edges=np.array([microseconds(edge) for edge in _edges(shape)], dtype=np.int64),
            is_exact=any(measure.is_exact or _needs_every_value(measure) for measure in used),
        )
        return task if task.days <= MAX_DAYS else None

    @property
    def first(self) -> int:
        """The grain of 15 minutes that the records begin in."""
        return self.start // SLOT_MICROSECONDS

    @property
    def last(self) -> int:
        """The one after that in which they end."""
        return -(-self.end // SLOT_MICROSECONDS)

    @property
    def first_day(self) -> int:
        """The UTC day that the records begin in."""
        return self.first // SLOTS_A_DAY

    @property
    def days(self) -> int:
        """How many UTC days they touch."""
        return -(-self.last // SLOTS_A_DAY) - self.first_day

    def partial(self) -> frozenset[int]:
        """The grains of 15 minutes that the window or an edge cuts."""
        cuts = np.concatenate([self.edges[(self.edges > self.start) & (self.edges < self.end)], [self.start, self.end]])
        return frozenset((cuts[cuts % SLOT_MICROSECONDS != 0] // SLOT_MICROSECONDS).tolist())


def _source(shape: AnyShape) -> tuple[Source, Labelled | None]:
    match shape:
        case Timeline(source=source):
            return source, None
        case Envelope(read=read):
            return read.source, None
        case Ranking(labelled=labelled) | GroupedTimeline(labelled=labelled) | FixedTimeline(labelled=labelled):
            return labelled.source, labelled


def _edges(shape: AnyShape) -> Sequence[datetime]:
    match shape:
        case Timeline(edges=edges) | GroupedTimeline(edges=edges) | FixedTimeline(edges=edges):
            return edges
        case Envelope(read=read):
            return read.edges()
        case Ranking():
            return ()


def _measures(shape: AnyShape, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    match shape:
        case Ranking(measure=Measure() as measure):
            return (measure,)
        case _:
            return tuple(measures)


def _definitions(
    shape: AnyShape, measures: Sequence[Measure], records: Records, label: Label | None
) -> tuple[Definition, ...] | None:
    """What each measure is read from; None where one needs the records themselves."""
    if isinstance(shape, Envelope):
        return (Definition(records, None, shape.read.field, shape.read.data_type, Kind.EXTREMES),)
    found: list[Definition] = []
    for measure in measures:
        kind = _kind(measure)
        if kind is None:
            return None
        data_type = DataType.NUMBER if measure.field is None else measure.data_type
        found.append(Definition(records, label, measure.field, data_type, kind))
    return tuple(found)


def _kind(measure: Measure) -> Kind | None:
    """What must be kept of values for a measure; None where nothing that is kept will do."""
    match measure.function.merging:
        case FromMoments():
            return Kind.MOMENTS
        case FromValues(data_types=data_types):
            return Kind.DISTRIBUTION if measure.data_type in data_types else None
        case FromRecords():
            return None


def _needs_every_value(measure: Measure) -> bool:
    """Whether a sketch will not do."""
    merging = measure.function.merging
    return isinstance(merging, FromValues) and merging.is_exact
