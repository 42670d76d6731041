"""Organisations, to which projects may belong, and their keys. The role that serves cannot read either table."""

from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, RowId
from models.key_columns import KeyColumns


class Organisation(Base):
    """Whoever has several projects, such as an agency. It has no data of its own."""

    __tablename__ = "organisations"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]


class OrganisationKey(KeyColumns, Base):
    """A key to all projects of an organisation: each request says to which.

    Keys of both kinds are numbered together, so that a number says which key it was wherever keys are remembered:
    in the trail, in the history, for budgets and for idempotency.
    """

    __tablename__ = "organisation_keys"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"], ondelete="CASCADE"),
        UniqueConstraint("key_hash"),
        CheckConstraint("role in ('viewer', 'analyst', 'ingester', 'admin')", name="role"),
    )

    organisation_id: Mapped[Annotated[int, mapped_column(BigInteger, primary_key=True)]]
    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, default=text("nextval('api_keys_id_seq')")
    )
