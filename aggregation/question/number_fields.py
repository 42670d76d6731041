"""The one field that the conditions of a number grouping may name: the plotted number itself."""

from typing import Any

from sqlalchemy import ColumnElement

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import Field, FieldRegistry, FieldType
from models import CallLog


def number_registry(name: str, column: ColumnElement[Any]) -> FieldRegistry:
    """A registry with the number ``name``, read from ``column``."""
    return FieldRegistry(
        [Field(name, FieldType.NUMBER, column, "The plotted number.", nullable=True)],
        records=CALL_LOG_FIELDS.records,
        metadata=CallLog.__table__.c.metadata,
        evaluations=CALL_LOG_FIELDS.evaluations,
        decode_global_id=CALL_LOG_FIELDS.decode_global_id,
    )
