"""``dialboard preaggregates``, run as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from server.cli import cli

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", ["show", "warm", "rebuild", "drop"])
def test_help_of_preaggregate_commands(command: str) -> None:
    result = CliRunner().invoke(cli, ["preaggregates", command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "--project" in result.stdout
    assert "--json" in result.stdout


def test_without_a_command_there_is_help() -> None:
    result = CliRunner().invoke(cli, ["preaggregates"], env={"COLUMNS": "200"})
    words = " ".join((result.stdout + result.stderr).split())
    assert "They never change an answer: dropping them costs time, not data." in words


class CommandLine:
    """The program on a database, from a folder of its own."""

    def __init__(self, url: URL, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DIALBOARD_")}
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.environment = {**kept, "DATABASE_URL": address, "PYTHONPATH": str(ROOT)}
        self.folder = folder

    def run(self, *arguments: str, code: int = 0, **settings: str) -> str:
        command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
        done = subprocess.run(
            command,
            env={**self.environment, **settings},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout

    def json(self, command: str) -> Any:
        return json.loads(self.run("preaggregates", command, "--project", "Demo", "--json").splitlines()[-1])


def test_states_are_made_shown_renewed_and_dropped(own_database_url: URL, tmp_path: Path) -> None:
    line = CommandLine(own_database_url, tmp_path)
    line.run("demo", "--calls", "300")
    assert line.json("show") == []
    made = line.json("warm")
    assert made["charts"] > 10
    assert made["daysMade"] > 100
    assert line.json("warm") == {"charts": made["charts"], "daysMade": 0}, "all is there and fresh"
    shown = line.json("show")
    stored = [one for one in shown if one["unsuited"] is None]
    assert len(stored) > 5
    assert {"field", "kind", "groupBy", "filters", "firstDay", "lastDay", "usedAt"} <= stored[0].keys()
    assert all(one["bytes"] > 0 and one["days"] >= 1 for one in stored)
    text = line.run("preaggregates", "show", "--project", "Demo").splitlines()
    assert len(text) == len(shown) + 1
    assert text[-1].startswith(f"{len(shown)} stored, ")
    rebuilt = line.json("rebuild")
    assert rebuilt["daysMade"] >= made["daysMade"]
    assert line.json("drop") == {"dropped": len(shown)}
    assert line.json("show") == []


def test_what_cannot_be_done_is_said(own_database_url: URL, tmp_path: Path) -> None:
    line = CommandLine(own_database_url, tmp_path)
    line.run("demo", "--calls", "10")
    assert "There is no project 'Dmo'. There are: 'Demo'." in line.run(
        "preaggregates", "show", "--project", "Dmo", code=1
    )
    refused = line.run("preaggregates", "warm", "--project", "Demo", code=1, DIALBOARD_PREAGGREGATES="false")
    assert "DIALBOARD_PREAGGREGATES" in refused
