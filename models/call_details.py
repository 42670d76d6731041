"""What is kept beside a call because charts never read it: its transcript, and a reviewer's feedback."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem

from models.base import Base, ProjectId, Timestamped


class _BesideCall:
    """At most one row a call, gone with the call."""

    project_id: Mapped[ProjectId]
    call_log_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem, ...]:
        return (
            ForeignKeyConstraint(
                ["project_id", "call_log_id"], ["call_logs.project_id", "call_logs.id"], ondelete="CASCADE"
            ),
            *cls.checks(),
        )

    @classmethod
    def checks(cls) -> tuple[SchemaItem, ...]:
        """The table's own constraints."""
        return ()


class CallTranscript(_BesideCall, Base):
    """What was said: ``turns`` is a list of ``{"role", "text", "time"}``; ``time``, in seconds, may be absent."""

    __tablename__ = "call_transcripts"

    turns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    @classmethod
    def checks(cls) -> tuple[SchemaItem, ...]:
        """Turns are a list."""
        return (CheckConstraint("jsonb_typeof(turns) = 'array'", name="turns_array"),)


class CallFeedback(_BesideCall, Timestamped, Base):
    """What a reviewer thought of the call: a rating from 0 to 5, a comment, or both, and who it was."""

    __tablename__ = "call_feedback"

    rating: Mapped[float | None]
    comment: Mapped[str | None]
    reviewer: Mapped[str | None]
