"""``dialboard export`` and ``dialboard apply``: dashboards as files, for keeping them under version control."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.commands.command import CommandError, existing_project, with_runtime

if TYPE_CHECKING:
    from resolvers.documents.apply import Applied
    from server.runtime import Runtime

DIFFERENT = 3
"""The exit code of a dry run that found differences."""

ProjectOption = Annotated[str, typer.Option("--project", metavar="NAME", help="The project of the dashboards.")]


def export(
    project: ProjectOption,
    dashboard: Annotated[
        str | None, typer.Argument(metavar="DASHBOARD", help="The name of a dashboard; by default, all dashboards.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            file_okay=False,
            help="A directory to write one file per dashboard to; created if it does not exist.",
        ),
    ] = None,
) -> None:
    """Write dashboards as JSON documents, one file each; a single one to standard output without --out.

    Documents refer to metrics and agents by name: docs/dashboard-documents.md.
    Exit codes: 0 for success; 1 for an error, such as an unknown dashboard; 2 for wrong usage.
    """
    from server.commands.dashboard_files import document_text, write_documents

    async def work(runtime: "Runtime") -> list[dict[str, Any]]:
        from resolvers.documents.export import export_documents
        from server.commands.apply import record_export

        owner = await existing_project(runtime, project)
        documents = list(await export_documents(runtime.sessions, owner.id, dashboard))
        await record_export(runtime.sessions, owner.id, len(documents))
        return documents

    documents = with_runtime(work)
    if dashboard is not None and not documents:
        raise CommandError(f"The project {project!r} has no dashboard {dashboard!r}.")
    if out is not None:
        for path in write_documents(out, documents):
            typer.echo(path)
    elif len(documents) == 1:
        typer.echo(document_text(documents[0]), nl=False)
    else:
        raise CommandError(
            f"{len(documents)} dashboards: use --out DIR to write one file for each, or give the name of one."
        )


def apply(
    path: Annotated[
        Path, typer.Argument(exists=True, metavar="FILE|DIR", help="A document, or a directory of .json documents.")
    ],
    project: ProjectOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the differences; change nothing.")] = False,
) -> None:
    """Update dashboards from documents: all or none. Only differences are changed; each change is a revision.

    Dashboards are found by name and created if they do not exist. Dashboards without a document are left unchanged.
    Exit codes: 0 for success, also when nothing differs; 1 for an error; 2 for wrong usage; 3 for a dry run that
    found differences.
    """
    from server.commands.dashboard_files import read_documents

    files = read_documents(path)

    async def work(runtime: "Runtime") -> "list[Applied]":
        from server.commands.apply import apply_files

        owner = await existing_project(runtime, project)
        return await apply_files(runtime.sessions, owner.id, files, dry_run=dry_run)

    applied = with_runtime(work)
    for result in applied:
        for line in lines_of(result):
            typer.echo(line)
    differ = sum(result.differs for result in applied)
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{differ} of {len(applied)} {'dashboard' if len(applied) == 1 else 'dashboards'} {verb}.")
    raise typer.Exit(DIFFERENT if dry_run and differ else 0)


def lines_of(result: "Applied") -> list[str]:
    """What differs, for people: a line a dashboard, and one for each change of it."""
    marks = {"ADDED": "+", "CHANGED": "~", "REMOVED": "-"}
    mark, what = ("+", "new") if result.created else ("~", "differs") if result.changes else ("=", "no changes")
    head = f"{mark} {result.name}: {what}"
    return [head, *(f"    {marks[change.action.name]} {change.text}" for change in result.changes)]
