"""Reads dashboards. A deleted one is not there."""

from sqlalchemy import ColumnElement

from models import Dashboard
from resolvers.page import Page, count_of, page_of
from resolvers.scope import Scope


def _listed(search: str | None) -> tuple[ColumnElement[bool], ...]:
    present = Dashboard.deleted_at.is_(None)
    return (present, Dashboard.name.icontains(search, autoescape=True)) if search else (present,)


async def list_dashboards(scope: Scope, first: int, after: int | None, search: str | None) -> Page[Dashboard]:
    """The project's dashboards as they were made; with ``search`` those whose name has that text, in any case."""
    return await page_of(scope, Dashboard, first, after, *_listed(search))


async def count_dashboards(scope: Scope, search: str | None) -> int:
    """How many dashboards ``list_dashboards`` has on all pages."""
    return await count_of(scope, Dashboard, *_listed(search))


async def dashboard(scope: Scope, row_id: int, *, with_widgets: bool = False) -> Dashboard | None:
    """One dashboard; ``with_widgets`` reads its widgets along with it, for the fields that will ask for them."""
    loader = scope.loaders.whole_dashboards if with_widgets else scope.loaders.dashboards
    return await loader.load(row_id)
