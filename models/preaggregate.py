"""Pre-aggregates of charts: their definitions, and the bytes of each UTC day."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Index, Integer, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, ProjectId

Key = Annotated[bytes, mapped_column(LargeBinary, primary_key=True)]


class Preaggregate(Base):
    """The definition of pre-aggregates. ``definition`` is readable JSON; ``key`` is its hash.

    ``unsuited`` is the reason why none are stored, if building them showed that they are not worth storing.
    """

    __tablename__ = "preaggregates"
    __table_args__ = (ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),)

    project_id: Mapped[ProjectId]
    key: Mapped[Key]
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    unsuited: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class PreaggregateDay(Base):
    """The pre-aggregate of one UTC day, ``day`` days after 1970-01-01.

    ``versions`` holds a version for each of its 96 slots, as 64-bit numbers, lowest byte first;
    ``total_version`` is their sum. A slot whose version has changed since is stale. ``state`` is packed by
    ``aggregation.stored.day``. ``used_at`` is accurate to the hour.
    """

    __tablename__ = "preaggregate_days"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "key"], ["preaggregates.project_id", "preaggregates.key"], ondelete="CASCADE"
        ),
        Index(None, "project_id", "used_at"),
    )

    project_id: Mapped[ProjectId]
    key: Mapped[Key]
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    versions: Mapped[bytes] = mapped_column(LargeBinary)
    total_version: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
