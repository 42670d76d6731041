"""Roles, expiry, use and rotation of API keys; which project is the demo's.

A key that is there may do everything, as before. A project counts as the demo's only where it is alone and has the
demo's name: anybody may have named one so.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIMES = ("expires_at", "last_used_at", "superseded_at")
NUMBERS = ("created_by", "rotated_from")


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("api_keys", sa.Column("role", sa.String(20), server_default=sa.text("'admin'"), nullable=False))
    op.create_check_constraint(
        op.f("ck_api_keys_role"), "api_keys", "role in ('viewer', 'analyst', 'ingester', 'admin')"
    )
    for name in TIMES:
        op.add_column("api_keys", sa.Column(name, sa.DateTime(timezone=True)))
    for name in NUMBERS:
        op.add_column("api_keys", sa.Column(name, sa.BigInteger()))
    op.add_column("projects", sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("update projects set is_demo = true where name = 'Demo' and (select count(*) from projects) = 1")


def downgrade() -> None:
    """Drops the columns. Every key may do everything again, those that were limited too."""
    op.drop_column("projects", "is_demo")
    for name in (*NUMBERS, *TIMES):
        op.drop_column("api_keys", name)
    op.drop_constraint(op.f("ck_api_keys_role"), "api_keys")
    op.drop_column("api_keys", "role")
