"""Projects: the tenants."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, RowId


class Project(Base):
    """A tenant. Everything else belongs to one.

    Attributes:
        is_demo: whether the demo made it: only such a project gets a key that a page shows.
        mask_customer_numbers: whether customers' numbers are masked for keys with the role viewer.
        organisation_id: whose keys open it, too; None where it belongs to no organisation.
    """

    __tablename__ = "projects"
    __table_args__ = (ForeignKeyConstraint(["organisation_id"], ["organisations.id"]), Index(None, "organisation_id"))

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(unique=True)
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    mask_customer_numbers: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[int | None] = mapped_column(BigInteger)
