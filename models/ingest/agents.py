"""The agents that calls name, made when new."""

from collections.abc import Iterable

from sqlalchemy import text

from models.quotas import lock_for_counting
from models.sessions import WriteSession

_FIND = text(
    "select agent_name, id from agents where project_id = :project_id and agent_name = any(cast(:names as text[]))"
)
_MAKE = text("""
    insert into agents (project_id, agent_name)
    select :project_id, name from unnest(cast(:names as text[])) with ordinality as requested (name, place)
    order by place
    on conflict (project_id, agent_name) do nothing
""")


_COUNT = text("select count(*) from agents where project_id = :project_id")


async def ensure_agents(session: WriteSession, project_id: int, names: Iterable[str], most: int) -> dict[str, int]:
    """The ids of the agents so named. New ones are made while the project has fewer than ``most``, those that are
    named first; the others are left out.
    """
    requested = [*dict.fromkeys(names)]
    found = await _find(session, project_id, requested)
    if len(found) < len(requested):
        await lock_for_counting(session, project_id)
        found |= await _find(session, project_id, [name for name in requested if name not in found])
        room = max(0, most - await session.scalar(_COUNT, {"project_id": project_id}))
        missing = [name for name in requested if name not in found][:room]
        await session.execute(_MAKE, {"project_id": project_id, "names": missing})
        found |= await _find(session, project_id, missing)
    return found


async def _find(session: WriteSession, project_id: int, names: list[str]) -> dict[str, int]:
    rows = await session.execute(_FIND, {"project_id": project_id, "names": names})
    return dict(rows.tuples().all())
