"""Reads metrics."""

from collections.abc import Iterable

from models import Metric
from resolvers.page import Page, count_of, page_of
from resolvers.scope import Scope


async def list_metrics(scope: Scope, first: int, after: int | None) -> Page[Metric]:
    """The project's metrics, as they were made."""
    return await page_of(scope, Metric, first, after)


async def count_metrics(scope: Scope) -> int:
    """How many metrics the project has."""
    return await count_of(scope, Metric)


async def metric(scope: Scope, row_id: int) -> Metric | None:
    """One metric."""
    return await scope.loaders.metrics.load(row_id)


async def metrics(scope: Scope, row_ids: Iterable[int]) -> list[Metric]:
    """Several metrics, of those numbers that there are any of."""
    found = await scope.loaders.metrics.load_many(row_ids)
    return [row for row in found if row is not None]
