"""``dialboard projects``: listing projects and changing their settings."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.command import existing_project, with_runtime
from server.commands.table import table

if TYPE_CHECKING:
    from models import Project
    from server.projects import NamedProject
    from server.runtime import Runtime

projects = typer.Typer(help="List projects and change their settings.", no_args_is_help=True, rich_markup_mode=None)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_MASK = "Mask customers' numbers for keys with the role viewer, or show them."


@projects.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the projects with their settings."""
    from server.projects import list_projects

    async def work(runtime: "Runtime") -> "list[NamedProject]":
        return await list_projects(runtime.engine)

    rows = [_described(one) for one in with_runtime(work)]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        typer.echo(table(list(rows[0]), [list(row.values()) for row in rows]))


@projects.command()
def update(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The project.")],
    mask_customer_numbers: Annotated[
        bool | None, typer.Option("--mask-customer-numbers/--show-customer-numbers", help=_MASK)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a project's settings. Omitted options are left unchanged. A running server applies the change within
    DIALBOARD_KEY_CACHE_SECONDS."""
    from resolvers.absent import ABSENT
    from server.projects import NamedProject, update_project

    async def work(runtime: "Runtime") -> "Project":
        id = (await existing_project(runtime, name)).id
        mask = ABSENT if mask_customer_numbers is None else mask_customer_numbers
        return await update_project(runtime.sessions, id, mask_customer_numbers=mask)

    row = with_runtime(work)
    described = _described(NamedProject(row.id, row.name, row.mask_customer_numbers))
    if as_json:
        typer.echo(json.dumps(described))
    else:
        typer.echo("\n".join(f"{key}: {json.dumps(value)}" for key, value in described.items()))


def _described(project: "NamedProject") -> dict[str, object]:
    return {"id": project.id, "name": project.name, "maskCustomerNumbers": project.mask_customer_numbers}
