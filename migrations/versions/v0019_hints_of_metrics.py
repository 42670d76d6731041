"""Hints for showing the values of metrics: a name for people, a unit and a format."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Adds the columns, which are empty."""
    op.add_column("metrics", sa.Column("display_name", sa.Text()))
    op.add_column("metrics", sa.Column("unit", sa.Text()))
    op.add_column("metrics", sa.Column("format", sa.String(20)))
    op.create_check_constraint(
        op.f("ck_metrics_format"), "metrics", "format in ('number', 'integer', 'percent', 'duration', 'currency')"
    )


def downgrade() -> None:
    """Drops them."""
    for name in ("format", "unit", "display_name"):
        op.drop_column("metrics", name)
