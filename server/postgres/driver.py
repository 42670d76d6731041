"""The database driver, and blocking connections by it."""

from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine

DRIVER = "postgresql+psycopg"

UNPREPARED: dict[str, Any] = {"prepare_threshold": None}
"""Arguments of connections that never prepare a statement by name, as behind a connection pooler they must not."""


def blocking_engine(url: URL) -> Engine:
    """An engine for what is done once and may block, such as migrations. It works through connection poolers too."""
    return create_engine(url.set(drivername=DRIVER), poolclass=NullPool, connect_args=UNPREPARED)
