"""The rules of making, revoking and rotating keys, of projects and of organisations alike."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement

from models.key_columns import KeyColumns
from resolvers.rejections import Rejections

DEFAULT_OVERLAP = timedelta(hours=24)
"""How long a rotated key remains valid by default."""

MAX_OVERLAP = timedelta(days=90)
"""How long it may at most."""


def in_force(kind: type[KeyColumns], now: datetime) -> ColumnElement[bool]:
    """The keys of a table that are neither revoked nor expired."""
    return kind.revoked_at.is_(None) & (kind.expires_at.is_(None) | (kind.expires_at > now))


def check_expiry(now: datetime, rejections: Rejections, expires_at: datetime | None) -> None:
    """Notes an expiry that is not in the future."""
    if expires_at is not None and expires_at <= now:
        rejections.invalid("The expiry must be in the future.", "/expiresAt")


def check_not_revoked(rejections: Rejections, key: KeyColumns) -> None:
    """Notes a key that was revoked."""
    if key.revoked_at is not None:
        rejections.invalid("This key was revoked.", "/id")


def check_rotation(
    now: datetime, rejections: Rejections, key: KeyColumns | None, overlap: timedelta, noun: str = "key"
) -> None:
    """Notes a wrong overlap, and a key that has expired or was replaced before."""
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        message = f"The overlap must be 0 to {MAX_OVERLAP // timedelta(hours=1):,} hours."
        rejections.invalid(message, "/overlapHours")
    if key is not None and key.superseded_at is not None:
        rejections.invalid(f"This {noun} was already rotated. Rotate its replacement.", "/id")
    elif key is not None and key.expires_at is not None and key.expires_at <= now:
        rejections.invalid(f"This {noun} has expired. Create a new one.", "/id")


def renewed(now: datetime, key: KeyColumns) -> datetime | None:
    """When a key expires that replaces another now: after the time that the other was made for."""
    return None if key.expires_at is None else now + (key.expires_at - key.created_at)


def supersede(now: datetime, key: KeyColumns, overlap: timedelta) -> None:
    """Lets a key that is replaced end with the overlap, but not beyond its own expiry."""
    ends_at = now + overlap
    key.superseded_at = now
    key.expires_at = ends_at if key.expires_at is None else min(key.expires_at, ends_at)
