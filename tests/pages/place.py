"""Where the documentation's examples run: a server as a process, files to import, and
``dialboard`` on the path."""

import gzip
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import openpyxl
from sqlalchemy import URL

from tests.imports import ROOT
from tests.pages import command_server
from tests.server.commands.command_line import RUN

_PRESETS = ROOT / "tests" / "server" / "importing" / "presets"
_MAPPING = """[call]
call_id = "Call Id"
agent = "Agent"
timestamp = { column = "Start", time_zone = "Europe/Berlin" }
duration = "Seconds"
"""
DOCUMENT = "query Names { dashboards(first: 5) { nodes { name } } }"


@dataclass
class Place:
    """A running server, and a folder that commands run in.

    Attributes:
        base: the address of the server.
        key: an API key of the project Support.
    """

    folder: Path
    base: str
    environment: dict[str, str]
    key: str = ""

    def page(self, name: str) -> "Place":
        """The same for one page, in a folder of its own."""
        folder = self.folder / name
        files(folder)
        return replace(self, folder=folder)

    def run(self, script: str, until: str | None = None, code: int = 0) -> str:
        """Runs commands, and gives what they print."""
        process = subprocess.Popen(
            ["sh", "-euc", script],
            cwd=self.folder,
            env={**self.environment, "KEY": self.key},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        timer = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        output = ""
        try:
            for line in process.stdout:
                output += line
                if until is not None and until in output:
                    return output
            assert until is None, f"It ended before it printed {until!r}:\n{script}\n{output}"
            assert process.wait() == code, f"exit code {process.returncode}\n{script}\n{output}"
            return output
        finally:
            timer.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
            process.stdout.close()


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _environment(folder: Path, database: URL) -> dict[str, str]:
    programs = folder / "bin"
    programs.mkdir()
    (programs / "dialboard.py").write_text(command_server.CLIENT)
    _program(programs / "dialboard", f'exec {sys.executable} -I -S {programs / "dialboard.py"} "$@"')
    _program(programs / "curl", 'exec /usr/bin/curl --fail-with-body --no-progress-meter "$@"')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIALBOARD_", "DATABASE_URL"))}
    return {
        **kept,
        "PATH": f"{programs}:{kept['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database.set(drivername="postgresql").render_as_string(hide_password=False),
        "PAGES_COMMANDS": str(folder / "commands"),
        "GIT_AUTHOR_NAME": "Author",
        "GIT_AUTHOR_EMAIL": "author@example.com",
        "GIT_COMMITTER_NAME": "Author",
        "GIT_COMMITTER_EMAIL": "author@example.com",
        "PORT": "0",
        "CHECKOUT": str(ROOT),
    }


def _call(number: int) -> dict[str, object]:
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400 * (1 + number % 6)))
    return {
        "call_id": f"c-{number}",
        "agent": ("Ava", "Bo")[number % 2],
        "timestamp": f"{day}T{8 + number % 9:02}:30:00Z",
        "duration": 40 + number * 37 % 200,
        "success": number % 3 != 0,
        "topic": ("billing", "returns", "order status")[number % 3],
        "metadata": {"region": ("EU", "US")[number % 2]},
        "metrics": [{"metric": "stars", "type": "rating", "value": number % 6}],
    }


def files(folder: Path) -> None:
    """The files that examples name."""
    folder.mkdir()
    calls = [_call(number) for number in range(60)]
    lines = "".join(json.dumps(call) + "\n" for call in calls)
    (folder / "calls.jsonl").write_text(lines)
    (folder / "YOUR_FILE").write_text(lines)
    for name in ("calls.json", "YOUR_EXPORT"):
        (folder / name).write_bytes((_PRESETS / "vapi.json").read_bytes())
    rows = [("Call Id", "Agent", "Start", "Seconds"), *(tuple(list(call.values())[:4]) for call in calls[:9])]
    (folder / "calls.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    (folder / "mapping.toml").write_text(_MAPPING)
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(folder / "calls.xlsx")
    (folder / "exports").mkdir()
    (folder / "exports" / "march.json.gz").write_bytes(gzip.compress(lines.encode()))
    (folder / "persisted_queries.json").write_text(json.dumps({"names": DOCUMENT}))
    (folder / "names.graphql").write_text(DOCUMENT)
    (folder / "server").symlink_to(ROOT / "server")
    (folder / "examples").symlink_to(ROOT / "examples")


@contextmanager
def _process(*arguments: str, environment: dict[str, str], log: Path) -> Generator[subprocess.Popen[bytes]]:
    with log.open("w") as output:
        process = subprocess.Popen(arguments, cwd=log.parent, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@contextmanager
def serving(folder: Path, database: URL) -> Generator[Place]:
    """A place, whose server is stopped at the end."""
    environment = _environment(folder, database)
    log = folder / "server.log"
    commands = (sys.executable, command_server.__file__, environment["PAGES_COMMANDS"])
    server = (sys.executable, "-c", RUN, "serve", "--port", "0")
    with (
        _process(*commands, environment=environment, log=folder / "commands.log") as commanded,
        _process(*server, environment=environment, log=log) as process,
    ):
        place = Place(folder, _address(log, process), environment)
        files(folder / "files")
        _await(Path(environment["PAGES_COMMANDS"]), commanded)
        place.run("dialboard demo --calls 500")
        place.run("dialboard import files/calls.jsonl --project Support && dialboard keys create --project Acme")
        place.key = place.run("dialboard keys create --project Support").strip().splitlines()[-1]
        yield place


def _await(socket: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if socket.exists():
            return
        assert server.poll() is None, "The server of commands has ended."
        time.sleep(0.1)
    raise AssertionError("The server of commands does not answer.")


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        if found := re.search(r"http://[\d.:]+(?=/graphql)", log.read_text()):
            break
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)
    else:
        raise AssertionError(log.read_text())
    httpx.get(f"{found[0]}/readyz", timeout=60).raise_for_status()
    return found[0]
