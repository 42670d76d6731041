"""Change marks: how often statements touched each slot. Triggers append them."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from models.base import Base

EVERYTHING = -2_000_000_000
"""The slot of marks that hold for the whole project: a table was truncated."""

AGENTS = -2_000_000_001
"""The slot of marks of agents: one was renamed or deleted."""

METRICS = -2_000_000_002
"""The slot of marks of metrics: one was renamed, deleted, or its type changed."""

UNBOUNDED = -2_000_000_003
"""The slot of calls at infinite times, or at times too late to have a slot number."""

CHANGE_MARKS = Table(
    "change_marks",
    Base.metadata,
    Column("project_id", BigInteger, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("changes", BigInteger, nullable=False),
    Index(None, "project_id", "slot", postgresql_include=["changes"]),
)
"""Rows are only appended, or several replaced by one of the same sum. They have no identity, hence no key, and no
foreign key, for which all writers of a project would take the same lock.

``slot`` is the number of a slot since 1970, or one of the special slots above.
"""
