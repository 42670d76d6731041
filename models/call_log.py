"""Call logs: one row a call."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ProjectId, RowId, Timestamp, Timestamped


class CallLog(Timestamped, Base):
    """One call. ``timestamp`` is its start; ``duration`` is in seconds; ``call_id`` is the caller's own id."""

    __tablename__ = "call_logs"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "agent_id"], ["agents.project_id", "agents.id"]),
        UniqueConstraint("project_id", "call_id"),
        CheckConstraint("jsonb_typeof(metadata) = 'object'", name="metadata_object"),
        Index(None, "project_id", "timestamp", "id"),
        Index(None, "project_id", "duration", "id"),
        Index(None, "project_id", "agent_id", "timestamp"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    call_id: Mapped[str]
    agent_id: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[Timestamp]
    duration: Mapped[float | None]
    success: Mapped[bool | None]
    is_reviewed: Mapped[bool] = mapped_column(server_default=text("false"))
    customer_number: Mapped[str | None]
    call_ended_reason: Mapped[str | None]
    dropoff_point: Mapped[str | None]
    topic: Mapped[str | None]
    call_metadata: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
