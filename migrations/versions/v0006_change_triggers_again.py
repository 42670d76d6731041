"""The triggers that mark changes, made anew.

Revision 0004 was changed after databases had run it: some keep triggers that lose marks where a temporary table has the
name of one of ours, that mark emptied tables too late, or that let an evaluation be marked where its call no longer is.
Whatever a database has, it gets the triggers of 0004 as it stands. What was stored while marks could get lost may be
wrong, so every project is marked as changed: its pre-aggregates are built again.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.versions.v0004_change_marks import EVERYTHING, TABLE, TRIGGERS

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Replaces the triggers and their functions, and marks every project."""
    schema = op.get_bind().dialect.identifier_preparer.quote(op.get_bind().scalar(sa.text("select current_schema()")))
    for (table, event), (tables, body) in TRIGGERS.items():
        function, trigger = f"mark_{table}_{event}", f"mark_{event}"
        op.execute(f"drop trigger if exists {trigger} on {table}")
        op.execute(
            f"create or replace function {function}() returns trigger language plpgsql "
            f"set search_path = {schema}, pg_temp as $$ begin {body} return null; end $$"
        )
        moment = "before" if event == "truncate" else "after"
        referencing = f"referencing {tables} " if tables else ""
        op.execute(
            f"create trigger {trigger} {moment} {event} on {table} {referencing}"
            f"for each statement execute function {function}()"
        )
    op.execute(f"insert into {TABLE} (project_id, slot, changes) select id, {EVERYTHING}, 1 from projects")


def downgrade() -> None:
    """Nothing: the triggers are those of 0004 as it stands."""
