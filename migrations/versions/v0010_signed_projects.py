"""Rows are closed to sessions whose project is not signed, and ``projects`` is closed like every other table.

The policies compare ``project_id`` with ``dialboard_project()``. It returns the project that a session names in
``dialboard.project_id``, provided that ``dialboard.signature`` is the SHA-256 of a key and that number. Only the owner
of the tables can read the key; the owner needs no signature. Without a sub-select in the policy PostgreSQL still calls
the function once a statement and not once a row, where the statement names its project by a literal: of ``project_id =
5 and project_id = dialboard_project()`` it makes ``project_id = 5`` and ``5 = dialboard_project()``, which depends on
no row. Rows that are written are checked one by one, so the function has to be fast: the key is the value of two
sequences because PostgreSQL reads that without a query.
"""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEYS = ("signing_key_1", "signing_key_2")
"""Sequences of which nobody takes numbers: their values are the key, 126 bits."""

LARGEST = 2**63 - 1
UNSIGNED = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"
SIGNED = "project_id = dialboard_project()"
TABLES = """
    select pg_class.relname from pg_policy join pg_class on pg_class.oid = polrelid
    where polname = 'same_project' and relnamespace = current_schema()::regnamespace order by relname
"""

# Every name says its schema: whoever calls the function chooses the search path.
PROJECT = """
    create function dialboard_project() returns bigint
    language plpgsql stable parallel safe security definer as $$
    declare
        project bigint := nullif(pg_catalog.current_setting('dialboard.project_id', true), '');
    begin
        -- The current user is the owner of this function here; the session's user is who signed in.
        if project is null or session_user operator(pg_catalog.=) current_user then
            return project;
        end if;
        if pg_catalog.encode(pg_catalog.sha256(
            pg_catalog.int8send(pg_catalog.pg_sequence_last_value('{schema}.signing_key_1'::pg_catalog.regclass))
            operator(pg_catalog.||)
            pg_catalog.int8send(pg_catalog.pg_sequence_last_value('{schema}.signing_key_2'::pg_catalog.regclass))
            operator(pg_catalog.||) pg_catalog.int8send(project)
        ), 'hex') operator(pg_catalog.=) pg_catalog.current_setting('dialboard.signature', true) then
            return project;
        end if;
        raise insufficient_privilege using message = 'the project of this session is not signed';
    end $$
"""
ANALYZE = """
    create function dialboard_analyze() returns void
    language plpgsql security definer set search_path = {schema}, pg_temp as $$
    begin
        analyze agents, metrics, call_logs, metric_evaluations, call_transcripts, call_feedback, change_marks;
    end $$
"""


def upgrade() -> None:
    """Makes the key, the functions and the policies."""
    connection = op.get_bind()
    for name in KEYS:
        op.execute(f"create sequence {name}")
        connection.execute(
            sa.text("select setval(cast(:name as regclass), :value)"),
            {"name": name, "value": 1 + secrets.randbelow(LARGEST)},
        )
    schema = connection.dialect.identifier_preparer.quote(connection.scalar(sa.text("select current_schema()")))
    for function in (PROJECT, ANALYZE):
        op.execute(function.replace("{schema}", schema))
    for function in ("dialboard_project", "dialboard_analyze"):
        op.execute(f"revoke execute on function {function}() from public")
    _replace_policies(SIGNED)
    # Not forced: the owner lists all projects.
    op.execute("alter table projects enable row level security")
    op.execute("create policy own_project on projects using (id = dialboard_project())")


def _replace_policies(condition: str) -> None:
    for table in op.get_bind().scalars(sa.text(TABLES)).all():
        op.execute(f"alter policy same_project on {table} using ({condition}) with check ({condition})")


def downgrade() -> None:
    """Leaves the policies as they were, and ``projects`` open."""
    op.execute("drop policy own_project on projects")
    op.execute("alter table projects disable row level security")
    _replace_policies(UNSIGNED)
    for function in ("dialboard_project", "dialboard_analyze"):
        op.execute(f"drop function {function}()")
    for name in KEYS:
        op.execute(f"drop sequence {name}")
