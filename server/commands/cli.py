"""The command ``dialboard``.

Exit codes: 0 for success; 1 for an error, and for an import that rejected lines; 2 for wrong usage; 3 for an
``apply --dry-run`` that found differences; 130 for a command that was interrupted (Ctrl+C).
"""

import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from graph.client_config.client import Client
from server.commands.audit import audit
from server.commands.backup import backup, restore
from server.commands.chart import chart
from server.commands.command import INTERRUPTED, fail, load_settings, run_loop, with_runtime
from server.commands.dashboard_list import dashboards
from server.commands.dashboards import apply, export
from server.commands.documents import documents
from server.commands.hooks import hooks
from server.commands.housekeeping import housekeeping
from server.commands.imports import import_
from server.commands.keys import keys
from server.commands.organisations import organisations
from server.commands.preaggregates import preaggregates
from server.commands.projects import projects
from server.commands.query import query
from server.user_error import UserError

if TYPE_CHECKING:
    from server.demo import DemoResult
    from server.runtime import Runtime

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(documents, name="documents")
cli.add_typer(hooks, name="hooks")
cli.add_typer(keys, name="keys")
cli.add_typer(organisations, name="organisations")
cli.add_typer(preaggregates, name="preaggregates")
cli.add_typer(projects, name="projects")
cli.command("import")(import_)
cli.command()(export)
cli.command()(apply)
cli.command()(audit)
cli.command()(query)
cli.command()(dashboards)
cli.command()(chart)
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


@cli.command()
def schema(
    client: Annotated[
        Client | None,
        typer.Option(
            help="Instead, print what the cache of this client needs to know of the schema (docs/clients.md)."
        ),
    ] = None,
) -> None:
    """Print the GraphQL schema in its definition language."""
    from graph.schema import print_sdl

    if client is None:
        typer.echo(print_sdl(), nl=False)
        return
    from graphql import build_schema

    from graph.client_config.config import print_client_config

    typer.echo(print_client_config(client, build_schema(print_sdl())), nl=False)


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
