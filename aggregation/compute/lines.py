"""The points of lines: all of them, or thinned by M4 where there are more than were asked for.

M4 keeps of each column of pixels the first, the last, the lowest and the highest point, so that the drawn line is the
same: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects import postgresql

from aggregation.compute.labels import Labelled
from aggregation.compute.measures import value_as_double
from aggregation.compute.source import Source
from filters.instants import EPOCH
from models import CallLog, DataType

_PARTS = postgresql.ARRAY(Double)

HALF = 2**32
"""What the upper half of a call's number is a multiple of: a double holds either half exactly, but not every number."""

POINTS_A_COLUMN = 4
"""M4 keeps at most four points of a column."""

SLOT = timedelta(minutes=15)
"""What pre-aggregates are kept of."""

FEW_COLUMNS = 5
"""Fewer columns are of equal width: moved to whole slots, two of them would be half empty."""


@dataclass(frozen=True, slots=True)
class LineRead:
    """One reading of a line's points.

    Attributes:
        labelled: the grouped source; None for a line of one series.
        shown: labels with a series of their own; the other records form one other series.
        columns: how many columns each series is thinned to; None to read every point.
    """

    source: Source
    labelled: Labelled | None
    field: str
    data_type: DataType
    shown: tuple[str | None, ...]
    columns: int | None

    def slots(self) -> int:
        """The columns' width in slots; 0 where they are narrower, or too few to be moved.

        Columns that wide begin at the same places whatever the window: the points that are kept do not flicker as time
        goes on, and pre-aggregates of 15 minutes serve them.
        """
        columns, length = self.columns or 1, self.source.end - self.source.start
        if columns < FEW_COLUMNS:
            return 0
        width = -(-length // (columns - 2))
        return -(-width // SLOT) if width >= SLOT else 0

    def edges(self) -> list[datetime]:
        """Where columns of whole slots begin and end."""
        start, end = self.source.start, self.source.end
        width = self.slots() * SLOT
        first = EPOCH + (start - EPOCH) // width * width
        return [first + at * width for at in range(-((first - end) // width) + 1)]

    def _column(self, seconds: ColumnElement[Any]) -> ColumnElement[Any]:
        start, end = self.source.start.timestamp(), self.source.end.timestamp()
        width = (self.slots() * SLOT).total_seconds()
        if not width:
            return func.width_bucket(seconds, start, end, self.columns)
        return cast(func.floor(seconds / width) - start // width + 1, Integer)

    def statement(self, number: int) -> Select[*tuple[Any, ...]]:
        """Rows ``(line, label, is_other, id, seconds, value)``, unordered; ``seconds`` is POSIX time."""
        if self.columns is not None:
            return self._thinned(number)
        points = self._points().subquery(f"points_{number}")
        return select(literal(number, Integer).label("line"), *points.c)

    def _points(self) -> Select[*tuple[Any, ...]]:
        value = self.source.value(self.field)
        number = value_as_double(self.data_type, value)
        seconds = func.date_part("epoch", CallLog.timestamp)
        columns = (CallLog.id.label("id"), seconds.label("seconds"), number.label("value"))
        if self.labelled is None:
            series = (cast(null(), Text).label("label"), literal(False, Boolean).label("is_other"))
            return self.source.select(*series, *columns).where(value.is_not(None))
        record = self.source.record().label("record")
        labels = self.labelled.select(*columns, record).where(value.is_not(None)).subquery()
        is_shown = is_one_of(labels.c.label, self.shown)
        series = select(
            case((is_shown, labels.c.label), else_=null()).label("label"),
            (~is_shown).label("is_other"),
            labels.c.id,
            labels.c.seconds,
            labels.c.value,
            labels.c.record,
        )
        # A record with several labels is one record of the other series.
        points = (series.distinct() if self.labelled.is_many else series).subquery().c
        return select(points.label, points.is_other, points.id, points.seconds, points.value)

    def extremes(self) -> Select[*tuple[Any, ...]]:
        """A row a series and column: how many points, and the four that M4 keeps, as arrays."""
        points = self._points().subquery()
        column_number = self._column(points.c.seconds).label("column_number")
        by_time = postgresql.array([points.c.seconds, *halves(points.c.id), points.c.value])
        by_value = postgresql.array([points.c.value, points.c.seconds, *halves(points.c.id)])
        return select(
            points.c.label,
            points.c.is_other,
            column_number,
            func.count().label("samples"),
            func.min(by_time, type_=_PARTS).label("first"),
            func.max(by_time, type_=_PARTS).label("last"),
            func.min(by_value, type_=_PARTS).label("lowest"),
            func.max(by_value, type_=_PARTS).label("highest"),
        ).group_by(points.c.label, points.c.is_other, column_number)

    def _thinned(self, number: int) -> Select[*tuple[Any, ...]]:
        extremes = self.extremes().subquery()
        extreme = union(
            *(_point(extremes.c[name], seconds=1, id_=2, value=4) for name in ("first", "last")),
            *(_point(extremes.c[name], seconds=2, id_=3, value=1) for name in ("lowest", "highest")),
        ).lateral()
        return select(
            literal(number, Integer).label("line"),
            extremes.c.label,
            extremes.c.is_other,
            extreme.c.id,
            extreme.c.seconds,
            extreme.c.value,
        ).join_from(extremes, extreme, true())


def halves(number: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The upper and lower 32 bits of a call's number as doubles, which are ordered as the numbers are."""
    upper = number.bitwise_rshift(literal(32, Integer))
    return cast(upper, Double), cast(number.bitwise_and(literal(HALF - 1, BigInteger)), Double)


def _point(parts: Any, *, seconds: int, id_: int, value: int) -> Select[*tuple[Any, ...]]:
    high, low = (cast(_item(parts, at), BigInteger) for at in (id_, id_ + 1))
    return select(
        (high * literal(HALF, BigInteger) + low).label("id"),
        _item(parts, seconds).label("seconds"),
        _item(parts, value).label("value"),
    ).correlate(parts.table)


def _item(parts: Any, position: int) -> ColumnElement[Any]:
    return parts[position]


def is_one_of(label: ColumnElement[Any], shown: tuple[str | None, ...]) -> ColumnElement[Any]:
    texts = [text for text in shown if text is not None]
    is_text = and_(label.is_not(None), label.in_(texts))
    return func.coalesce(or_(is_text, label.is_(None)) if None in shown else is_text, False)
