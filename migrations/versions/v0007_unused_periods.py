"""Time periods only where a chart heeds one.

Widgets of any chart type could be saved with a time period, which only bars have. It is refused now, so what was saved
without effect goes: otherwise such a widget could not be renamed.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Project by project, since row-level security binds the owner of the tables as well."""
    connection = op.get_bind()
    for project_id in connection.scalars(sa.text("select id from projects order by id")).all():
        connection.execute(sa.text("select set_config('dialboard.project_id', :id, true)"), {"id": str(project_id)})
        connection.execute(
            sa.text(
                "update widgets set time_period = null "
                "where project_id = :id and chart_type <> 'bar' and time_period is not null"
            ),
            {"id": project_id},
        )
    connection.execute(sa.text("select set_config('dialboard.project_id', '', true)"))


def downgrade() -> None:
    """Nothing: the periods had no effect."""
