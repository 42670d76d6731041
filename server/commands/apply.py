"""Applying files of dashboards to a project in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from models.sessions import Sessions, WriteSession
from models.types import AuditAction
from resolvers.author import Author
from resolvers.documents.apply import Applied, apply_document
from resolvers.rejections import Rejected, Rejections
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.commands.dashboard_files import DocumentFile
from server.user_error import UserError

AUTHOR = Author(None, "dialboard apply")
"""Who the history says made the changes."""


class ApplyError(UserError):
    """Documents that cannot be applied; every fault of every file is told, and nothing was changed."""


async def apply_files(
    sessions: Sessions, project_id: int, files: Sequence[DocumentFile], *, dry_run: bool
) -> list[Applied]:
    """Applies all files or none; with ``dry_run`` only finds out what differs.

    Raises:
        ApplyError: a document is wrong, or two of them claim one name or the default.
    """
    faults = _claimed_twice(files, "name") + _claimed_twice(files, "isDefault")
    applied: list[Applied] = []
    async with sessions.write(project_id) as session:
        writing = Writing(session, project_id, datetime.now(UTC), AUTHOR)
        for file in files:
            try:
                applied.append(await apply_document(writing, Rejections(), file.document, dry_run=dry_run))
            except Rejected as rejected:
                faults += [f"{file.path}: {fault.path or '/'}: {fault.message}" for fault in rejected.rejections]
        if faults:
            raise ApplyError("Nothing was changed.\n" + "\n".join(faults))
        counts = {
            "created": sum(one.created for one in applied),
            "updated": sum(one.differs and not one.created for one in applied),
        }
        if not dry_run and any(counts.values()):
            await record_event(writing, Event(AuditAction.DASHBOARD_APPLY, counts=counts))
    return applied


async def record_export(sessions: Sessions, project_id: int, dashboards: int) -> None:
    """Appends to the trail that dashboards were exported, before anything of them is written."""
    async with sessions.write(project_id) as session:
        writing = Writing(session, project_id, datetime.now(UTC), Author(None, "dialboard export"))
        await record_event(writing, Event(AuditAction.DASHBOARD_EXPORT, counts={"dashboards": dashboards}))


async def record_documents(session: WriteSession, project_id: int, action: AuditAction, documents: int) -> None:
    """Appends to the trail, in the transaction of the change, that trusted documents were registered or removed."""
    writing = Writing(session, project_id, datetime.now(UTC), Author(None, "dialboard documents"))
    await record_event(writing, Event(action, counts={"documents": documents}))


def _claimed_twice(files: Sequence[DocumentFile], key: str) -> list[str]:
    seen: dict[str, DocumentFile] = {}
    faults: list[str] = []
    for file in files:
        document: Any = file.document
        members = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
        value = members.get(key)
        claim = value.strip() if isinstance(value, str) else "the default" if value is True else None
        if claim is not None and claim in seen:
            faults.append(f"{file.path}: /{key}: {seen[claim].path} claims {claim!r} too.")
        elif claim is not None:
            seen[claim] = file
    return faults
