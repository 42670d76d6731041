"""The command line, run as a user runs it, on a data folder of its own."""

import json
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from models import ChartType, Role
from models.key_text import PATTERN
from server.commands.cli import cli
from server.http.graphiql import example_query
from server.postgres.embedded import EmbeddedPostgres
from tests.server.commands.command_line import CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.slow]

CALL = {"call_id": "a-1", "agent": "Ada", "timestamp": "2026-05-04T10:00:00Z", "duration": 61.5, "success": True}


@pytest.fixture(scope="module")
def dialboard() -> Generator[CommandLine]:
    """The command, with one embedded database for this file, which stays up between commands."""
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-cli-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)),
    ):
        yield on_data_folder(folder)


def on_data_folder(folder: str) -> CommandLine:
    """The command on the embedded database of a folder."""
    return CommandLine(Path(folder), DIALBOARD_DATA_DIR=folder)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), ["serve", "migrate", "demo", "import", "keys", "schema"]),
        (("serve",), ["--host", "--port", "--demo"]),
        (("migrate",), ["newest version"]),
        (("demo",), ["--calls", "--seed"]),
        (("import",), ["FILE", "--project", "--map", "--shift-to-now", "--json", "to a reject"]),
        (("keys",), ["create", "list", "revoke", "rotate"]),
        (("organisations",), ["create", "list", "add-project", "remove-project"]),
        (("keys", "create"), ["--project", "--organisation", "--name", "--role", "--expires", "--json", *Role]),
        (("keys", "rotate"), ["--project", "--overlap", "--json"]),
        (("documents",), ["register", "list", "remove"]),
        (("projects",), ["list", "update"]),
        (("projects", "update"), ["NAME", "--mask-customer-numbers", "--show-customer-numbers", "--json"]),
        (("schema",), ["definition language"]),
        (("housekeeping",), ["audit events", "--json"]),
        (("audit",), ["--project", "--action", "--actor", "--last", "--limit", "--json"]),
    ],
)
def test_help(command: tuple[str, ...], words: list[str]) -> None:
    result = CliRunner().invoke(cli, [*command, "--help"])
    assert result.exit_code == 0
    assert [word for word in words if word not in result.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("import",), "Missing argument 'FILE'"),
        (("import", "absent.jsonl"), "'absent.jsonl' does not exist"),
        (("keys", "create"), "Missing option '--project' or '--organisation'"),
        (("keys", "revoke", "1", "--project", "A", "--organisation", "B"), "give one of the options"),
        (("serve", "--port", "70000"), "less than or equal to 65535"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DIALBOARD_POOL_SIZE": "many"}, "DIALBOARD_POOL_SIZE='many' is not allowed"),
        (
            {"DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/db"},
            "Cannot connect to postgresql://me:***@127.0.0.1:1",
        ),
    ],
)
def test_errors_are_one_line(dialboard: CommandLine, environment: dict[str, str], words: str) -> None:
    result = dialboard.run_here("migrate", **environment)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("dialboard: ")
    assert words in line
    assert "hunter2" not in line


def test_a_variable_that_is_no_setting() -> None:
    """Also the one command here that starts an embedded PostgreSQL from nothing and stops it."""
    with tempfile.TemporaryDirectory(prefix="dialboard-cli-", ignore_cleanup_errors=True) as folder:
        result = on_data_folder(folder).run("migrate", DIALBOARD_POOLSIZE="5")
        assert not EmbeddedPostgres(Path(folder)).is_running()
    assert result.returncode == 0
    assert "Did you mean DIALBOARD_POOL_SIZE?" in result.stderr


def test_keys(dialboard: CommandLine) -> None:
    created = dialboard.run("keys", "create", "--project", "Acme", "--name", "ci", "--json")
    key = json.loads(created.stdout)["key"]
    listed = dialboard.run_here("keys", "list", "--json")
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    (row,) = [row for row in rows if row["project"] == "Acme"]
    assert (row["name"], row["revokedAt"]) == ("ci", None)
    assert key not in listed.stdout
    assert dialboard.run_here("keys", "revoke", str(row["id"]), "--project", "Acme").returncode == 0
    again = dialboard.run_here("keys", "revoke", str(row["id"]), "--project", "Acme")
    assert (again.returncode, again.stderr) == (1, f"dialboard: The project 'Acme' has no active key {row['id']}.\n")
    unknown = dialboard.run_here("keys", "list", "--project", "Akme")
    assert unknown.returncode == 1
    assert "The project 'Akme' does not exist. Existing projects: 'Acme'" in unknown.stderr


