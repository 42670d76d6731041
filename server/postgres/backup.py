"""Backups of the embedded PostgreSQL: a file that holds everything, and an empty server that gets it back."""

import os
import subprocess
from pathlib import Path

import psycopg
from sqlalchemy import URL

from server.postgres.cluster import binaries
from server.postgres.embedded import ROLE, SUPERUSER, EmbeddedPostgres
from server.user_error import UserError


class BackupError(UserError):
    """A backup cannot be made or restored; the message says why."""


def back_up(embedded: EmbeddedPostgres, file: Path) -> int:
    """Writes everything that the embedded server has to a new file, as of one moment. The server goes on meanwhile.

    Returns:
        The size of the file in bytes. Only its owner may read it.

    Raises:
        BackupError: the file exists already, or cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        if file.exists():
            raise BackupError(f"{file} already exists.")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _run("pg_dump", embedded, "--format=custom", f"--file={part}")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except OSError as error:
        raise BackupError(f"Cannot write {file}: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(embedded: EmbeddedPostgres, file: Path) -> None:
    """Fills an empty embedded server from a backup, in one transaction.

    The backup is run as the server's superuser: restore only what you trust.

    Raises:
        BackupError: the server has data, or the file is not a backup.
    """
    with psycopg.connect(_address(embedded)) as connection:
        found = connection.execute("select to_regclass('public.alembic_version')").fetchone()
    if found != (None,):
        raise BackupError(
            f"{embedded.data_dir} already has data. Restore into an empty folder: set DIALBOARD_DATA_DIR to one, "
            "or move the old one away."
        )
    _run("pg_restore", embedded, "--single-transaction", "--exit-on-error", str(file))


def _address(embedded: EmbeddedPostgres) -> str:
    url: URL = embedded.url(SUPERUSER, ROLE)
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, embedded: EmbeddedPostgres, *arguments: str) -> None:
    command = [str(binaries() / program), f"--dbname={_address(embedded)}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise BackupError(lines[0] if lines else f"{program} failed.")
