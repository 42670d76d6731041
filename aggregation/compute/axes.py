"""Axes: what records are put into buckets by, which is their time or the plotted number."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TIMESTAMP, ColumnElement, Double, cast, func
from sqlalchemy.dialects import postgresql

from aggregation.compute.source import Source
from models import CallLog


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Buckets of time, ``[from, to)`` between neighbouring edges."""

    edges: tuple[datetime, ...]

    def bucket(self, source: Source) -> ColumnElement[Any]:
        """The number of a record's bucket, from 1."""
        return func.width_bucket(CallLog.timestamp, cast(list(self.edges), postgresql.ARRAY(TIMESTAMP(timezone=True))))

    def conditions(self, source: Source) -> tuple[ColumnElement[bool], ...]:
        """What a record must fulfil to be in a bucket: nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Buckets of the plotted number, ``[from, to)`` between neighbouring edges; the last one holds its end as well.

    What is less than the first edge has the number 0; what is more than the last, or no number, one more than there are
    buckets.
    """

    field: str
    edges: tuple[float, ...]

    @property
    def cuts(self) -> tuple[float, ...]:
        """Where one bucket ends and the next begins: the edges, the last one moved just beyond itself."""
        return (*self.edges[:-1], math.nextafter(self.edges[-1], math.inf))

    def bucket(self, source: Source) -> ColumnElement[Any]:
        """The number of a record's bucket, from 1."""
        return func.width_bucket(
            cast(source.value(self.field), Double), cast(list(self.cuts), postgresql.ARRAY(Double))
        )

    def conditions(self, source: Source) -> tuple[ColumnElement[bool], ...]:
        """What a record must fulfil to be in a bucket: it has a value."""
        return (source.value(self.field).is_not(None),)


Axis = TimeAxis | ValueAxis
