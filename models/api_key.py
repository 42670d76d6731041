"""The keys that open projects."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKeyConstraint, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, ProjectId, RowId
from models.types import Role

MaybeTime = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]


class ApiKey(Base):
    """A key to one project. Only the SHA-256 of its text is kept; the text names the project.

    Attributes:
        role: what it may do.
        expires_at: from when on it is refused; None for never. A rotation sets it on the old key.
        last_used_at: about when it was last used: right to a minute or two.
        created_by: the number of the key that made it; None when a command did.
        rotated_from: the number of the key that it replaces.
        superseded_at: when a rotation replaced it.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "key_hash"),
        CheckConstraint("role in ('viewer', 'analyst', 'ingester', 'admin')", name="role"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    name: Mapped[str]
    key_hash: Mapped[Annotated[bytes, mapped_column(LargeBinary)]]
    role: Mapped[Role] = mapped_column(server_default=text("'admin'"))
    created_at: Mapped[CreatedAt]
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[MaybeTime]
    last_used_at: Mapped[MaybeTime]
    revoked_at: Mapped[MaybeTime]
    rotated_from: Mapped[int | None] = mapped_column(BigInteger)
    superseded_at: Mapped[MaybeTime]
