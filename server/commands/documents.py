"""``dialboard documents``: registering, listing and removing trusted documents."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from server.commands.command import CommandError, existing_project, with_runtime
from server.commands.table import moment, table

if TYPE_CHECKING:
    from resolvers.trusted_documents import ListedDocument, NewDocument
    from server.runtime import Runtime

documents = typer.Typer(
    help="Register, list and remove the GraphQL documents that clients can send by ID.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ProjectOption = Annotated[str, typer.Option("--project", metavar="NAME", help="The project.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_FILES = "GraphQL documents, or manifests by Apollo, Relay or GraphQL Code Generator; detected by their content."


@documents.command()
def register(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help=_FILES)],
    project: ProjectOption,
    as_json: JsonOption = False,
) -> None:
    """Register documents. All must be valid for the schema; if one is not, none is registered. Documents that are
    already registered are left unchanged."""
    from models import AuditAction
    from resolvers.trusted_documents import DocumentsRefusedError, id_of
    from resolvers.trusted_documents import register as register_documents
    from server.commands.apply import record_documents
    from server.document_files import checked, read_file

    found = [one for file in files for one in read_file(str(file), file.read_bytes())]

    async def work(runtime: "Runtime") -> "tuple[int, list[NewDocument]]":
        project_id = (await existing_project(runtime, project)).id
        given = await checked(found)
        async with runtime.sessions.write(project_id) as session:
            new = await register_documents(session, project_id, given)
            await record_documents(session, project_id, AuditAction.DOCUMENTS_REGISTER, new)
            return new, given

    try:
        new, given = with_runtime(work)
    except DocumentsRefusedError as error:
        raise CommandError(str(error)) from None
    if as_json:
        ids = [{"id": id_of(one.text), "name": one.name} for one in given]
        typer.echo(json.dumps({"registered": new, "documents": ids}))
        return
    for one in given:
        typer.echo(f"{id_of(one.text)}  {one.name}")
    typer.echo(f"{new} of {len(given)} are new.", err=True)


@documents.command("list")
def list_(project: ProjectOption, as_json: JsonOption = False) -> None:
    """List the registered documents."""
    from resolvers.trusted_documents import list_documents

    async def work(runtime: "Runtime") -> "list[ListedDocument]":
        project_id = (await existing_project(runtime, project)).id
        async with runtime.sessions.read(project_id) as session:
            return await list_documents(session, project_id)

    rows = [
        {
            "id": one.id,
            "otherIds": list(one.other_ids),
            "name": one.name,
            "createdAt": moment(one.created_at),
        }
        for one in with_runtime(work)
    ]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        typer.echo(table(list(rows[0]), [[*map(_cell, row.values())] for row in rows]))


def _cell(value: object) -> object:
    return ", ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else value


@documents.command()
def remove(
    id: Annotated[str, typer.Argument(metavar="ID", help="An ID of the document.")],
    project: ProjectOption,
) -> None:
    """Remove a document with all its ids. A running server can run it for up to DIALBOARD_KEY_CACHE_SECONDS more."""
    from models import AuditAction
    from resolvers.trusted_documents import remove as remove_document
    from resolvers.trusted_documents import stored_id
    from server.commands.apply import record_documents

    async def work(runtime: "Runtime") -> bool:
        project_id, stored = (await existing_project(runtime, project)).id, stored_id(id)
        if stored is None:
            return False
        async with runtime.sessions.write(project_id) as session:
            is_removed = await remove_document(session, project_id, stored)
            if is_removed:
                await record_documents(session, project_id, AuditAction.DOCUMENTS_REMOVE, 1)
            return is_removed

    if not with_runtime(work):
        raise CommandError(f"The project {project!r} has no document with the ID {id[:80]!r}.")
    typer.echo(f"Removed {id}.")
