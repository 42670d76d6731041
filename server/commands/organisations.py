"""``dialboard organisations``: making organisations, and which projects belong to them."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.command import existing_organisation, existing_project, with_runtime
from server.commands.table import table

if TYPE_CHECKING:
    from server.organisations import NamedOrganisation
    from server.runtime import Runtime

organisations = typer.Typer(
    help="Create and list organisations, add and remove their projects.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The organisation.")]
ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="The name of the project.")]


@organisations.command()
def create(name: NameArgument, as_json: JsonOption = False) -> None:
    """Make an organisation. It has no projects and no keys yet."""
    from server.organisations import create_organisation

    async def work(runtime: "Runtime") -> "NamedOrganisation":
        return await create_organisation(runtime.engine, name)

    made = with_runtime(work)
    typer.echo(json.dumps(_described(made)) if as_json else f"Created the organisation {made.name!r}.")


@organisations.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the organisations with their projects."""
    from server.organisations import list_organisations

    async def work(runtime: "Runtime") -> "list[NamedOrganisation]":
        return await list_organisations(runtime.engine)

    rows = with_runtime(work)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_described(row)))
    elif rows:
        typer.echo(table(["id", "name", "projects"], [[row.id, row.name, _names(row)] for row in rows]))


@organisations.command("add-project")
def add_project(name: NameArgument, project: ProjectArgument, as_json: JsonOption = False) -> None:
    """Add a project to an organisation, whose keys then open it. The project's own keys remain valid."""
    from server.organisations import add_project

    async def work(runtime: "Runtime") -> None:
        owner = await existing_organisation(runtime, name)
        await add_project(runtime.engine, owner, await existing_project(runtime, project))

    with_runtime(work)
    told = {"organisation": name, "project": project}
    typer.echo(json.dumps(told) if as_json else f"The project {project!r} belongs to {name!r}.")


@organisations.command("remove-project")
def remove_project(name: NameArgument, project: ProjectArgument, as_json: JsonOption = False) -> None:
    """Remove a project from an organisation. A running server may accept the organisation's keys for it for
    DIALBOARD_KEY_CACHE_SECONDS."""
    from server.organisations import remove_project

    async def work(runtime: "Runtime") -> None:
        owner = await existing_organisation(runtime, name)
        await remove_project(runtime.engine, owner, await existing_project(runtime, project))

    with_runtime(work)
    told = {"organisation": None, "project": project}
    typer.echo(json.dumps(told) if as_json else f"The project {project!r} does not belong to {name!r} any more.")


def _described(organisation: "NamedOrganisation") -> dict[str, object]:
    projects = [{"id": project.id, "name": project.name} for project in organisation.projects]
    return {"id": organisation.id, "name": organisation.name, "projects": projects}


def _names(organisation: "NamedOrganisation") -> str:
    return ", ".join(project.name for project in organisation.projects)
