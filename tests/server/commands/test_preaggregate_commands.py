"""``dialboard preaggregates``, run as a user runs it."""

import json
import os
from typing import Any

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from server.commands.cli import cli
from server.commands.command import CommandError

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.mark.parametrize("command", ["show", "warm", "rebuild", "drop"])
def test_help_of_preaggregate_commands(command: str) -> None:
    result = CliRunner().invoke(cli, ["preaggregates", command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "--project" in result.stdout
    assert "--json" in result.stdout


def test_without_a_command_there_is_help() -> None:
    result = CliRunner().invoke(cli, ["preaggregates"], env={"COLUMNS": "200"})
    words = " ".join((result.stdout + result.stderr).split())
    assert "They never change a chart: dropping them costs time, not data." in words


class CommandLine:
    """The program on a database. It runs in this process, where its settings are those given and no others."""

    def __init__(self, url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in os.environ if name.startswith("DIALBOARD_")]:
            monkeypatch.delenv(name)
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", address)

    def run(self, *arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, command: str) -> Any:
        return json.loads(self.run("preaggregates", command, "--project", "Demo", "--json").splitlines()[-1])


def test_preaggregates_are_built_shown_rebuilt_and_dropped(
    own_database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = CommandLine(own_database_url, monkeypatch)
    line.run("demo", "--calls", "300")
    assert line.json("show") == []
    built = line.json("warm")
    assert built["charts"] > 10
    assert built["daysBuilt"] > 100
    assert line.json("warm") == {"charts": built["charts"], "daysBuilt": 0}, "everything is stored and fresh"
    shown = line.json("show")
    stored = [one for one in shown if one["unsuited"] is None]
    assert len(stored) > 5
    assert {"field", "kind", "groupBy", "filters", "firstDay", "lastDay", "usedAt"} <= stored[0].keys()
    assert all(one["bytes"] > 0 and one["days"] >= 1 for one in stored)
    text = line.run("preaggregates", "show", "--project", "Demo").splitlines()
    assert len(text) == len(shown) + 1
    assert text[-1].startswith(f"{len(shown)} stored, ")
    rebuilt = line.json("rebuild")
    assert rebuilt["daysBuilt"] >= built["daysBuilt"]
    assert line.json("drop") == {"dropped": len(shown)}
    assert line.json("show") == []


def test_errors_name_the_cause(own_database_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    line = CommandLine(own_database_url, monkeypatch)
    line.run("demo", "--calls", "10")
    with pytest.raises(CommandError, match=r"The project 'Dmo' does not exist\. Existing projects: 'Demo'\."):
        line.run("preaggregates", "show", "--project", "Dmo")
    monkeypatch.setenv("DIALBOARD_PREAGGREGATES", "false")
    with pytest.raises(CommandError, match="DIALBOARD_PREAGGREGATES"):
        line.run("preaggregates", "warm", "--project", "Demo")
