"""``dialboard keys``: making, listing, rotating and revoking API keys."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from server.commands.command import CommandError, existing_project, with_runtime
from server.commands.durations import duration
from server.commands.table import table

if TYPE_CHECKING:
    from models import ApiKey
    from resolvers.api_keys import MadeKey, Rotation
    from server.projects import NamedProject
    from server.runtime import Runtime

keys = typer.Typer(help="Create, list, rotate and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)

ProjectOption = Annotated[
    str, typer.Option("--project", metavar="NAME", help="The project that the key gives access to.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KeyArgument = Annotated[int, typer.Argument(metavar="ID", help="The key's number in `dialboard keys list`.")]
RoleName = Literal["viewer", "analyst", "ingester", "admin"]
_EXPIRES = "How long it is valid, such as 12h or 90d; without it, for ever."
_OVERLAP = "How long the old key goes on working, such as 0s or 7d."


@keys.command()
def create(
    project: ProjectOption,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="A name for the key, to tell it apart from others.")
    ] = "key",
    role: Annotated[RoleName, typer.Option(help="What it may do.")] = "admin",
    expires: Annotated[timedelta | None, typer.Option(parser=duration, metavar="DURATION", help=_EXPIRES)] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once: only its hash is stored. A project of a new name is made."""
    from models import Role
    from server.keys import make_key
    from server.projects import ensure_project

    async def work(runtime: "Runtime") -> "MadeKey":
        owner = await ensure_project(runtime.engine, project, "dialboard keys")
        return await make_key(runtime.sessions, owner.id, name, Role(role), expires)

    made = with_runtime(work)
    typer.echo(json.dumps({"key": made.text, "id": made.row.id}) if as_json else made.text)


@keys.command("list")
def list_(
    project: Annotated[str | None, typer.Option(metavar="NAME", help="List only the keys of this project.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List keys, revoked and expired ones too. The keys themselves are not stored."""
    from server.keys import list_keys
    from server.projects import list_projects

    async def work(runtime: "Runtime") -> "list[tuple[NamedProject, ApiKey]]":
        owners = [await existing_project(runtime, project)] if project else await list_projects(runtime.engine)
        return [(owner, key) for owner in owners for key in await list_keys(runtime.sessions, owner.id)]

    rows = [_described(owner, key) for owner, key in with_runtime(work)]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        typer.echo(table(list(rows[0]), [list(row.values()) for row in rows]))


def _described(owner: "NamedProject", key: "ApiKey") -> dict[str, object]:
    return {
        "id": key.id,
        "project": owner.name,
        "name": key.name,
        "role": key.role.value,
        "createdAt": _moment(key.created_at),
        "createdBy": key.created_by,
        "expiresAt": _moment(key.expires_at),
        "lastUsedAt": _moment(key.last_used_at),
        "revokedAt": _moment(key.revoked_at),
        "rotatedFrom": key.rotated_from,
        "supersededAt": _moment(key.superseded_at),
    }


def _moment(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


@keys.command()
def revoke(key_id: KeyArgument, project: ProjectOption, as_json: JsonOption = False) -> None:
    """Revoke a key for good. A running server may go on taking it for DIALBOARD_KEY_CACHE_SECONDS."""
    from server.keys import revoke_key

    async def work(runtime: "Runtime") -> bool:
        return await revoke_key(runtime.sessions, (await existing_project(runtime, project)).id, key_id)

    if not with_runtime(work):
        raise CommandError(f"The project {project!r} has no active key {key_id}.")
    typer.echo(json.dumps({"id": key_id, "revoked": True}) if as_json else f"Revoked key {key_id} of {project!r}.")


@keys.command()
def rotate(
    key_id: KeyArgument,
    project: ProjectOption,
    overlap: Annotated[timedelta | None, typer.Option(parser=duration, metavar="DURATION", help=_OVERLAP)] = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a key: print a new one of the same name and role. The old one goes on working for 24 hours, or as long
    as --overlap says."""
    from resolvers.api_keys import DEFAULT_OVERLAP
    from server.keys import rotate_key

    async def work(runtime: "Runtime") -> "Rotation":
        owner = await existing_project(runtime, project)
        return await rotate_key(runtime.sessions, owner.id, key_id, DEFAULT_OVERLAP if overlap is None else overlap)

    done = with_runtime(work)
    if as_json:
        ends = _moment(done.old.expires_at)
        typer.echo(json.dumps({"key": done.made.text, "id": done.made.row.id, "oldId": key_id, "oldExpiresAt": ends}))
    else:
        typer.echo(done.made.text)
        typer.echo(f"Key {key_id} works until {_moment(done.old.expires_at)}.", err=True)
