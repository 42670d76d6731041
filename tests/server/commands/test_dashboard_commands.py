"""``dialboard export`` and ``dialboard apply``, run as a user runs them."""

import json
from pathlib import Path

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from server.commands.cli import cli
from tests.server.commands.command_line import CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.slow]

FORMAT = "dialboard-dashboard/1"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("export", ["DASHBOARD", "--project", "--out", "Exit codes", "docs/dashboard-documents.md"]),
        ("apply", ["FILE|DIR", "--project", "--dry-run", "Exit codes", "3 for a dry run"]),
    ],
)
def test_help_of_dashboard_commands(command: str, words: list[str]) -> None:
    result = CliRunner().invoke(cli, [command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    shown = " ".join(result.stdout.split())
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export",), "Missing option '--project'"),
        (("apply", "--project", "x"), "Missing argument"),
        (("apply", "absent.json", "--project", "x"), "does not exist"),
    ],
)
def test_wrong_usage_of_dashboard_commands(arguments: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_dashboards_go_to_files_and_back(own_database_url: URL, tmp_path: Path) -> None:
    address = own_database_url.set(drivername="postgresql").render_as_string(hide_password=False)
    line = CommandLine(tmp_path, DATABASE_URL=address)

    def run(code: int, *arguments: str, as_process: bool = False) -> str:
        done = line.run(*arguments) if as_process else line.run_here(*arguments)
        assert done.returncode == code, done.stderr
        return done.stdout if code in (0, 3) else done.stderr

    run(0, "keys", "create", "--project", "P")
    expected = {"format": FORMAT, "name": "Calls", "widgets": [{"name": "Total", "chartType": "STAT"}]}
    (tmp_path / "calls.json").write_text(json.dumps(expected))
    assert run(3, "apply", "calls.json", "--project", "P", "--dry-run", as_process=True).splitlines() == [
        "+ Calls: new",
        "    + Added the STAT widget “Total”.",
        "1 of 1 dashboard would change.",
    ]
    assert run(0, "apply", "calls.json", "--project", "P").endswith("1 of 1 dashboard changed.\n")
    assert run(0, "export", "--project", "P", "--out", "out").splitlines() == ["out/calls.json"]
    written = (tmp_path / "out" / "calls.json").read_text(encoding="utf-8")
    assert run(0, "export", "Calls", "--project", "P", as_process=True) == written
    unchanged = "= Calls: no changes\n0 of 1 dashboard would change.\n"
    assert run(0, "apply", "out", "--project", "P", "--dry-run") == unchanged
    (tmp_path / "out" / "calls.json").write_text(written.replace('"Total"', '"All"'), encoding="utf-8")
    assert run(0, "apply", "out", "--project", "P").splitlines() == [
        "~ Calls: differs",
        "    - Removed the STAT widget “Total”.",
        "    + Added the STAT widget “All”.",
        "1 of 1 dashboard changed.",
    ]
    assert "The project 'Q' does not exist. Existing projects: 'P'." in run(1, "apply", "out", "--project", "Q")
    assert "has no dashboard 'x'" in run(1, "export", "x", "--project", "P")
    (tmp_path / "out" / "b.json").write_text('{"format": "dialboard-dashboard/1"}')
    assert "out/b.json: /name: name is missing." in run(1, "apply", "out", "--project", "P")
