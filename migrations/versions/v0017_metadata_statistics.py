"""No statistics of the metadata of calls.

They took half the time of ANALYZE, which sorts some 30,000 objects for them, at the end of every import among others;
and no plan follows from them: conditions read single keys of the metadata, of which PostgreSQL knows nothing that way.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Leaves the column out of ANALYZE."""
    op.execute("alter table call_logs alter column metadata set statistics 0")


def downgrade() -> None:
    """Takes it in again."""
    op.execute("alter table call_logs alter column metadata set statistics -1")
