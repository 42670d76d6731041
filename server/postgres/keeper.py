"""The process that runs the embedded PostgreSQL and stops it when the last of its owners is gone.

Started by ``server.postgres.embedded``; not meant to be started by hand. See there for the locks.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import IO

from server.postgres.cluster import Cluster

_PR_SET_PDEATHSIG = 1


def _follow_parent() -> None:
    """In the server's process, before it starts: on Linux, have it shut down when the keeper is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _end_with(server: "subprocess.Popen[bytes]") -> None:
    os._exit(server.wait())


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def detach(data_dir: Path) -> IO[bytes]:
    """Takes the keeper's lock, then leaves the starting process, which need not wait for a child of its own."""
    lock = (data_dir / "keeper.lock").open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX)
    if os.fork():
        os._exit(0)
    return lock


def keep(data_dir: Path) -> None:
    """Runs the server until nobody holds ``owners.lock``, then shuts it down and returns."""
    cluster = Cluster(data_dir)
    identity = cluster.identity()
    cluster.log.write_bytes(b"")
    with cluster.log.open("ab") as log:
        server = subprocess.Popen(
            cluster.server_command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            preexec_fn=_follow_parent,
            user=identity.user,
            group=identity.group,
            extra_groups=identity.extra_groups,
        )
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with, args=[server], daemon=True).start()
    owners = (data_dir / "owners.lock").open("ab")
    try:
        fcntl.flock(owners, fcntl.LOCK_EX)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with detach(folder):
        keep(folder)
