"""Projects (the tenants) and the keys that open them."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import DateTime, ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, ProjectId, RowId


class Project(Base):
    """A tenant. Everything else belongs to one."""

    __tablename__ = "projects"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]


class ApiKey(Base):
    """A key to one project. Only the SHA-256 of its secret is kept; the key's text begins with the project's number."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "key_hash"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    name: Mapped[str]
    key_hash: Mapped[Annotated[bytes, mapped_column(LargeBinary)]]
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
