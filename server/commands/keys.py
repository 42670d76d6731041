"""``dialboard keys``: making, listing, rotating and revoking API keys, of projects and of organisations."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from server.commands.command import CommandError, existing_organisation, existing_project, with_runtime
from server.commands.durations import duration
from server.commands.table import moment, table

if TYPE_CHECKING:
    from models import ApiKey, OrganisationKey
    from resolvers.api_keys import MadeKey, Rotation
    from server.organisation_keys import MadeOrganisationKey, OrganisationRotation
    from server.runtime import Runtime

    Key = ApiKey | OrganisationKey

keys = typer.Typer(help="Create, list, rotate and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)

ProjectOption = Annotated[
    str | None, typer.Option("--project", metavar="NAME", help="The project that the key gives access to.")
]
OrganisationOption = Annotated[
    str | None,
    typer.Option("--organisation", metavar="NAME", help="The organisation to whose projects the key gives access."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KeyArgument = Annotated[int, typer.Argument(metavar="ID", help="The key's number in `dialboard keys list`.")]
RoleName = Literal["viewer", "analyst", "ingester", "admin"]
_EXPIRES = "How long it is valid, such as 12h or 90d; by default, it never expires."
_OVERLAP = "How long the old key remains valid, such as 0s or 7d."


@keys.command()
def create(
    project: ProjectOption = None,
    organisation: OrganisationOption = None,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="A name for the key, to tell it apart from others.")
    ] = "key",
    role: Annotated[RoleName, typer.Option(help="What the key is allowed to do.")] = "admin",
    expires: Annotated[timedelta | None, typer.Option(parser=duration, metavar="DURATION", help=_EXPIRES)] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once: only its hash is stored. The project is created if it does not exist; an
    organisation has to exist."""
    from models import Role
    from server.keys import make_key
    from server.organisation_keys import make_organisation_key
    from server.projects import ensure_project

    _check_one(project, organisation)

    async def work(runtime: "Runtime") -> "MadeKey | MadeOrganisationKey":
        if project is None:
            of = await existing_organisation(runtime, organisation or "")
            return await make_organisation_key(runtime.engine, of, name, Role(role), expires)
        owner = await ensure_project(runtime.engine, project, "dialboard keys")
        return await make_key(runtime.sessions, owner.id, name, Role(role), expires)

    made = with_runtime(work)
    typer.echo(json.dumps({"key": made.text, "id": made.row.id}) if as_json else made.text)


def _check_one(project: str | None, organisation: str | None) -> None:
    if project is None and organisation is None:
        raise typer.BadParameter("Missing option '--project' or '--organisation'.")
    if project is not None and organisation is not None:
        raise typer.BadParameter("A key belongs to a project or to an organisation: give one of the options.")


@keys.command("list")
def list_(
    project: Annotated[str | None, typer.Option(metavar="NAME", help="List only the keys of this project.")] = None,
    organisation: Annotated[
        str | None, typer.Option(metavar="NAME", help="List only the keys of this organisation.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List keys, revoked and expired ones too. The keys themselves are not stored."""
    with_both = project is None and organisation is None

    async def work(runtime: "Runtime") -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        if project is not None or with_both:
            rows += await _of_projects(runtime, project)
        if organisation is not None or with_both:
            rows += await _of_organisations(runtime, organisation)
        return rows

    rows = with_runtime(work)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        typer.echo(table(list(rows[0]), [list(row.values()) for row in rows]))


async def _of_projects(runtime: "Runtime", name: str | None) -> list[dict[str, object]]:
    from server.keys import list_keys
    from server.projects import list_projects

    owners = await list_projects(runtime.engine) if name is None else [await existing_project(runtime, name)]
    return [
        _described(key, owner.name, None, key.created_by)
        for owner in owners
        for key in await list_keys(runtime.sessions, owner.id)
    ]


async def _of_organisations(runtime: "Runtime", name: str | None) -> list[dict[str, object]]:
    from server.organisation_keys import list_organisation_keys
    from server.organisations import list_organisations

    engine = runtime.engine
    owners = await list_organisations(engine) if name is None else [await existing_organisation(runtime, name)]
    return [
        _described(key, None, owner.name) for owner in owners for key in await list_organisation_keys(engine, owner.id)
    ]


def _described(
    key: "Key", project: str | None, organisation: str | None, created_by: int | None = None
) -> dict[str, object]:
    return {
        "id": key.id,
        "project": project,
        "organisation": organisation,
        "name": key.name,
        "role": key.role.value,
        "createdAt": moment(key.created_at),
        "createdBy": created_by,
        "expiresAt": moment(key.expires_at),
        "lastUsedAt": moment(key.last_used_at),
        "revokedAt": moment(key.revoked_at),
        "rotatedFrom": key.rotated_from,
        "supersededAt": moment(key.superseded_at),
    }


@keys.command()
def revoke(
    key_id: KeyArgument,
    project: ProjectOption = None,
    organisation: OrganisationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a key permanently. A running server may accept it for DIALBOARD_KEY_CACHE_SECONDS."""
    from server.keys import revoke_key
    from server.organisation_keys import revoke_organisation_key

    _check_one(project, organisation)
    whose, name = ("organisation", organisation) if project is None else ("project", project)

    async def work(runtime: "Runtime") -> bool:
        if project is None:
            of = await existing_organisation(runtime, organisation or "")
            return await revoke_organisation_key(runtime.engine, of, key_id)
        return await revoke_key(runtime.sessions, (await existing_project(runtime, project)).id, key_id)

    if not with_runtime(work):
        raise CommandError(f"The {whose} {name!r} has no active key {key_id}.")
    typer.echo(json.dumps({"id": key_id, "revoked": True}) if as_json else f"Revoked key {key_id} of {name!r}.")


@keys.command()
def rotate(
    key_id: KeyArgument,
    project: ProjectOption = None,
    organisation: OrganisationOption = None,
    overlap: Annotated[timedelta | None, typer.Option(parser=duration, metavar="DURATION", help=_OVERLAP)] = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a key: print a new one of the same name and role. The old one remains valid for 24 hours, or as long
    as --overlap says."""
    from resolvers.key_rules import DEFAULT_OVERLAP
    from server.keys import rotate_key
    from server.organisation_keys import rotate_organisation_key

    _check_one(project, organisation)
    lasting = DEFAULT_OVERLAP if overlap is None else overlap

    async def work(runtime: "Runtime") -> "Rotation | OrganisationRotation":
        if project is None:
            of = await existing_organisation(runtime, organisation or "")
            return await rotate_organisation_key(runtime.engine, of, key_id, lasting)
        return await rotate_key(runtime.sessions, (await existing_project(runtime, project)).id, key_id, lasting)

    done = with_runtime(work)
    if as_json:
        ends = moment(done.old.expires_at)
        typer.echo(json.dumps({"key": done.made.text, "id": done.made.row.id, "oldId": key_id, "oldExpiresAt": ends}))
    else:
        typer.echo(done.made.text)
        typer.echo(f"Key {key_id} is valid until {moment(done.old.expires_at)}.", err=True)
