"""Loads the history of dashboards: pages of revisions, their documents, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, defer

from models import DashboardRevision
from resolvers.loaders.slices import Page, Slice

if TYPE_CHECKING:
    from resolvers.loaders import Loaders


@dataclass(frozen=True, slots=True)
class RevisionsKey:
    """A part of a dashboard's revisions, newest first."""

    dashboard_id: int
    asked: Slice


@dataclass(frozen=True, slots=True)
class RevisionKey:
    """One revision."""

    dashboard_id: int
    number: int


async def load_revisions(loaders: Loaders, keys: list[RevisionsKey]) -> list[Page[DashboardRevision]]:
    """Pages of revisions without their documents: one statement however many dashboards."""
    chosen = union_all(*(_chosen(loaders.project_id, index, key) for index, key in enumerate(keys))).subquery()
    row = aliased(DashboardRevision)
    statement = (
        select(chosen.c.page, row)
        .join(row, (row.dashboard_id == chosen.c.dashboard_id) & (row.number == chosen.c.number))
        .where(row.project_id == loaders.project_id)
        .order_by(row.number.desc())
        .options(defer(row.document, raiseload=True))
    )
    async with loaders.sessions.read(loaders.project_id) as session:
        rows = cast("Sequence[tuple[int, DashboardRevision]]", (await session.execute(statement)).all())
    found: list[list[DashboardRevision]] = [[] for _ in keys]
    for index, revision in rows:
        found[index].append(revision)
    return [key.asked.page(page[::-1] if key.asked.is_last else page) for key, page in zip(keys, found, strict=True)]


def _chosen(project_id: int, index: int, key: RevisionsKey) -> Select[Any]:
    """The numbers of one page's revisions and of one more, which tells whether there is a next page."""
    table = DashboardRevision
    statement = select(literal(index).label("page"), table.dashboard_id, table.number).where(
        table.project_id == project_id, table.dashboard_id == key.dashboard_id
    )
    return select(key.asked.within(_LARGEST).of(statement, table.number, is_falling=True).subquery())


_LARGEST = 2**31 - 1
"""The largest number that the table has room for."""


def _any_of(keys: list[RevisionKey]) -> ColumnElement[bool]:
    """The condition that a revision is one of the keys'."""
    table = DashboardRevision
    numbers: dict[int, list[int]] = {}
    for key in keys:
        numbers.setdefault(key.dashboard_id, []).append(key.number)
    return or_(*(and_(table.dashboard_id == id_, table.number.in_(those)) for id_, those in numbers.items()))


async def load_revision_rows(loaders: Loaders, keys: list[RevisionKey]) -> list[DashboardRevision | None]:
    """Revisions without their documents, in the order asked: one statement."""
    table = DashboardRevision
    possible = [key for key in keys if key.number <= _LARGEST]
    if not possible:
        return [None for _ in keys]
    statement = (
        select(table)
        .where(table.project_id == loaders.project_id, _any_of(possible))
        .options(defer(table.document, raiseload=True))
    )
    async with loaders.sessions.read(loaders.project_id) as session:
        found = {RevisionKey(row.dashboard_id, row.number): row for row in await session.scalars(statement)}
    return [found.get(key) for key in keys]


async def load_revision_documents(loaders: Loaders, keys: list[RevisionKey]) -> list[dict[str, Any]]:
    """The states that revisions keep: one statement."""
    table = DashboardRevision
    statement = select(table.dashboard_id, table.number, table.document).where(
        table.project_id == loaders.project_id, _any_of(keys)
    )
    async with loaders.sessions.read(loaders.project_id) as session:
        rows = (await session.execute(statement)).tuples().all()
    found = {RevisionKey(dashboard_id, number): document for dashboard_id, number, document in rows}
    return [found[key] for key in keys]


async def load_revision_counts(loaders: Loaders, dashboard_ids: list[int]) -> list[int]:
    """How many revisions each dashboard keeps: one statement."""
    table = DashboardRevision
    statement = (
        select(table.dashboard_id, func.count())
        .where(table.project_id == loaders.project_id, table.dashboard_id.in_(dashboard_ids))
        .group_by(table.dashboard_id)
    )
    async with loaders.sessions.read(loaders.project_id) as session:
        counts = dict((await session.execute(statement)).tuples().all())
    return [counts.get(dashboard_id, 0) for dashboard_id in dashboard_ids]
