"""Reads dashboards. A deleted one is not there, unless the deleted ones are asked for."""

from sqlalchemy import ColumnElement

from models import Dashboard
from resolvers.loaders.slices import Page, Slice
from resolvers.page import count_of, page_of
from resolvers.scope import Scope


def _listed(search: str | None, deleted: bool) -> tuple[ColumnElement[bool], ...]:
    present = Dashboard.deleted_at.is_not(None) if deleted else Dashboard.deleted_at.is_(None)
    return (present, Dashboard.name.icontains(search, autoescape=True)) if search else (present,)


async def list_dashboards(scope: Scope, asked: Slice, search: str | None, *, deleted: bool = False) -> Page[Dashboard]:
    """The project's dashboards as they were made; with ``search`` those whose name has that text, in any case."""
    page = await page_of(scope, Dashboard, asked, *_listed(search, deleted))
    if deleted:  # their widgets ask for them, and would not find them
        scope.loaders.dashboards.prime_many({row.id: row for row in page.rows})
    return page


async def count_dashboards(scope: Scope, search: str | None, *, deleted: bool = False) -> int:
    """How many dashboards ``list_dashboards`` has on all pages."""
    return await count_of(scope, Dashboard, *_listed(search, deleted))


async def dashboard(scope: Scope, row_id: int, *, with_widgets: bool = False) -> Dashboard | None:
    """One dashboard; ``with_widgets`` reads its widgets along with it, for the fields that will ask for them."""
    loader = scope.loaders.whole_dashboards if with_widgets else scope.loaders.dashboards
    return await loader.load(row_id)
