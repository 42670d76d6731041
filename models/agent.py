"""Voice agents."""

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, ProjectId, RowId, Timestamped


class Agent(Timestamped, Base):
    """A voice agent that takes or makes calls."""

    __tablename__ = "agents"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "agent_name"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    agent_name: Mapped[str]
    assistant_id: Mapped[str | None]
