"""``dialboard hooks``: making, listing, rotating and revoking webhook endpoints."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from server.commands.command import CommandError, existing_project, load_settings, with_runtime
from server.commands.durations import duration
from server.commands.table import moment, table

if TYPE_CHECKING:
    from models import WebhookEndpoint, WebhookSource
    from server.hooks.endpoints import MadeEndpoint, RotatedEndpoint
    from server.runtime import Runtime

hooks = typer.Typer(
    help="Create, list, rotate and revoke webhook endpoints: addresses that services send the events of calls to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ProjectOption = Annotated[str, typer.Option("--project", metavar="NAME", help="The project of the endpoint.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EndpointArgument = Annotated[int, typer.Argument(metavar="ID", help="The endpoint's number in `dialboard hooks list`.")]
SourceName = Literal["vapi", "retell", "twilio", "generic"]
_SECRET_FILE = (
    "A file with the secret that the service signs with; - is standard input. Required for retell (an API key with the "
    "webhook badge) and twilio (the auth token), unless it can be asked for; created for vapi and generic."
)
SecretOption = Annotated[Path | None, typer.Option("--secret-file", metavar="FILE", help=_SECRET_FILE)]
_OVERLAP = "How long the old address remains valid, such as 0s or 7d."


@hooks.command()
def create(
    project: ProjectOption,
    source: Annotated[SourceName, typer.Option("--from", help="The service; generic for Standard Webhooks.")],
    name: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A name for the endpoint; by default, that of the service.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map",
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="A mapping file, which is stored with the endpoint.",
        ),
    ] = None,
    secret_file: SecretOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an endpoint and print its address and secret, once. Both must be kept secret. The project is
    created if it does not exist."""
    from models import WebhookSource
    from server.hooks.endpoints import NewEndpoint, create_endpoint
    from server.projects import ensure_project

    kind = WebhookSource(source)
    new = NewEndpoint(name or source, kind, _secret(kind, secret_file), _checked_mapping(mapping))

    async def work(runtime: "Runtime") -> "MadeEndpoint":
        owner = await ensure_project(runtime.engine, project, "dialboard hooks")
        return await create_endpoint(runtime.engine, owner.id, new)

    _print_made(with_runtime(work), as_json=as_json)


def _secret(source: "WebhookSource", file: Path | None) -> str | None:
    """The secret that is given; None to make one."""
    from server.hooks.endpoints import chooses_secret

    if file is not None:
        try:
            return (sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: the secret cannot be read: {error}") from None
    if chooses_secret(source):
        return None
    if not sys.stdin.isatty():
        raise CommandError(f"The secret that {source.value} signs with is missing: give --secret-file.")
    return str(typer.prompt(f"The secret that {source.value} signs with", hide_input=True)).strip()


def _checked_mapping(file: Path | None) -> str | None:
    """The text of a mapping that can be used."""
    from server.hooks.mappings import check_mapping
    from server.importing.outcome import ImportFailure

    try:
        return check_mapping(file)
    except ImportFailure as error:
        raise CommandError(str(error)) from None


def _print_made(made: "MadeEndpoint", *, as_json: bool, **more: object) -> None:
    public = load_settings().public_url
    address = (public or "") + made.address
    if as_json:
        typer.echo(json.dumps({"id": made.row.id, "address": address, "secret": made.secret, **more}))
        return
    typer.echo(address)
    if made.secret is not None:
        typer.echo(made.secret)
    if public is None:
        typer.echo("Put the address of the server before it: https://calls.example.com/hooks/…", err=True)


@hooks.command("list")
def list_(
    project: Annotated[
        str | None, typer.Option(metavar="NAME", help="List only the endpoints of this project.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List endpoints, revoked and expired ones too. Addresses and secrets are not shown again."""
    from server.hooks.endpoints import list_endpoints
    from server.projects import list_projects

    async def work(runtime: "Runtime") -> list[dict[str, object]]:
        owners = await list_projects(runtime.engine) if project is None else [await existing_project(runtime, project)]
        return [
            _described(endpoint, owner.name)
            for owner in owners
            for endpoint in await list_endpoints(runtime.sessions, owner.id)
        ]

    rows = with_runtime(work)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        typer.echo(table(list(rows[0]), [list(row.values()) for row in rows]))


def _described(endpoint: "WebhookEndpoint", project: str) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "project": project,
        "name": endpoint.name,
        "from": endpoint.source.value,
        "hasMapping": endpoint.mapping is not None,
        "createdAt": moment(endpoint.created_at),
        "expiresAt": moment(endpoint.expires_at),
        "lastUsedAt": moment(endpoint.last_used_at),
        "revokedAt": moment(endpoint.revoked_at),
        "rotatedFrom": endpoint.rotated_from,
        "supersededAt": moment(endpoint.superseded_at),
    }


@hooks.command()
def revoke(endpoint_id: EndpointArgument, project: ProjectOption, as_json: JsonOption = False) -> None:
    """Revoke an endpoint permanently. A running server may accept its events for DIALBOARD_KEY_CACHE_SECONDS."""
    from server.hooks.endpoints import revoke_endpoint

    async def work(runtime: "Runtime") -> None:
        await revoke_endpoint(runtime.engine, (await existing_project(runtime, project)).id, endpoint_id)

    with_runtime(work)
    done = {"id": endpoint_id, "revoked": True}
    typer.echo(json.dumps(done) if as_json else f"Revoked webhook endpoint {endpoint_id} of {project!r}.")


@hooks.command()
def rotate(
    endpoint_id: EndpointArgument,
    project: ProjectOption,
    secret_file: SecretOption = None,
    overlap: Annotated[timedelta | None, typer.Option(parser=duration, metavar="DURATION", help=_OVERLAP)] = None,
    as_json: JsonOption = False,
) -> None:
    """Replace an endpoint: print a new address and secret. The old address remains valid for 24 hours, or as long as
    --overlap says; its mapping is kept."""
    from resolvers.key_rules import DEFAULT_OVERLAP
    from server.hooks.endpoints import list_endpoints, rotate_endpoint

    lasting = DEFAULT_OVERLAP if overlap is None else overlap

    async def work(runtime: "Runtime") -> "RotatedEndpoint":
        project_id = (await existing_project(runtime, project)).id
        there = {endpoint.id: endpoint for endpoint in await list_endpoints(runtime.sessions, project_id)}
        if endpoint_id not in there:
            raise CommandError(f"The project {project!r} has no webhook endpoint {endpoint_id}.")
        secret = _secret(there[endpoint_id].source, secret_file)
        return await rotate_endpoint(runtime.engine, project_id, endpoint_id, secret, lasting)

    done = with_runtime(work)
    ends = moment(done.old.expires_at)
    _print_made(done.made, as_json=as_json, oldId=endpoint_id, oldExpiresAt=ends)
    if not as_json:
        typer.echo(f"Webhook endpoint {endpoint_id} is valid until {ends}.", err=True)
