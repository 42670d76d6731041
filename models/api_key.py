"""The keys that open projects."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ProjectId, RowId
from models.key_columns import KeyColumns


class ApiKey(KeyColumns, Base):
    """A key to one project, which its text names.

    Attributes:
        created_by: the number of the key that made it; None when a command did.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "key_hash"),
        CheckConstraint("role in ('viewer', 'analyst', 'ingester', 'admin')", name="role"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    created_by: Mapped[int | None] = mapped_column(BigInteger)
