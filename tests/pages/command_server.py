"""``dialboard`` for many short commands: the program, which takes seconds to load, is loaded once, and forked for each.

``python command_server.py SOCKET`` is the server. The program ``CLIENT`` passes on its arguments, folder, environment
and files, and ends with the exit code of the command. If it is ended before, so is the command.
"""

import array
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]

CLIENT = """
import array, json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect(os.environ["PAGES_COMMANDS"])
files = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
server.sendmsg([len(asked).to_bytes(4, "big")], [files])
server.sendall(asked)
sys.exit(int(server.recv(8) or b"70"))
"""


def _read(connection: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        read += connection.recv(count - len(read))
    return read


def _run(arguments: list[str], folder: str, environment: dict[str, str], files: "array.array[int]") -> int:
    for target, file in enumerate(files):
        os.dup2(file, target)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["dialboard", *arguments]
    from server.commands.cli import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _answer(connection: socket.socket) -> None:
    """In a process of its own: runs the command in another one, and sends its exit code to the client."""
    files = array.array("i")
    length, ancillary, _, _ = connection.recvmsg(4, socket.CMSG_LEN(3 * files.itemsize))
    files.frombytes(ancillary[0][2])
    arguments, folder, environment = json.loads(_read(connection, int.from_bytes(length, "big")))
    if (command := os.fork()) == 0:
        os._exit(_run(arguments, folder, environment, files))
    handle = os.pidfd_open(command)
    ended, _, _ = select.select([connection, handle], [], [])
    if handle not in ended:
        os.kill(command, signal.SIGTERM)
    _, status = os.waitpid(command, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())


def serve(path: Path) -> None:
    """Answers clients until the process is ended."""
    for package in ("server", "graph", "resolvers", "aggregation", "filters"):
        for module in pkgutil.walk_packages([str(_ROOT / package)], f"{package}."):
            if "parquet" not in module.name:
                importlib.import_module(module.name)

    with socket.socket(socket.AF_UNIX) as listener:
        beside = path.with_name(f"{path.name}.new")
        listener.bind(str(beside))
        listener.listen(8)
        beside.rename(path)  # Whoever sees it can connect.
        while True:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _answer(connection)
                    os._exit(0)
            while True:
                try:
                    ended, _ = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    break
                if ended == 0:
                    break


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
