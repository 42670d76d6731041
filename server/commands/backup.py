"""``dialboard backup`` and ``dialboard restore``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.command import CommandError, load_settings, with_runtime

if TYPE_CHECKING:
    from server.postgres.embedded import EmbeddedPostgres
    from server.runtime import Runtime


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="The file to create.")],
) -> None:
    """Write all projects of the embedded PostgreSQL to a file, while the server runs or not."""
    from server.postgres.backup import back_up

    with _embedded() as embedded:
        size = back_up(embedded, file)
    typer.echo(f"Wrote {file} ({size / 1e6:,.1f} MB). It holds everything, keys and customer data included.")


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A file of `dialboard backup`.")
    ],
) -> None:
    """Fill an empty embedded PostgreSQL from a file of `dialboard backup`. Restore only files that you trust."""
    from server.postgres.backup import restore as fill

    with _embedded() as embedded:
        fill(embedded, file)

    async def work(runtime: "Runtime") -> str:
        return runtime.revision

    typer.echo(f"Restored {file}. The database is at version {with_runtime(work)}.")


def _embedded() -> "EmbeddedPostgres":
    from server.postgres.embedded import EmbeddedPostgres

    settings = load_settings()
    if settings.database_url is not None:
        raise CommandError(
            "DATABASE_URL is set: back up and restore a PostgreSQL server of your own with its own tools, such as "
            "pg_dump and pg_restore (docs/deploy.md)."
        )
    return EmbeddedPostgres(settings.data_dir)
