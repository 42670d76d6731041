"""``dialboard audit``: who did what."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.command import existing_project, with_runtime
from server.commands.durations import duration
from server.commands.table import table

if TYPE_CHECKING:
    from models import AuditEvent
    from server.runtime import Runtime

_LAST = "Only events of the last period, such as 12h or 30d."


def _action(text: str) -> str:
    from models.types import AuditAction

    allowed = [action.value for action in AuditAction]
    if text not in allowed:
        raise typer.BadParameter(f"{text!r} is not a valid action. Allowed: {', '.join(allowed)}.")
    return text


def audit(
    project: Annotated[str, typer.Option(metavar="NAME", help="The project.")],
    action: Annotated[
        str | None, typer.Option(parser=_action, metavar="ACTION", help="Only this action, such as dashboard.delete.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only events of keys with this name, or of this command.")
    ] = None,
    last: Annotated[timedelta | None, typer.Option(parser=duration, metavar="DURATION", help=_LAST)] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="The maximum number of events.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """List the audit events of a project, newest first: changes, imports and exports."""
    from models.types import AuditAction
    from resolvers.loaders.slices import Slice
    from resolvers.trail import EventFilter, page_of_events

    since = datetime.now(UTC) - last if last is not None else None
    selected = EventFilter(action=AuditAction(action) if action else None, actor=actor, since=since)

    async def work(runtime: "Runtime") -> "list[AuditEvent]":
        owner = await existing_project(runtime, project)
        async with runtime.sessions.read(owner.id) as session:
            return [*(await page_of_events(session, owner.id, selected, Slice(limit))).rows]

    rows = [_described(event) for event in with_runtime(work)]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        typer.echo(table(list(rows[0]), [[_cell(value) for value in row.values()] for row in rows]))


def _described(event: "AuditEvent") -> dict[str, object]:
    return {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "action": event.action.value,
        "keyId": event.key_id,
        "actor": event.actor,
        "subjectType": event.subject_type,
        "subjectId": event.subject_id,
        "subjectName": event.subject_name,
        "counts": event.counts,
        "address": event.address,
        "requestId": event.request_id,
    }


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict) else value
