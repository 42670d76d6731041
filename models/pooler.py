"""Connection poolers between this program and PostgreSQL, such as PgBouncer.

A pooler may run each transaction on another connection to PostgreSQL, and lends that connection to others in between.
So behind one nothing outlives its transaction, neither prepared statements nor temporary tables, and a transaction
never waits for a second connection while it holds one: those that hold all of them would wait for each other.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

POOLED = "dialboard_pooled"
"""The execution option of an engine whose connections lead through a pooler: True. Writing sessions have it among what
they know."""


def is_pooled(engine: AsyncEngine) -> bool:
    """Whether the engine's connections lead through a connection pooler."""
    options: Mapping[str, Any] = engine.get_execution_options()
    return bool(options.get(POOLED))
