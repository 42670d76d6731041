"""Marks of changes: how often statements touched each slot. Triggers append them."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from models.base import Base

EVERYTHING = -2_000_000_000
"""The slot of marks that hold for all of a project: tables were emptied."""

AGENTS = -2_000_000_001
"""The slot of marks of agents: one was renamed or deleted."""

METRICS = -2_000_000_002
"""The slot of marks of metrics: one was renamed, has another type, or was deleted."""

UNBOUNDED = -2_000_000_003
"""The slot of calls at infinite times, or so late that their slots have no number."""

CHANGE_MARKS = Table(
    "change_marks",
    Base.metadata,
    Column("project_id", BigInteger, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("changes", BigInteger, nullable=False),
    Index(None, "project_id", "slot", postgresql_include=["changes"]),
)
"""Rows are only appended, or many replaced by one of the same sum; none is told from another, so there is no key.
Nor is there a foreign key, for which all writers of a project would share a lock.

``slot`` numbers the slots since 1970, or is one of those above.
"""
