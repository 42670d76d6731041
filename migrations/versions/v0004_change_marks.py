"""Marks of changes: what a grain of 15 minutes held can be told from what it holds, by a sum.

Every statement that touches calls or their evaluations appends a mark for each grain that it touched, before and after.
The sum of a grain's marks in a snapshot is the version of its data there. Marks are only appended, so writers do not
wait for each other; and they name no row of ``projects`` as their parent, for which all of them would share one lock.

One race has to be closed: evaluations are of the grain of their call, so one who writes an evaluation must not take a
call for where it was while another moves it. The former first holds a share lock on the key of the call, as foreign
keys do (which for new evaluations has been taken by the time that these triggers run), and looks where the call is in
a statement of its own after that. The latter, who is rare, waits for them with a lock that excludes it. Where a
transaction has one snapshot for all its statements, it cannot look again: there a stronger lock fails when the call
was changed meanwhile, as such transactions must expect.

Transition tables are joined with nothing but by LATERAL and compared by EXCEPT: the plans are kept from the first
statement of a connection, and must do for one row and for all.
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

# The numbers of grains end with the integers, in the year 63,000; infinite times have none.
SLOT = f"""
    case when "timestamp" > '-infinity' and "timestamp" < '60000-01-01 00:00+00'
    then floor(date_part('epoch', "timestamp") / 900.0)::int else {UNBOUNDED} end
"""

_CALLS = f"""
    insert into {TABLE} (project_id, slot, changes)
    select distinct project_id, {SLOT}, 1 from ({{touched}}) touched;
"""
_MOVED = """
    perform from (
        select project_id, id, "timestamp" from old_rows except select project_id, id, "timestamp" from new_rows
    ) moved
    cross join lateral (
        select from call_logs call where call.project_id = moved.project_id and call.id = moved.id for update
    ) call;
"""
_TOUCHED = """
    (select distinct project_id, call_log_id from ({touched}) touched) touched
    cross join lateral (
        select "timestamp" from call_logs call
        where call.project_id = touched.project_id and call.id = touched.call_log_id {manner}
    ) call
"""
_EVALUATIONS = f"""
    if current_setting('transaction_isolation') <> 'read committed' then
        perform from {_TOUCHED.replace("{manner}", "for share")};
    {{else_lock}}
    end if;
    insert into {TABLE} (project_id, slot, changes)
    select distinct project_id, {SLOT}, 1 from {_TOUCHED.replace("{manner}", "offset 0")};
"""
_ELSE_LOCK = f"else perform from {_TOUCHED.replace('{manner}', 'for key share')};"

_OLD, _NEW = "old table as old_rows", "new table as new_rows"


def _calls(*rows: str) -> str:
    return _CALLS.format(touched=_all_of('project_id, "timestamp"', rows))


def _evaluations(*rows: str, is_locked: bool) -> str:
    touched = _all_of("project_id, call_log_id", rows)
    return _EVALUATIONS.format(touched=touched, else_lock="" if is_locked else _ELSE_LOCK.format(touched=touched))


def _all_of(columns: str, rows: Sequence[str]) -> str:
    return " union all ".join(f"select {columns} from {name}" for name in rows)


def _named(columns: str, slot: int) -> str:
    """Marks projects in which one of the columns differs."""
    return f"""
    insert into {TABLE} (project_id, slot, changes)
    select distinct project_id, {slot}, 1 from (
        select project_id, id, {columns} from old_rows except select project_id, id, {columns} from new_rows
    ) changed;
    """


def _gone(slot: int) -> str:
    return f"insert into {TABLE} (project_id, slot, changes) select distinct project_id, {slot}, 1 from old_rows;"


_EMPTIED = f"insert into {TABLE} (project_id, slot, changes) select id, {EVERYTHING}, 1 from projects;"

TRIGGERS: dict[tuple[str, str], tuple[str, str]] = {
    ("call_logs", "insert"): (_NEW, _calls("new_rows")),
    ("call_logs", "update"): (f"{_OLD} {_NEW}", _MOVED + _calls("old_rows", "new_rows")),
    ("call_logs", "delete"): (_OLD, _calls("old_rows")),
    ("metric_evaluations", "insert"): (_NEW, _evaluations("new_rows", is_locked=True)),
    ("metric_evaluations", "update"): (f"{_OLD} {_NEW}", _evaluations("old_rows", "new_rows", is_locked=False)),
    ("metric_evaluations", "delete"): (_OLD, _evaluations("old_rows", is_locked=False)),
    ("agents", "update"): (f"{_OLD} {_NEW}", _named("agent_name, assistant_id", AGENTS)),
    ("agents", "delete"): (_OLD, _gone(AGENTS)),
    ("metrics", "update"): (f"{_OLD} {_NEW}", _named("name, evaluation_type", METRICS)),
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
    )
    op.create_index(f"ix_{TABLE}_project_id_slot", TABLE, ["project_id", "slot"], postgresql_include=["changes"])
    op.execute(f"alter table {TABLE} enable row level security")
    op.execute(f"alter table {TABLE} force row level security")
    op.execute(f"create policy same_project on {TABLE} using ({OWN_PROJECT}) with check ({OWN_PROJECT})")
    # A mark says no more than that something changed, and emptying a table changes every project.
    op.execute(f"create policy marked_by_all on {TABLE} for insert with check (true)")
    # Temporary tables of the same names, as loading scripts have them, come last: they are not meant.
    schema = op.get_bind().dialect.identifier_preparer.quote(op.get_bind().scalar(sa.text("select current_schema()")))
    for (table, event), (tables, body) in TRIGGERS.items():
        function, trigger = f"mark_{table}_{event}", f"mark_{event}"
        op.execute(
            f"create function {function}() returns trigger language plpgsql set search_path = {schema}, pg_temp as "
            f"$$ begin {body} return null; end $$"
        )
        # Emptied tables are marked before: afterwards there may be no project left to mark.
        moment = "before" if event == "truncate" else "after"
        referencing = f"referencing {tables} " if tables else ""
        op.execute(
            f"create trigger {trigger} {moment} {event} on {table} {referencing}"
            f"for each statement execute function {function}()"
        )


def downgrade() -> None:
    """Drops the triggers and the marks."""
    for table, event in TRIGGERS:
        op.execute(f"drop trigger mark_{event} on {table}")
        op.execute(f"drop function mark_{table}_{event}()")
    op.drop_table(TABLE)
