"""The values of metadata keys in SQL: as text, or as the type that a field's name gives them."""

from typing import Any, assert_never

from sqlalchemy import Boolean, ColumnElement, Double, Text, case, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from filters.metadata_names import MetadataName
from filters.value_types import FieldType


def metadata_value(metadata: ColumnElement[Any], name: MetadataName) -> ColumnElement[Any]:
    """The value of a key of the jsonb column ``metadata``; NULL where it is not of the type in JSON.

    Nothing is converted: the string ``"8"`` is not one. The type is looked at before the cast, which would fail.
    """
    key = literal(name.key, Text())
    match name.kind:
        case FieldType.STRING:
            return metadata.op("->>", return_type=Text())(key)
        case FieldType.NUMBER:
            return _of_type(metadata, key, "number", Double())
        case FieldType.BOOLEAN:
            return _of_type(metadata, key, "boolean", Boolean())
        case FieldType.INTEGER | FieldType.DATETIME | FieldType.DYNAMIC:
            raise AssertionError(f"metadata keys are never of the type {name.kind}")
        case _:
            assert_never(name.kind)


def _of_type(
    metadata: ColumnElement[Any], key: ColumnElement[str], json_type: str, sql_type: Double[float] | Boolean
) -> ColumnElement[Any]:
    value = metadata.op("->", return_type=JSONB())(key)
    return case((func.jsonb_typeof(value) == json_type, cast(value, sql_type)))
