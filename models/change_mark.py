"""Marks of changes: how often statements touched each grain of 15 minutes. Triggers append them."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, Table

from models.base import Base

EVERYTHING = -2_000_000_000
"""The slot of marks that hold for all of a project: tables were emptied."""

AGENTS = -2_000_000_001
"""The slot of marks of agents: one was renamed or deleted."""

METRICS = -2_000_000_002
"""The slot of marks of metrics: one was renamed, has another type, or was deleted."""

CHANGE_MARKS = Table(
    "change_marks",
    Base.metadata,
    Column("project_id", BigInteger, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("changes", BigInteger, nullable=False),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    Index(None, "project_id", "slot", postgresql_include=["changes"]),
)
"""Rows are only appended, or many replaced by one of the same sum; none is told from another, so there is no key.

``slot`` numbers the grains of 15 minutes since 1970, or is one of those above.
"""