def _listed(dialboard: CommandLine, project: str) -> dict[int, dict[str, Any]]:
    lines = dialboard.run_here("keys", "list", "--project", project, "--json").stdout.splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def test_keys_with_roles_expiry_and_rotation(dialboard: CommandLine) -> None:
    asked = ("keys", "create", "--project", "Roles", "--name", "board", "--role", "viewer", "--expires", "90d")
    made = json.loads(dialboard.run_here(*asked, "--json").stdout)
    row = _listed(dialboard, "Roles")[made["id"]]
    assert (row["name"], row["role"], row["createdBy"], row["lastUsedAt"]) == ("board", "viewer", None, None)
    lifetime = datetime.fromisoformat(row["expiresAt"]) - datetime.fromisoformat(row["createdAt"])
    assert abs(lifetime - timedelta(days=90)) < timedelta(minutes=1)
    plain = dialboard.run_here("keys", "create", "--project", "Roles").stdout.strip()
    assert re.fullmatch(PATTERN, plain)
    rotated = dialboard.run_here("keys", "rotate", str(made["id"]), "--project", "Roles", "--overlap", "2h", "--json")
    new = json.loads(rotated.stdout)
    rows = _listed(dialboard, "Roles")
    assert rows[new["id"]]["rotatedFrom"] == made["id"]
    assert (rows[new["id"]]["name"], rows[new["id"]]["role"]) == ("board", "viewer")
    old = rows[made["id"]]
    overlap = datetime.fromisoformat(old["expiresAt"]) - datetime.fromisoformat(old["supersededAt"])
    assert overlap == timedelta(hours=2)
    again = dialboard.run_here("keys", "rotate", str(made["id"]), "--project", "Roles")
    assert (again.returncode, "Rotate its replacement" in again.stderr) == (1, True)


