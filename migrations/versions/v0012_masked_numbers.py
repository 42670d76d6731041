"""Projects that mask their customers' numbers for viewers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Adds the column. Nothing is masked until a project asks for it."""
    op.add_column(
        "projects", sa.Column("mask_customer_numbers", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    """Drops it. Viewers see every number again."""
    op.drop_column("projects", "mask_customer_numbers")
