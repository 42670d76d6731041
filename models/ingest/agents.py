"""The agents that calls name, made when new."""

from collections.abc import Iterable

from sqlalchemy import text

from models.sessions import WriteSession

_FIND = text(
    "select agent_name, id from agents where project_id = :project_id and agent_name = any(cast(:names as text[]))"
)
_MAKE = text("""
    insert into agents (project_id, agent_name)
    select :project_id, name from unnest(cast(:names as text[])) with ordinality as wanted (name, place)
    order by place
    on conflict (project_id, agent_name) do nothing
""")


async def ensure_agents(session: WriteSession, project_id: int, names: Iterable[str]) -> dict[str, int]:
    """The ids of the agents so named. New ones are made in the order of their names: writers cannot deadlock."""
    wanted = sorted(set(names))
    found = await _find(session, project_id, wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        await session.execute(_MAKE, {"project_id": project_id, "names": missing})
        found |= await _find(session, project_id, missing)
    return found


async def _find(session: WriteSession, project_id: int, names: list[str]) -> dict[str, int]:
    rows = await session.execute(_FIND, {"project_id": project_id, "names": names})
    return dict(rows.tuples().all())
