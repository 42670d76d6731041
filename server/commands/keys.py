"""``dialboard keys``: making, listing and revoking API keys."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.command import CommandError, existing_project, with_runtime

if TYPE_CHECKING:
    from server.keys import KeyRow
    from server.projects import NamedProject
    from server.runtime import Runtime

keys = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)

ProjectOption = Annotated[
    str, typer.Option("--project", metavar="NAME", help="The project that the key gives access to.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys.command()
def create(
    project: ProjectOption,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="A name for the key, to tell it apart from others.")
    ] = "key",
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once: only its hash is stored. A project of a new name is made."""
    from server.keys import create_key
    from server.projects import ensure_project

    async def work(runtime: "Runtime") -> str:
        owner = await ensure_project(runtime.engine, project)
        return await create_key(runtime.sessions, owner.id, name)

    key = with_runtime(work)
    typer.echo(json.dumps({"key": key}) if as_json else key)


@keys.command("list")
def list_(
    project: Annotated[str | None, typer.Option(metavar="NAME", help="List only the keys of this project.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List keys: id, project, name, when made and when revoked. The keys themselves are not stored."""
    from server.keys import list_keys
    from server.projects import list_projects

    async def work(runtime: "Runtime") -> "list[tuple[NamedProject, KeyRow]]":
        owners = [await existing_project(runtime, project)] if project else await list_projects(runtime.engine)
        return [(owner, key) for owner in owners for key in await list_keys(runtime.sessions, owner.id)]

    for owner, key in with_runtime(work):
        row = {
            "id": key.id,
            "project": owner.name,
            "name": key.name,
            "createdAt": key.created_at.isoformat(timespec="seconds"),
            "revokedAt": key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else None,
        }
        typer.echo(json.dumps(row) if as_json else "\t".join(str(value or "-") for value in row.values()))


@keys.command()
def revoke(
    key_id: Annotated[int, typer.Argument(metavar="ID", help="The key's number in `dialboard keys list`.")],
    project: ProjectOption,
) -> None:
    """Revoke a key for good. A running server may go on taking it for DIALBOARD_KEY_CACHE_SECONDS."""
    from server.keys import revoke_key

    async def work(runtime: "Runtime") -> bool:
        return await revoke_key(runtime.sessions, (await existing_project(runtime, project)).id, key_id)

    if not with_runtime(work):
        raise CommandError(f"The project {project!r} has no active key {key_id}.")
    typer.echo(f"Revoked key {key_id} of {project!r}.")
