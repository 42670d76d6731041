"""Documents that a project trusts."""

from typing import Annotated

from sqlalchemy import ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, ProjectId


class TrustedDocument(Base):
    """A GraphQL document under one of the ids that clients may send instead of its text.

    Attributes:
        id: ``sha256:`` and the digest of the text in hexadecimal digits, or what a tool has made of it.
        hash: the first of these, so that all ids of a text can be found.
        name: of its operations, for people.
    """

    __tablename__ = "trusted_documents"
    __table_args__ = (ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),)

    project_id: Mapped[ProjectId]
    id: Mapped[Annotated[str, mapped_column(Text, primary_key=True)]]
    hash: Mapped[str]
    text: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[CreatedAt]
