"""What requests with an idempotency key did, so that a repetition does nothing twice."""

from typing import Annotated

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ProjectId, Timestamp

ApiKeyId = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
GivenKey = Annotated[str, mapped_column(Text, primary_key=True)]


class IdempotencyKey(Base):
    """An idempotency key that a request of an API key came with.

    Attributes:
        api_key_id: the number of the API key; 0 for a request without one.
        request_hash: the SHA-256 of what was requested, which a repetition must equal.
        created_at: when it was first used; it is forgotten a setting's time later.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        Index(None, "project_id", "created_at"),
    )

    project_id: Mapped[ProjectId]
    api_key_id: Mapped[ApiKeyId]
    key: Mapped[GivenKey]
    request_hash: Mapped[Annotated[bytes, mapped_column(LargeBinary)]]
    created_at: Mapped[Timestamp]


class IdempotencyResult(Base):
    """What one part of such a request, a mutation or a batch of calls, did: written in the transaction that did it.

    Attributes:
        part: the name of the mutation in the response, or the number of the batch.
        result: JSON from which the same answer is made again; empty where it was too large to be kept.
    """

    __tablename__ = "idempotency_results"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "api_key_id", "key"],
            ["idempotency_keys.project_id", "idempotency_keys.api_key_id", "idempotency_keys.key"],
            name="fk_idempotency_results_key",
            ondelete="CASCADE",
        ),
    )

    project_id: Mapped[ProjectId]
    api_key_id: Mapped[ApiKeyId]
    key: Mapped[GivenKey]
    part: Mapped[Annotated[str, mapped_column(Text, primary_key=True)]]
    result: Mapped[str]
