"""The types of fields and of the values they are compared with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, DateTime, Double, Text, bindparam
from sqlalchemy.types import TypeEngine


class FieldType(StrEnum):
    """What a field's values are. ``dynamic`` takes the type of the value it is compared with.

    ``integer`` fields are row numbers: they take the operators of a number, whole numbers only, and global ids.
    """

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DYNAMIC = "dynamic"

    __hash__ = str.__hash__  # Enum's own is written in Python, and these are looked up for every condition.


TICK = timedelta(microseconds=1)
"""What instants are apart at least."""


@dataclass(frozen=True)
class Span:
    """The instants from ``start`` up to, not including, ``end``, in UTC: a day.

    ``is_date`` tells a date that was written, which other times lie before or after, from ``today``, which ``gt`` and
    ``lt`` begin and end with.
    """

    start: datetime
    end: datetime
    is_date: bool = False

    @property
    def last(self) -> datetime:
        """Its last instant: PostgreSQL's times are whole microseconds."""
        return self.end - TICK


Scalar = str | float | bool | datetime | Span
"""A value of a checked condition (``float`` includes ``int``)."""

Value = Scalar | tuple[Scalar, ...]

_SQL_TYPES: dict[FieldType, TypeEngine[Any]] = {
    FieldType.STRING: Text(),
    FieldType.NUMBER: Double(),
    FieldType.INTEGER: BigInteger(),
    FieldType.BOOLEAN: Boolean(),
    FieldType.DATETIME: DateTime(timezone=True),
}
_ARRAY_TYPES: dict[FieldType, ARRAY[Any]] = {kind: ARRAY(sql_type) for kind, sql_type in _SQL_TYPES.items()}


def bind(value: Value, kind: FieldType) -> ColumnElement[Any]:
    """``value`` as a bind parameter of the SQL type of ``kind``; a tuple as one array parameter."""
    if isinstance(value, tuple):
        return bindparam(None, list(value), _ARRAY_TYPES[kind], unique=True)
    return bindparam(None, value, _SQL_TYPES[kind], unique=True)
