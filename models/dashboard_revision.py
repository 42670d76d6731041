"""The history of dashboards."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, ProjectId


class DashboardRevision(Base):
    """One change of a dashboard or its widgets: who, when, what, and all of it as it was afterwards.

    Attributes:
        number: counts a dashboard's revisions from 1.
        key_id: the API key that made the change; None when no key did, with ``author`` saying what did.
        author: the key's name at the time, kept for when the key is gone.
        summary: the change in one English sentence.
        changes: its parts, as ``resolvers.dashboard_changes`` writes them.
        document: the dashboard with its widgets afterwards, as ``resolvers.dashboard_state`` writes it.
        state_of: for an undo, the number of the revision that it went back to.
    """

    __tablename__ = "dashboard_revisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "dashboard_id"], ["dashboards.project_id", "dashboards.id"], ondelete="CASCADE"
        ),
    )

    project_id: Mapped[ProjectId]
    dashboard_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_id: Mapped[int | None] = mapped_column(BigInteger)
    author: Mapped[str | None]
    summary: Mapped[str]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state_of: Mapped[int | None]
    created_at: Mapped[CreatedAt]
