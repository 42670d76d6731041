"""Reads the history of dashboards."""

from typing import Any

from models import DashboardRevision
from resolvers.loaders.revisions import RevisionKey, RevisionsKey
from resolvers.loaders.slices import Page, Slice
from resolvers.scope import Scope


async def revisions_of(scope: Scope, dashboard_id: int, asked: Slice) -> Page[DashboardRevision]:
    """A page of a dashboard's revisions, newest first; without their documents."""
    return await scope.loaders.revisions.load(RevisionsKey(dashboard_id, asked))


async def revision_count(scope: Scope, dashboard_id: int) -> int:
    """How many revisions of a dashboard are kept."""
    return await scope.loaders.revision_counts.load(dashboard_id)


async def state_after(scope: Scope, revision: DashboardRevision) -> dict[str, Any]:
    """The dashboard as it was after a revision, as ``dashboard_state.from_json`` reads it."""
    return await scope.loaders.revision_documents.load(RevisionKey(revision.dashboard_id, revision.number))
