"""The fields of calls in the schema: those of their type, from one table."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

import models
from graph.made_types import Member, class_of
from models import DataType
from models.call_fields import CALL_FIELDS

TYPE_OF: Mapping[DataType, Any] = {
    DataType.STRING: str,
    DataType.NUMBER: float,
    DataType.BOOLEAN: bool,
    DataType.DATETIME: datetime,
}
"""What the schema says a field's values are."""


def _fields() -> Iterator[Member]:
    for field in CALL_FIELDS:
        kind = TYPE_OF[field.data_type]
        shown = strawberry.field(name=field.key, description=field.description)
        yield field.name, kind | None if field.is_nullable else kind, shown


if TYPE_CHECKING:

    class CallFields:
        """A call's fields."""
else:
    CallFields = strawberry.type(class_of("CallFields", _fields(), __name__))


def fields_of(row: models.CallLog) -> dict[str, Any]:
    """The values of ``CallFields``."""
    return {field.name: getattr(row, field.name) for field in CALL_FIELDS}
