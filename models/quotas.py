"""How much one project may have."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Rows that refer to the project may still come: other calls go in meanwhile.
_LOCK = text("select id from projects where id = :project_id for no key update")


@dataclass(frozen=True, slots=True)
class Quotas:
    """The most of each. A project that has more already keeps what it has, and gets no new ones."""

    metrics: int = 1_000
    agents: int = 10_000
    dashboards: int = 1_000
    api_keys: int = 1_000
    widgets: int = 20_000
    charted_keys: int = 200


async def lock_for_counting(session: AsyncSession, project_id: int) -> None:
    """Waits until no other transaction is making what a quota counts; until this one ends, the others wait."""
    await session.execute(_LOCK, {"project_id": project_id})
