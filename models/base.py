"""The declarative base of every table, and the columns that all of them share."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import BigInteger, DateTime, Identity, MetaData, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(enum: type[Enum]) -> Sequence[str]:
    return [member.value for member in enum]


class Base(DeclarativeBase):
    """A table. Every one but ``projects`` carries ``project_id``, which leads its keys and foreign keys."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text,
        Enum: sa.Enum(Enum, native_enum=False, length=20, values_callable=_values),
    }


ProjectId = Annotated[int, mapped_column(BigInteger, primary_key=True)]
"""The tenant of a row; first column of the primary key."""

RowId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True, autoincrement=True)]
"""The row's own number; clients see it as ``databaseId``.

``autoincrement`` is said for SQLAlchemy: without it, it takes no column of a composite key for the one that counts, and
inserts many rows one by one.
"""

Timestamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
UpdatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now(), onupdate=func.now())]


class Timestamped:
    """When a row was made and last changed."""

    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
