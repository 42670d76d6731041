"""What keys and projects may still spend."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Double, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ProjectId

WHOLE_PROJECT = 0
"""The ``key_id`` of the bucket that all keys of a project share."""


class Budget(Base):
    """A token bucket: the points that were in it at ``refilled_at``. The table is unlogged: a crash fills all."""

    __tablename__ = "budgets"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        {"prefixes": ["UNLOGGED"]},
    )

    project_id: Mapped[ProjectId]
    key_id: Mapped[Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]]
    points: Mapped[float] = mapped_column(Double)
    refilled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
