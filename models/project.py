"""Projects: the tenants."""

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, RowId


class Project(Base):
    """A tenant. Everything else belongs to one.

    Attributes:
        is_demo: whether the demo made it: only such a project gets a key that a page shows.
        mask_customer_numbers: whether customers' numbers are masked for keys with the role viewer.
    """

    __tablename__ = "projects"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(unique=True)
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    mask_customer_numbers: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]
