"""``dialboard housekeeping``: deletes what is old enough."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.command import load_settings, with_runtime

if TYPE_CHECKING:
    from server.housekeeping import Deleted
    from server.runtime import Runtime


def housekeeping(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Delete old audit events and idempotency keys of all projects. A server that has the address for
    the role that owns the tables does so every hour."""
    from server.housekeeping import delete_old

    settings = load_settings()

    async def work(runtime: "Runtime") -> "Deleted":
        return await delete_old(runtime.engine, settings)

    deleted = with_runtime(work)
    counts = {"idempotencyKeys": deleted.idempotency_keys, "auditEvents": deleted.audit_events}
    told = f"{deleted.idempotency_keys} idempotency keys and {deleted.audit_events} audit events deleted."
    typer.echo(json.dumps(counts) if as_json else told)
