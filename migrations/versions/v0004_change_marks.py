"""Marks of changes: what a grain of 15 minutes held can be told from what it holds, by a sum.

Every statement that touches calls or their evaluations appends a mark for each grain that it touched, before and after.
The sum of a grain's marks in a snapshot is the version of its data there. Marks are only appended, so writers do not
wait for each other.

One race has to be closed: evaluations are of the grain of their call, so one who writes an evaluation must not take a
call for where it was while another moves it. The former holds a share lock on the key of the call, as foreign keys do;
the latter, who is rare, waits for them with a lock that excludes it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "change_marks"
EVERYTHING, AGENTS, METRICS, UNBOUNDED = -2_000_000_000, -2_000_000_001, -2_000_000_002, -2_000_000_003
OWN_PROJECT = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"

SLOT = f"case when isfinite({{time}}) then floor(date_part('epoch', {{time}}) / 900.0)::int else {UNBOUNDED} end"

_CALLS = """
    insert into change_marks (project_id, slot, changes)
    select project_id, slot, 1 from ({touched}) touched;
"""
_MOVED = """
    perform from call_logs where (project_id, id) in (
        select project_id, id from old_rows join new_rows using (project_id, id)
        where old_rows."timestamp" <> new_rows."timestamp"
    ) for update;
"""
_EVALUATIONS = f"""
    insert into change_marks (project_id, slot, changes)
    select distinct touched.project_id, {SLOT.format(time="call.timestamp")}, 1
    from ({{touched}}) touched
    cross join lateral (
        select "timestamp" from call_logs
        where call_logs.project_id = touched.project_id and call_logs.id = touched.call_log_id
        for key share
    ) call;
"""
_OLD, _NEW = "old table as old_rows", "new table as new_rows"


def _of(rows: str) -> str:
    slot = SLOT.format(time=f"{rows}.timestamp")
    return f"select distinct project_id, {slot} as slot from {rows}"


def _call_of(rows: str) -> str:
    return f"select distinct project_id, call_log_id from {rows}"


def _named(columns: str, slot: int) -> str:
    """Marks projects in which one of the columns differs."""
    before, after = (", ".join(f"{rows}.{name}" for name in columns.split()) for rows in ("old_rows", "new_rows"))
    return f"""
    insert into change_marks (project_id, slot, changes)
    select distinct project_id, {slot}, 1 from old_rows join new_rows using (project_id, id)
    where ({before}) is distinct from ({after});
    """


def _gone(slot: int) -> str:
    return f"insert into change_marks (project_id, slot, changes) select distinct project_id, {slot}, 1 from old_rows;"


_EMPTIED = f"insert into change_marks (project_id, slot, changes) select id, {EVERYTHING}, 1 from projects;"

TRIGGERS: dict[tuple[str, str], tuple[str, str]] = {
    ("call_logs", "insert"): (_NEW, _CALLS.format(touched=_of("new_rows"))),
    ("call_logs", "update"): (
        f"{_OLD} {_NEW}",
        _CALLS.format(touched=f"{_of('old_rows')} union {_of('new_rows')}") + _MOVED,
    ),
    ("call_logs", "delete"): (_OLD, _CALLS.format(touched=_of("old_rows"))),
    ("metric_evaluations", "insert"): (_NEW, _EVALUATIONS.format(touched=_call_of("new_rows"))),
    ("metric_evaluations", "update"): (
        f"{_OLD} {_NEW}",
        _EVALUATIONS.format(touched=f"{_call_of('old_rows')} union {_call_of('new_rows')}"),
    ),
    ("metric_evaluations", "delete"): (_OLD, _EVALUATIONS.format(touched=_call_of("old_rows"))),
    ("agents", "update"): (f"{_OLD} {_NEW}", _named("agent_name assistant_id", AGENTS)),
    ("agents", "delete"): (_OLD, _gone(AGENTS)),
    ("metrics", "update"): (f"{_OLD} {_NEW}", _named("name evaluation_type", METRICS)),
    ("metrics", "delete"): (_OLD, _gone(METRICS)),
    ("call_logs", "truncate"): ("", _EMPTIED),
    ("metric_evaluations", "truncate"): ("", _EMPTIED),
    ("agents", "truncate"): ("", _EMPTIED),
    ("metrics", "truncate"): ("", _EMPTIED),
}
"""By table and event: the transition tables, and what the trigger does."""


def upgrade() -> None:
    """Makes the table, its policies and the triggers."""
    op.create_table(
        TABLE,
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=f"fk_{TABLE}_project_id", ondelete="CASCADE"),
    )
    op.create_index(f"ix_{TABLE}_project_id_slot", TABLE, ["project_id", "slot"], postgresql_include=["changes"])
    op.execute(f"alter table {TABLE} enable row level security")
    op.execute(f"alter table {TABLE} force row level security")
    op.execute(f"create policy same_project on {TABLE} using ({OWN_PROJECT}) with check (true)")
    for (table, event), (tables, body) in TRIGGERS.items():
        function, trigger = f"mark_{table}_{event}", f"mark_{event}"
        op.execute(
            f"create function {function}() returns trigger language plpgsql set search_path from current as "
            f"$$ begin {body} return null; end $$"
        )
        referencing = f"referencing {tables} " if tables else ""
        op.execute(
            f"create trigger {trigger} after {event} on {table} {referencing}"
            f"for each statement execute function {function}()"
        )


def downgrade() -> None:
    """Drops the triggers and the marks."""
    for table, event in TRIGGERS:
        op.execute(f"drop trigger mark_{event} on {table}")
        op.execute(f"drop function mark_{table}_{event}()")
    op.drop_table(TABLE)
