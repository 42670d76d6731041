"""Organisations of projects, and keys of theirs. What the role that serves may know of them, two functions tell it.

``dialboard_organisation_key()`` tells what the key with a hash opens: only who has the key knows its hash.
``dialboard_organisation_key_used()`` notes that it was used. Neither table has a policy, so that row-level security
closes both to everybody but their owner.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("organisations", "organisation_keys")

KEY = """
    create function dialboard_organisation_key(bytea) returns table (
        key_id bigint, key_name text, role text, expires_at timestamptz, organisation_id bigint,
        organisation_name text, project_ids bigint[], project_names text[], mask_customer_numbers boolean[]
    ) language sql stable security definer set search_path = {schema}, pg_temp as $$
        select k.id, k.name, k.role, k.expires_at, o.id, o.name,
            array(select p.id from projects p where p.organisation_id = o.id order by p.id),
            array(select p.name from projects p where p.organisation_id = o.id order by p.id),
            array(select p.mask_customer_numbers from projects p where p.organisation_id = o.id order by p.id)
        from organisation_keys k join organisations o on o.id = k.organisation_id
        where k.key_hash = $1 and k.revoked_at is null
    $$
"""
USED = """
    create function dialboard_organisation_key_used(bytea) returns void
    language sql volatile security definer set search_path = {schema}, pg_temp as $$
        update organisation_keys set last_used_at = now()
        where key_hash = $1 and (
            last_used_at is null or last_used_at not between now() - interval '1 minute' and now() + interval '1 minute'
        )
    $$
"""
FUNCTIONS = ("dialboard_organisation_key(bytea)", "dialboard_organisation_key_used(bytea)")


def upgrade() -> None:
    """Makes the tables and the functions. No project belongs to an organisation yet."""
    op.create_table(
        "organisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
        sa.UniqueConstraint("name", name="uq_organisations_name"),
    )
    op.add_column("projects", sa.Column("organisation_id", sa.BigInteger()))
    op.create_foreign_key("fk_projects_organisation_id", "projects", "organisations", ["organisation_id"], ["id"])
    op.create_index("ix_projects_organisation_id", "projects", ["organisation_id"])
    op.create_table(
        "organisation_keys",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(20), server_default=sa.text("'admin'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("rotated_from", sa.BigInteger()),
        sa.Column("superseded_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_organisation_keys"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_organisation_keys_organisation_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("key_hash", name="uq_organisation_keys_key_hash"),
        sa.CheckConstraint(
            "role in ('viewer', 'analyst', 'ingester', 'admin')", name=op.f("ck_organisation_keys_role")
        ),
    )
    for table in TABLES:
        # Not forced: the owner reads and writes them.
        op.execute(f"alter table {table} enable row level security")
    connection = op.get_bind()
    schema = connection.dialect.identifier_preparer.quote(connection.scalar(sa.text("select current_schema()")))
    for function in (KEY, USED):
        op.execute(function.replace("{schema}", schema))
    for function in FUNCTIONS:
        op.execute(f"revoke execute on function {function} from public")


def downgrade() -> None:
    """Drops them. Keys of organisations stop working."""
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.drop_table("organisation_keys")
    op.drop_column("projects", "organisation_id")
    op.drop_table("organisations")
