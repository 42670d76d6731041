"""Importing a document as a new dashboard, and making a dashboard what a document says."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from aggregation.question.needed_metrics import needed_metrics
from models import Agent, Dashboard
from resolvers.dashboard_changes import Change, compare
from resolvers.dashboard_state import DashboardState, state_of
from resolvers.dashboard_writes import check_room, clear_default, default_dashboard
from resolvers.documents.names import Names, agents_of, metrics_of_filters
from resolvers.documents.read import read_document
from resolvers.documents.resolve import resolve
from resolvers.history import changes_between, record
from resolvers.names import clean_name
from resolvers.rejections import Rejections
from resolvers.state_writes import put_state
from resolvers.widget_quotas import in_widget_quotas
from resolvers.writing import Writing, lock_dashboard, lock_project, metrics_of, widgets_of


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a document changed, or would change.

    Attributes:
        created: whether the project had no dashboard of that name.
        changes: what differed; for a new dashboard its widgets.
    """

    name: str
    created: bool
    changes: tuple[Change, ...]

    @property
    def differs(self) -> bool:
        """Whether there was anything to do."""
        return self.created or bool(self.changes)


async def import_document(writing: Writing, rejections: Rejections, document: Any, name: str | None) -> Dashboard:
    """Makes a new dashboard of a document, under another name where one is given.

    It becomes the default only where the project has none.

    Raises:
        Rejected: with everything that is wrong, paths beginning with /document.
    """
    draft = await asyncio.to_thread(read_document, rejections, document, "/document")
    if name is not None:
        name = clean_name(rejections, name, "/name")
    await lock_project(writing)
    await check_room(writing, rejections)
    state = await resolve(writing, rejections, draft, None, await names_of(writing, None))
    rejections.raise_if_any()
    is_default = bool(state.columns["is_default"]) and await default_dashboard(writing) is None
    columns = {**state.columns, "is_default": is_default, "name": name or state.name}
    async with in_widget_quotas(writing, rejections, "/document/widgets"):
        return await _create(writing, replace(state, columns=columns), "Imported from a document.")


async def apply_document(writing: Writing, rejections: Rejections, document: Any, *, dry_run: bool) -> Applied:
    """Makes the dashboard that has the document's name what the document says, or makes it where there is none.

    Only rows that differ are changed. A document that claims the default takes it from the dashboard that has it.

    Raises:
        Rejected: with everything that is wrong; two dashboards of that name are, too.
    """
    draft = await asyncio.to_thread(read_document, rejections, document, "")
    await lock_project(writing)
    dashboard = await _named(writing, rejections, str(draft.columns["name"]).strip())
    if dashboard is None:
        await check_room(writing, rejections)
        state = await resolve(writing, rejections, draft, None, await names_of(writing, None))
        rejections.raise_if_any()
        if not dry_run:
            await _take_default(writing, state, None)
            async with in_widget_quotas(writing, rejections, "/widgets"):
                await _create(writing, state, "Created by applying a document.")
        return Applied(state.name, True, compare(replace(state, widgets=()), state))
    stored = await widgets_of(writing, dashboard.id)
    before = state_of(dashboard, stored.values())
    target = await resolve(writing, rejections, draft, before, await names_of(writing, before))
    changes = await changes_between(writing, before, target)
    if changes and not dry_run:
        await _take_default(writing, target, dashboard)
        async with in_widget_quotas(writing, rejections, "/widgets"):
            after = await put_state(writing, dashboard, stored, target)
        await record(writing, dashboard.id, before, state_of(dashboard, after.values()))
    return Applied(target.name, False, changes)


async def names_of(writing: Writing, state: DashboardState | None) -> Names:
    """The project's metrics, and the agents that the state's filters name."""
    metrics = {row_id: metric.name for row_id, metric in (await metrics_of(writing)).items()}
    named = agents_in(state) if state is not None else set[int]()
    agents: Mapping[int, str] = {}
    if named:
        statement = select(Agent.id, Agent.agent_name).where(
            Agent.project_id == writing.project_id, Agent.id.in_(named)
        )
        agents = dict((await writing.session.execute(statement)).tuples().all())
    return Names(metrics, agents)


def agents_in(state: DashboardState) -> set[int]:
    """The numbers of agents that the filters of a dashboard and its widgets name."""
    return agents_of(state.columns["filters"], *(widget.columns["filters"] for widget in state.widgets))


def metrics_in(state: DashboardState) -> set[int]:
    """The numbers of metrics that a dashboard and its widgets name: in filters, plotted, and grouped by."""
    numbers = metrics_of_filters(state.columns["filters"], *(widget.columns["filters"] for widget in state.widgets))
    for widget in state.widgets:
        numbers |= needed_metrics(None, widget.columns["metric_id"], widget.columns["group_by"]).ids
    return numbers


async def _create(writing: Writing, state: DashboardState, told: str) -> Dashboard:
    dashboard = Dashboard(project_id=writing.project_id, version=0, **state.columns)
    writing.session.add(dashboard)
    await writing.session.flush()
    widgets = await put_state(writing, dashboard, {}, state)
    if dashboard.version == 0:
        dashboard.version = 1
        await writing.session.flush()
        await writing.session.refresh(dashboard)
    await record(writing, dashboard.id, None, state_of(dashboard, widgets.values()), told=told)
    return dashboard


async def _take_default(writing: Writing, state: DashboardState, dashboard: Dashboard | None) -> None:
    if state.columns["is_default"] and not (dashboard is not None and dashboard.is_default):
        await clear_default(writing)


async def _named(writing: Writing, rejections: Rejections, name: str) -> Dashboard | None:
    statement = select(Dashboard.id).where(
        Dashboard.project_id == writing.project_id, Dashboard.name == name, Dashboard.deleted_at.is_(None)
    )
    found = list(await writing.session.scalars(statement.order_by(Dashboard.id)))
    if len(found) > 1:
        numbers = ", ".join(str(row_id) for row_id in found)
        message = f"{len(found)} dashboards have this name (numbers {numbers}). Rename all but one."
        rejections.invalid(message, "/name")
        rejections.raise_if_any()
    return await lock_dashboard(writing, rejections, found[0], "/name") if found else None
