"""The command ``dialboard``.

Exit codes: 0 for success; 1 for an error, and for an import that rejected lines; 2 for wrong usage; 3 for an
``apply --dry-run`` that found differences; 130 for a command that was interrupted (Ctrl+C).
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from server.commands.audit import audit
from server.commands.backup import backup, restore
from server.commands.command import INTERRUPTED, CommandError, fail, load_settings, run_loop, with_runtime
from server.commands.dashboards import apply, export
from server.commands.documents import documents
from server.commands.housekeeping import housekeeping
from server.commands.keys import keys
from server.commands.organisations import organisations
from server.commands.preaggregates import preaggregates
from server.commands.projects import projects
from server.user_error import UserError

if TYPE_CHECKING:
    from server.demo import DemoResult
    from server.importing import ImportResult
    from server.runtime import Runtime

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(documents, name="documents")
cli.add_typer(keys, name="keys")
cli.add_typer(organisations, name="organisations")
cli.add_typer(preaggregates, name="preaggregates")
cli.add_typer(projects, name="projects")
cli.command()(export)
cli.command()(apply)
cli.command()(audit)
cli.command()(housekeeping)
cli.command()(backup)
cli.command()(restore)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"dialboard {version('dialboard')}")
        raise typer.Exit


@cli.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Dashboards over voice-agent calls, as a GraphQL API. Settings come from the environment: docs/settings.md."""


@cli.command()
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; 0.0.0.0 for all networks.")
    ] = ("127.0.0.1"),
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="The port to listen on; 0 chooses a free one.")
    ] = 8000,
    demo: Annotated[
        bool, typer.Option("--demo", help="Load demo data into an empty database and print an API key.")
    ] = False,
) -> None:
    """Migrate the database and serve the API until stopped (Ctrl+C)."""
    from server.commands.serve import Address
    from server.commands.serve import serve as serve_until_stopped

    try:
        run_loop(serve_until_stopped(load_settings(), Address(host, port), demo=demo))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@cli.command()
def migrate() -> None:
    """Migrate the database to the newest version of the tables."""

    async def work(runtime: "Runtime") -> str:
        return runtime.revision

    typer.echo(f"The database is at version {with_runtime(work)}.")


@cli.command()
def demo(
    calls: Annotated[int, typer.Option(metavar="N", min=1, help="The number of calls to create.")] = 20_000,
    seed: Annotated[int, typer.Option(metavar="N", help="The random seed; the same seed creates the same data.")] = 1,
) -> None:
    """Create a demo project with calls, metrics and two dashboards."""
    from server.demo import load_demo

    async def work(runtime: "Runtime") -> "DemoResult":
        return await load_demo(runtime.sessions, calls=calls, seed=seed, progress=sys.stderr.isatty())

    made = with_runtime(work)
    typer.echo(f"Created {made.calls} calls in the project {made.project_name!r}.")
    typer.echo(f"Create an API key for it: dialboard keys create --project {made.project_name!r}")


def _input_file(text: str) -> Path:
    path = Path(text)
    if text != "-" and not path.exists():
        raise typer.BadParameter(f"file {text!r} does not exist.")
    if path.is_dir():
        raise typer.BadParameter(f"file {text!r} is a directory.")
    return path


@cli.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(parser=_input_file, metavar="FILE", help="A file in JSON lines or CSV; - is standard input."),
    ],
    project: Annotated[
        str, typer.Option(metavar="NAME", help="The project to import into; created if it does not exist.")
    ] = "default",
    mapping: Annotated[
        Path | None,
        typer.Option("--map", exists=True, dir_okay=False, metavar="FILE", help="A mapping file for CSV columns."),
    ] = None,
    format: Annotated[
        Literal["jsonl", "csv"] | None,
        typer.Option(help="The format; by default, it is detected from the file name or the first character."),
    ] = None,
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move all timestamps so that the newest call is now.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON, on the last line.")] = False,
) -> None:
    """Import calls. Importing a call again updates it. Invalid lines go to a reject file; the exit code is then 1."""
    from server.importing import ImportFailure, ImportFormat, ImportOptions, ImportResult, ImportStopped, import_file
    from server.projects import ensure_project

    has_begun = False

    async def work(runtime: "Runtime") -> "ImportResult":
        nonlocal has_begun
        target = await ensure_project(runtime.engine, project, "dialboard import")
        has_begun = True
        options = ImportOptions(
            mapping, ImportFormat(format) if format else None, shift_to_now, progress=sys.stderr.isatty()
        )
        return await import_file(runtime.sessions, target.id, file, options)

    stopped: ImportStopped | None = None
    try:
        result = with_runtime(work)
    except ImportFailure as error:
        raise CommandError(str(error)) from None
    except ImportStopped as error:
        result, stopped = error.result, error
    except KeyboardInterrupt:
        if has_begun:
            raise
        result = ImportResult(0, 0, 0, None)
        stopped = ImportStopped(result, None)
    counts = {"created": result.created, "updated": result.updated, "rejected": result.rejected}
    if result.reject_file is not None:
        typer.echo(f"Lines that were not imported, with the reasons: {result.reject_file}", err=True)
    typer.echo(json.dumps(counts) if as_json else ", ".join(f"{count} {what}" for what, count in counts.items()))
    if stopped is not None:
        typer.echo(
            f"dialboard: {stopped} Calls imported so far are kept; importing the same file again is safe.", err=True
        )
        raise typer.Exit(1 if stopped.outage else INTERRUPTED)
    raise typer.Exit(1 if result.rejected else 0)


@cli.command()
def schema() -> None:
    """Print the GraphQL schema in its definition language."""
    from graph.schema import print_sdl

    typer.echo(print_sdl(), nl=False)


def main() -> None:
    """Runs the command; an error ends it with one line on standard error, and so does Ctrl+C."""
    try:
        cli()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            typer.echo("dialboard: stopped", err=True)
        raise
    except UserError as error:
        fail(error, expected=True)
    except Exception as error:
        fail(error, expected=False)
