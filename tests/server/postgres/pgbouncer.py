"""PgBouncer in transaction mode, in front of the PostgreSQL of the tests."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from tests.conftest import DatabaseServer

PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
OPT_OUT = "DIALBOARD_TEST_WITHOUT_PGBOUNCER"
PORT = 6432
SETTINGS = {
    "listen_port": str(PORT),
    "auth_type": "trust",
    "pool_mode": "transaction",
    "max_client_conn": "500",
    "query_wait_timeout": "60",
}


def require_pgbouncer() -> None:
    """Skips the test where PgBouncer is not installed; fails it in CI, unless the opt-out is set."""
    if os.environ.get(OPT_OUT):
        pytest.skip(f"{OPT_OUT} is set")
    if not Path(PROGRAM).exists():
        missing = f"pgbouncer is not installed (Debian: apt-get install pgbouncer). {OPT_OUT}=1 leaves its tests out."
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)


@contextmanager
def pgbouncer(server: DatabaseServer, pool_size: int, **settings: str) -> Generator[Path]:
    """Runs PgBouncer with so many connections for each role and database; gives the folder of its socket."""
    require_pgbouncer()
    owner = server.owner
    host = owner.query.get("host") or owner.host or "localhost"
    # Not as root, which PgBouncer refuses, but as whoever owns PostgreSQL's socket.
    account = pwd.getpwuid(Path(str(host)).stat().st_uid if str(host).startswith("/") else os.geteuid())
    if account.pw_uid == 0:
        account = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="dialboard-pgbouncer-"))
    options = {**SETTINGS, "default_pool_size": str(pool_size), **settings}
    users = {(url.username, url.password or "") for url in (server.admin, server.owner, server.serving)}
    (folder / "users.txt").write_text("".join(f'"{name}" "{password}"\n' for name, password in users))
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={host} port={owner.port or 5432}\n[pgbouncer]\n"
        f"unix_socket_dir = {folder}\nauth_file = {folder}/users.txt\n"
        + "".join(f"{name} = {value}\n" for name, value in options.items())
    )
    for path in (folder, *folder.iterdir()):
        if os.geteuid() == 0:
            shutil.chown(path, account.pw_name)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, str(folder / "pgbouncer.ini")],
            stdout=log,
            stderr=log,
            user=account.pw_uid if os.geteuid() == 0 else None,
            group=account.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd="/",
        )
    try:
        _await(process, through(server.serving, folder).set(database=server.admin.database), folder)
        yield folder
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def through(url: URL, folder: Path) -> URL:
    """The same address, through the PgBouncer with its socket in that folder."""
    return url.set(host=None, port=None, query={"host": str(folder), "port": str(PORT)})


def _await(process: subprocess.Popen[bytes], url: URL, folder: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PgBouncer did not start: {error}\n{(folder / 'log').read_text()}", pytrace=False)
        time.sleep(0.05)
