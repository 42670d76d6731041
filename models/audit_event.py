"""Who did what: rows that are only appended."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ProjectId, RowId
from models.types import AuditAction


class AuditEvent(Base):
    """One change or export, written in the transaction of the change.

    Attributes:
        at: when its transaction began.
        key_id: the number of the API key; None for a command.
        actor: the name that the key had, or the command.
        subject_type: the type of what was changed, as the schema names it; None where it is the project's calls.
        subject_id: its number.
        subject_name: the name that it had.
        counts: numbers of what was changed, never data.
        address: where the request came from.
        request_id: the id that the request has in the log.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        Index(None, "project_id", "at"),
        Index(None, "project_id", "subject_type", "subject_id", "id"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    action: Mapped[AuditAction]
    key_id: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str | None]
    subject_type: Mapped[str | None]
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_name: Mapped[str | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    address: Mapped[str | None]
    request_id: Mapped[str | None]
