"""What ``dialboard import`` tells at the end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.sessions import Sessions
    from server.importing import ImportResult
    from server.importing.first_dashboard import FirstDashboard

ADDRESS = "http://127.0.0.1:8000/graphql"
"""Where ``dialboard serve`` serves unless it is told otherwise. The page opens with a query of the first dashboard."""
CHART_DAYS = 30
_SHOWN = 10
_RARE = ("skipped", "merged", "joined", "without_agent")


@dataclass(frozen=True, slots=True)
class Known:
    """The names of a project's metrics and agents."""

    metrics: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """What an import made beside calls.

    Attributes:
        metrics: names of new metrics.
        agents: names of new agents.
        dashboard: the first one of the project; None where it had one.
    """

    metrics: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    dashboard: "FirstDashboard | None" = None


async def known_names(sessions: "Sessions", project_id: int) -> Known:
    """What a project has of metrics and agents."""
    from sqlalchemy import select

    from models import Agent, Metric

    async with sessions.read(project_id) as session:
        metrics = await session.scalars(select(Metric.name).where(Metric.project_id == project_id))
        agents = await session.scalars(select(Agent.agent_name).where(Agent.project_id == project_id))
        return Known(frozenset(metrics), frozenset(agents))


def made_since(before: Known, after: Known, dashboard: "FirstDashboard | None") -> Made:
    """What there is now and was not before."""
    return Made(tuple(sorted(after.metrics - before.metrics)), tuple(sorted(after.agents - before.agents)), dashboard)


def counts(result: "ImportResult", *, is_dry: bool) -> dict[str, int]:
    """How many rows became what."""
    made = {"checked": result.checked} if is_dry else {"created": result.created, "updated": result.updated}
    return {
        **made,
        "rejected": result.rejected,
        "skipped": result.skipped,
        "merged": result.merged,
        "joined": result.joined,
        "without_agent": result.without_agent,
    }


def as_json(result: "ImportResult", made: Made, *, is_dry: bool) -> dict[str, Any]:
    """The same for scripts, with the span of time and the names of what is new."""
    span = {"from": _time(result.span[0]), "to": _time(result.span[1])} if result.span else None
    return {
        **counts(result, is_dry=is_dry),
        "span": span,
        "metrics": [*made.metrics],
        "agents": [*made.agents],
        "unfound": [*(result.unfound or ())],
        "unread_sheets": [*result.unread_sheets],
    }


def summary(result: "ImportResult", made: Made, *, is_dry: bool) -> list[str]:
    """Lines for people. What is rare is only told where there is any."""
    told = ", ".join(
        f"{count} {what.replace('_', ' ')}"
        for what, count in counts(result, is_dry=is_dry).items()
        if count or what not in _RARE
    )
    if result.merged:
        told += f" ({result.merged} rows have the id of an earlier row of their file: they are one call)"
    lines = [f"{told}; nothing was written" if is_dry else told]
    if result.span:
        lines.append(f"Calls from {_time(result.span[0])} to {_time(result.span[1])}")
    if result.unfound:
        lines.append(f"Nothing was found in any row at: {_listed(result.unfound)}")
    if result.unread_sheets:
        named = _listed(tuple(map(repr, result.unread_sheets)))
        lines.append(
            f"Not read: {_counted('sheet', result.unread_sheets)} with rows, {named}; --sheet NAME reads another"
        )
    for what, names in (("metric", made.metrics), ("agent", made.agents)):
        if names:
            lines.append(f"{_counted(f'new {what}', names)}: {_listed(names)}")
    return lines


def hints(result: "ImportResult", made: Made, project: str) -> list[str]:
    """Lines about what comes next."""
    lines: list[str] = []
    if result.span and result.span[1] < datetime.now(UTC) - timedelta(days=CHART_DAYS):
        lines.append(
            f"The calls are older than the {CHART_DAYS} days that charts show: --shift-to-now moves them, and "
            "DIALBOARD_MAX_WINDOW_DAYS=0 takes the limit away."
        )
    if made.dashboard:
        lines.append(
            f"The dashboard {made.dashboard.name!r} with {made.dashboard.widgets} charts was made. To see it: "
            f"dialboard keys create --project {project!r}, dialboard serve, and press play at {ADDRESS}"
        )
    return lines


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _counted(what: str, names: tuple[str, ...]) -> str:
    return f"{len(names)} {what}{'s' if names[1:] else ''}"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
