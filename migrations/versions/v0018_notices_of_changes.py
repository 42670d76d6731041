"""Notices of changes: processes that push them learn of a change when it is committed.

A notice has a topic and the number of a project, and nothing of what changed. Several of one transaction are one.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHANNEL = "dialboard_changes"

_OLD, _NEW = "old table as old_rows", "new table as new_rows"
_BOTH = f"{_OLD} {_NEW}"

TRIGGERS: dict[tuple[str, str], tuple[str, str, tuple[str, ...]]] = {
    ("change_marks", "insert"): ("calls", _NEW, ("new_rows",)),
    ("dashboards", "update"): ("dashboards", _BOTH, ("old_rows", "new_rows")),
    ("dashboards", "delete"): ("dashboards", _OLD, ("old_rows",)),
    ("widgets", "insert"): ("dashboards", _NEW, ("new_rows",)),
    ("widgets", "update"): ("dashboards", _BOTH, ("old_rows", "new_rows")),
    ("widgets", "delete"): ("dashboards", _OLD, ("old_rows",)),
}
"""By table and event: the topic, the transition tables, and which of them name the projects."""


def upgrade() -> None:
    """Makes the triggers."""
    schema = op.get_bind().dialect.identifier_preparer.quote(op.get_bind().scalar(sa.text("select current_schema()")))
    for (table, event), (topic, tables, names) in TRIGGERS.items():
        projects = " union ".join(f"select project_id from {name}" for name in names)
        op.execute(
            f"create function notify_{table}_{event}() returns trigger language plpgsql "
            f"set search_path = {schema}, pg_temp as $$ begin "
            f"perform pg_notify('{CHANNEL}', '{topic} ' || project_id) from ({projects}) changed; return null; end $$"
        )
        op.execute(
            f"create trigger notify_{event} after {event} on {table} referencing {tables} "
            f"for each statement execute function notify_{table}_{event}()"
        )


def downgrade() -> None:
    """Drops them."""
    for table, event in TRIGGERS:
        op.execute(f"drop trigger notify_{event} on {table}")
        op.execute(f"drop function notify_{table}_{event}()")