def test_a_list_of_keys_for_people_is_a_table(dialboard: CommandLine) -> None:
    dialboard.run_here("keys", "create", "--project", "Table", "--name", "a name with spaces")
    head, line = dialboard.run_here("keys", "list", "--project", "Table").stdout.splitlines()
    assert head.split()[:6] == ["id", "project", "organisation", "name", "role", "createdAt"]
    assert line[head.index("name") :].startswith("a name with spaces  ")
    assert line[head.index("role") :].startswith("admin")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--expires", "soon"), "'soon' is not a duration such as 30m, 12h or 90d"),
        (("--expires", "40000d"), "40000d is longer than 36,500 days"),
        (("--role", "owner"), "'owner' is not one of 'viewer', 'analyst', 'ingester', 'admin'"),
    ],
)
def test_options_of_keys_that_are_wrong(dialboard: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    result = dialboard.run_here("keys", "create", "--project", "Wrong", *arguments)
    assert result.returncode == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--expires", "0s"), "The expiry must be in the future."), (("--name", " "), "this one is empty")],
)
def test_keys_that_cannot_be_made(dialboard: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    result = dialboard.run_here("keys", "create", "--project", "Wrong", *arguments)
    assert result.returncode == 1
    assert told in result.stderr


def test_organisations_and_their_keys(dialboard: CommandLine) -> None:
    def run(*arguments: str) -> Any:
        result = dialboard.run_here(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    (made,) = run("organisations", "create", "Agency")
    assert (made["name"], made["projects"]) == ("Agency", [])
    own = run("keys", "create", "--project", "Client")[0]["id"]
    assert run("organisations", "add-project", "Agency", "Client") == [{"organisation": "Agency", "project": "Client"}]
    (listed,) = run("organisations", "list")
    assert [project["name"] for project in listed["projects"]] == ["Client"]
    (key,) = run("keys", "create", "--organisation", "Agency", "--name", "fleet", "--role", "viewer")
    assert re.fullmatch(PATTERN, key["key"])
    assert key["key"].startswith(f"dlbo_{made['id']}_")
    (rotated,) = run("keys", "rotate", str(key["id"]), "--organisation", "Agency", "--overlap", "1h")
    assert run("keys", "revoke", str(key["id"]), "--organisation", "Agency") == [{"id": key["id"], "revoked": True}]
    old, new = run("keys", "list", "--organisation", "Agency")
    assert (old["id"], old["project"], old["organisation"], old["role"]) == (key["id"], None, "Agency", "viewer")
    assert old["revokedAt"] is not None
    assert (new["id"], new["name"], new["rotatedFrom"]) == (rotated["id"], "fleet", key["id"])
    assert {own, old["id"], new["id"]} <= {row["id"] for row in run("keys", "list")}
    assert run("organisations", "remove-project", "Agency", "Client")
    assert run("organisations", "list")[0]["projects"] == []
    for arguments, told in (
        (("keys", "revoke", str(key["id"]), "--organisation", "Agency"), "The organisation 'Agency' has no active key"),
        (("keys", "revoke", str(new["id"]), "--project", "Client"), "The project 'Client' has no active key"),
        (("keys", "create", "--organisation", "Agncy"), "'Agncy' does not exist. Existing organisations: 'Agency'."),
        (("organisations", "create", "Agency"), "The organisation 'Agency' exists already."),
        (("organisations", "add-project", "Agency", "Clnt"), "The project 'Clnt' does not exist."),
        (("organisations", "remove-project", "Agency", "Client"), "does not belong to the organisation 'Agency'"),
    ):
        result = dialboard.run_here(*arguments)
        assert result.returncode == 1
        assert told in result.stderr


def test_projects(dialboard: CommandLine) -> None:
    assert dialboard.run_here("keys", "create", "--project", "Private").returncode == 0

    def masks() -> bool:
        lines = dialboard.run_here("projects", "list", "--json").stdout.splitlines()
        (found,) = [row for row in map(json.loads, lines) if row["name"] == "Private"]
        return found["maskCustomerNumbers"]

    assert not masks()
    done = dialboard.run_here("projects", "update", "Private", "--mask-customer-numbers", "--json")
    assert json.loads(done.stdout)["maskCustomerNumbers"]
    assert masks()
    assert "maskCustomerNumbers: true" in dialboard.run_here("projects", "update", "Private").stdout
    assert dialboard.run_here("projects", "update", "Private", "--show-customer-numbers").returncode == 0
    assert not masks()
    unknown = dialboard.run_here("projects", "update", "Privat")
    assert (unknown.returncode, "'Privat' does not exist" in unknown.stderr) == (1, True)


def test_documents(dialboard: CommandLine) -> None:
    assert dialboard.run_here("keys", "create", "--project", "Trusting").returncode == 0
    good, bad = dialboard.folder / "good.json", dialboard.folder / "bad.graphql"
    good.write_text(json.dumps({"relay-id": "query Role { viewer { role } }"}))
    bad.write_text("{\n  nothing\n}\n")
    refused = dialboard.run_here("documents", "register", str(good), str(bad), "--project", "Trusting")
    assert refused.returncode == 1
    assert f"{bad}:2:3: Cannot query field" in refused.stderr
    done = dialboard.run_here("documents", "register", str(good), "--project", "Trusting", "--json")
    assert json.loads(done.stdout)["registered"] == 1
    (row,) = map(
        json.loads, dialboard.run_here("documents", "list", "--project", "Trusting", "--json").stdout.splitlines()
    )
    assert (row["name"], row["otherIds"]) == ("Role", ["relay-id"])
    assert row["id"] == json.loads(done.stdout)["documents"][0]["id"]
    assert dialboard.run_here("documents", "remove", row["id"], "--project", "Trusting").returncode == 0
    again = dialboard.run_here("documents", "remove", row["id"], "--project", "Trusting")
    assert (again.returncode, "has no document" in again.stderr) == (1, True)


def test_import(dialboard: CommandLine) -> None:
    file = dialboard.folder / "calls.jsonl"
    file.write_text(json.dumps(CALL) + "\n")
    first = dialboard.run("import", str(file), "--project", "Imported", "--json")
    moment = "2026-05-04T10:00:00Z"
    counts = {"skipped": 0, "merged": 0, "joined": 0, "without_agent": 0}
    told = {**counts, "span": {"from": moment, "to": moment}, "metrics": []}
    assert (first.returncode, json.loads(first.stdout.splitlines()[-1])) == (
        0,
        {"created": 1, "updated": 0, "rejected": 0, **told, "agents": ["Ada"], "unfound": [], "unread_sheets": []},
    )
    file.write_text(json.dumps(CALL) + "\n" + json.dumps({**CALL, "call_id": "a-2", "duration": "long"}) + "\n")
    second = dialboard.run_here("import", str(file), "--project", "Imported", "--json")
    assert (second.returncode, json.loads(second.stdout.splitlines()[-1])) == (
        1,
        {"created": 0, "updated": 1, "rejected": 1, **told, "agents": [], "unfound": [], "unread_sheets": []},
    )


def test_schema(dialboard: CommandLine) -> None:
    result = dialboard.run_here("schema")
    assert result.returncode == 0
    assert result.stdout.count("type Query {") == 1
    assert result.stdout.endswith("}\n")


def test_a_port_that_is_taken(dialboard: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = dialboard.run("serve", "--port", port)
    assert result.returncode == 1
    assert result.stderr == (
        f"dialboard: Cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Choose others with --host and --port.\n"
    )


class Served:
    """A running ``dialboard serve --demo``, with what it printed."""

    def __init__(self, dialboard: CommandLine) -> None:
        self.process = dialboard.start("serve", "--demo", "--port", "0")
        self.url = self._read(r"Dialboard is at (\S+)")
        self.key = self._read(r"API key: (\S+)")

    def _read(self, pattern: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"the server ended without printing {pattern}")

    def names(self) -> set[str]:
        """The dashboards that it answers with."""
        query = "{ dashboards { edges { node { name } } } }"
        response = httpx.post(self.url, json={"query": query}, headers={"X-API-Key": self.key}, timeout=30)
        return {edge["node"]["name"] for edge in response.json()["data"]["dashboards"]["edges"]}

    def charts(self) -> list[str]:
        """The types of the charts that the example query gets."""
        response = httpx.post(self.url, json={"query": example_query()}, headers={"X-API-Key": self.key}, timeout=60)
        (edge,) = response.json()["data"]["dashboards"]["edges"]
        return [widget["data"]["__typename"] for widget in edge["node"]["widgets"]]

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        self.process.communicate(timeout=60)
        return self.process.returncode


def test_serve_demo_from_kill_to_restart() -> None:
    """Demo data once, the same key again, data kept over SIGKILL, a clean end on SIGTERM and SIGINT, no server left."""
    with tempfile.TemporaryDirectory(prefix="dialboard-serve-", ignore_cleanup_errors=True) as folder:
        dialboard = on_data_folder(folder)
        first = Served(dialboard)
        assert first.names() == {"Call overview", "Quality"}
        assert len(first.charts()) == 12
        assert set(first.charts()) == {f"{chart.capitalize()}Chart" for chart in ChartType}
        assert stat.S_IMODE((Path(folder) / "demo-key").stat().st_mode) == 0o600
        beside = dialboard.run_here("keys", "list", "--json")
        assert len(beside.stdout.splitlines()) == 1
        first.end(signal.SIGKILL)
        second = Served(dialboard)
        assert second.key == first.key
        assert second.names() == {"Call overview", "Quality"}
        assert second.end(signal.SIGTERM) == 0
        third = Served(dialboard)
        assert third.key == first.key
        assert third.end(signal.SIGINT) == 0
        deadline = time.monotonic() + 20
        while folder in subprocess.run(["ps", "-A", "-o", "command="], capture_output=True, text=True).stdout:
            assert time.monotonic() < deadline, "a process is left behind"
            time.sleep(0.1)
