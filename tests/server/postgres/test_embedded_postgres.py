"""The embedded PostgreSQL, with real processes: shared, killed, started again, and never left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest

from server.postgres.cluster import EmbeddedPostgresError
from server.postgres.embedded import EmbeddedPostgres

pytestmark = [pytest.mark.processes, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
HOLD = """
import sys, time
from pathlib import Path
from server.postgres.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as _:
    print("up", flush=True)
    sys.stdin.read()
print("down", flush=True)
"""


@pytest.fixture
def data_dir() -> Generator[Path]:
    """A data folder with a short path; whatever still runs in it at the end fails the test."""
    with tempfile.TemporaryDirectory(prefix="dialboard-pg-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        _await(lambda: not _server_processes(Path(folder)), "the server is gone")


def _server_processes(data_dir: Path) -> list[int]:
    """Processes that belong to the server of a data folder: the keeper and PostgreSQL's own."""
    found: list[int] = []
    listing = subprocess.run(["ps", "-A", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if str(data_dir) in command and ("postgres.keeper" in command or "/postgres" in command.split(" ")[0]):
            found.append(int(pid))
    return found


def _await(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} seconds until {what}"
        time.sleep(0.05)


class Holder:
    """A process that holds the server until it is told to let go, or killed."""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, "-c", HOLD, str(data_dir)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)

    def up(self) -> "Holder":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n"
        return self

    def end(self) -> None:
        output, _ = self.process.communicate("", timeout=40)
        assert output == "down\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


def _connect(data_dir: Path) -> psycopg.Connection:
    return psycopg.connect(host=str(EmbeddedPostgres(data_dir).cluster.socket_dir), user="dialboard", autocommit=True)


def test_the_last_one_out_stops_it(data_dir: Path) -> None:
    first, second = Holder(data_dir).up(), Holder(data_dir).up()
    first.end()
    with _connect(data_dir) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    second.end()
    assert _server_processes(data_dir) == []


def test_two_start_at_once(data_dir: Path) -> None:
    holders = [Holder(data_dir) for _ in range(2)]
    for holder in holders:
        holder.up()
    for holder in holders:
        holder.end()
    assert _server_processes(data_dir) == []


def test_killed_owner_leaves_data_and_no_server(data_dir: Path) -> None:
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
    holder.kill()
    _await(lambda: not _server_processes(data_dir), "the server is gone")
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (1000,)
    holder.end()


def test_killed_owner_and_started_again_at_once(data_dir: Path) -> None:
    for _ in range(2):
        Holder(data_dir).up().kill()
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    holder.end()


@pytest.mark.skipif(sys.platform != "linux", reason="a killed keeper takes the server down by a means of Linux")
def test_killed_keeper(data_dir: Path) -> None:
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        connection.execute("create table kept as select 1 as n")
    listing = subprocess.run(
        ["pgrep", "-f", f"server.postgres.keeper {data_dir}"], capture_output=True, text=True, check=True
    )
    (keeper,) = [int(pid) for pid in listing.stdout.split()]
    os.kill(keeper, signal.SIGKILL)
    holder.kill()
    _await(lambda: not _server_processes(data_dir), "the server is gone")
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)
    holder.end()


def test_everything_killed(data_dir: Path) -> None:
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        connection.execute("create table kept as select 1 as n")
    holder.kill()
    for pid in _server_processes(data_dir):
        os.kill(pid, signal.SIGKILL)
    _await(lambda: not _server_processes(data_dir), "everything is dead")
    holder = Holder(data_dir).up()
    with _connect(data_dir) as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)
    holder.end()


def test_a_recycled_process_number_does_not_stop_the_start(data_dir: Path) -> None:
    Holder(data_dir).up().end()
    pid_file = data_dir / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{data_dir / 'postgres'}\n1\n5432\n\n\n  1 1\nready\n")
    Holder(data_dir).up().end()


def test_a_long_path_takes_its_socket_elsewhere(data_dir: Path) -> None:
    deep = data_dir / ("deep" * 20) / "data"
    embedded = EmbeddedPostgres(deep)
    assert not str(embedded.cluster.socket_dir).startswith(str(data_dir))
    with embedded:
        with _connect(deep) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (
                False,
            )
        assert embedded.cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    embedded.cluster.socket_dir.rmdir()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="DIALBOARD_DATA_DIR"):
        EmbeddedPostgres(tmp_path / "file" / "data").start()


def test_a_cluster_of_another_version(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match="created by PostgreSQL 16"):
        EmbeddedPostgres(data_dir).start()


def test_a_server_that_does_not_start_says_why(data_dir: Path) -> None:
    Holder(data_dir).up().end()
    (data_dir / "postgres" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        EmbeddedPostgres(data_dir).start()
