"""The mutations on dashboards."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.inputs.dashboard import (
    CreateDashboardInput,
    DeleteDashboardInput,
    DuplicateDashboardInput,
    ImportDashboardInput,
    RestoreDashboardInput,
    UndoDashboardInput,
    UpdateDashboardInput,
)
from graph.inputs.dashboard_settings import given_settings
from graph.payloads.dashboard import (
    CreateDashboardPayload,
    DeleteDashboardPayload,
    DuplicateDashboardPayload,
    ImportDashboardPayload,
    RestoreDashboardPayload,
    UndoDashboardPayload,
    UpdateDashboardPayload,
)
from graph.types.dashboard import Dashboard
from graph.write import Write
from resolvers import dashboard_copies, dashboard_restores, dashboard_writes
from resolvers.documents import apply

Create = Annotated[CreateDashboardInput, strawberry.argument(description="The new dashboard.")]
Update = Annotated[UpdateDashboardInput, strawberry.argument(description="The dashboard and its new values.")]
Delete = Annotated[DeleteDashboardInput, strawberry.argument(description="The dashboard to delete.")]
Restore = Annotated[RestoreDashboardInput, strawberry.argument(description="The dashboard to restore.")]
Duplicate = Annotated[DuplicateDashboardInput, strawberry.argument(description="The dashboard to copy.")]
Undo = Annotated[UndoDashboardInput, strawberry.argument(description="The dashboard whose last change to undo.")]
Import = Annotated[ImportDashboardInput, strawberry.argument(description="The document.")]


async def create(info: Info, input: Create) -> CreateDashboardPayload:
    """Creates a dashboard. A project can have as many as its quota allows."""
    write = Write(info)
    given = given_settings(input, write)
    row = await write.run(lambda writing, wrong: dashboard_writes.create_dashboard(writing, wrong, given))
    return CreateDashboardPayload(dashboard=Dashboard.of(row) if row else None, errors=write.errors)


async def update(info: Info, input: Update) -> UpdateDashboardPayload:
    """Changes a dashboard. Its version increases by one, unless nothing changes."""
    write, expected = Write(info), input.expected_version
    given = given_settings(input, write)
    id = write.row_id(input.id, "Dashboard", "/id")
    row = await write.run(lambda writing, wrong: dashboard_writes.update_dashboard(writing, wrong, id, expected, given))
    return UpdateDashboardPayload(dashboard=Dashboard.of(row) if row else None, errors=write.errors)


async def delete(info: Info, input: Delete) -> DeleteDashboardPayload:
    """Deletes a dashboard with its widgets. `restoreDashboard` restores it."""
    write, expected = Write(info), input.expected_version
    id = write.row_id(input.id, "Dashboard", "/id")
    row = await write.run(lambda writing, wrong: dashboard_writes.delete_dashboard(writing, wrong, id, expected))
    deleted = Dashboard.of(row) if row else None
    return DeleteDashboardPayload(deleted_id=deleted and deleted.id, dashboard=deleted, errors=write.errors)


async def restore(info: Info, input: Restore) -> RestoreDashboardPayload:
    """Restores a deleted dashboard with its widgets, or returns any dashboard to its state after a revision. A
    restored dashboard becomes the default again unless there is another default by then.
    """
    write, revision, expected = Write(info), input.revision, input.expected_version
    id = write.row_id(input.id, "Dashboard", "/id")
    row = await write.run(
        lambda writing, wrong: dashboard_restores.restore_dashboard(writing, wrong, id, revision, expected)
    )
    return RestoreDashboardPayload(dashboard=Dashboard.of(row) if row else None, errors=write.errors)


async def undo(info: Info, input: Undo) -> UndoDashboardPayload:
    """Undoes the last change to a dashboard or its widgets, as a new revision. Calling it again undoes the change
    before that. To redo a change, use `restoreDashboard` with its revision.
    """
    write, expected, newest = Write(info), input.expected_version, input.expected_revision
    id = write.row_id(input.id, "Dashboard", "/id")
    row = await write.run(
        lambda writing, wrong: dashboard_restores.undo_dashboard(writing, wrong, id, expected, newest)
    )
    return UndoDashboardPayload(dashboard=Dashboard.of(row) if row else None, errors=write.errors)


async def import_(info: Info, input: Import) -> ImportDashboardPayload:
    """Creates a dashboard from a document. It becomes the default only if the project has none. Errors have paths such
    as /document/widgets/2/chartType.
    """
    write, document, name = Write(info), input.document, input.name
    row = await write.run(lambda writing, wrong: apply.import_document(writing, wrong, document, name))
    return ImportDashboardPayload(dashboard=Dashboard.of(row) if row else None, errors=write.errors)


async def duplicate(info: Info, input: Duplicate) -> DuplicateDashboardPayload:
    """Copies a dashboard with its widgets. The copy is not the default and not included in the daily report."""
    write = Write(info)
    id = write.row_id(input.id, "Dashboard", "/id")
    row = await write.run(lambda writing, wrong: dashboard_copies.duplicate_dashboard(writing, wrong, id, input.name))
    return DuplicateDashboardPayload(dashboard=Dashboard.of(row) if row else None, errors=write.errors)
