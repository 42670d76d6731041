"""What the keys to projects and those of organisations have in common."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CreatedAt
from models.types import Role

MaybeTime = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]


class KeyColumns:
    """A key, of which only the SHA-256 of its text is kept.

    Attributes:
        role: what it may do.
        expires_at: when it expires; None if it never does. A rotation sets it on the old key.
        last_used_at: about when it was last used: right to a minute or two.
        rotated_from: the number of the key that it replaces.
        superseded_at: when a rotation replaced it.
    """

    name: Mapped[str]
    key_hash: Mapped[Annotated[bytes, mapped_column(LargeBinary)]]
    role: Mapped[Role] = mapped_column(server_default=text("'admin'"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[MaybeTime]
    last_used_at: Mapped[MaybeTime]
    revoked_at: Mapped[MaybeTime]
    rotated_from: Mapped[int | None] = mapped_column(BigInteger)
    superseded_at: Mapped[MaybeTime]
