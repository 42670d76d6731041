"""Completion in shells: of commands, and of the names of projects, dashboards and widgets."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.commands.cli import cli
from tests.server.commands.command_line import CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def offered(line: CommandLine, *words: str, shell: str = "bash", **settings: str) -> list[str]:
    """What a shell is offered for the last of the words."""
    given = {
        "bash": {"COMP_WORDS": "\n".join(("dialboard", *words)), "COMP_CWORD": str(len(words))},
        "fish": {"_TYPER_COMPLETE_ARGS": " ".join(("dialboard", *words)), "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    done = line.run_here(_DIALBOARD_COMPLETE=f"complete_{shell}", **given, **settings)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [name for name in done.stdout.splitlines() if name]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("char",), ["chart"]),
        (("dashboards", ""), ["Empty", "Everything\\ else", "Support"]),
        (("dashboards", "Su"), ["Support"]),
        (("chart", "--dashboard", "E"), ["Empty", "Everything\\ else"]),
        (("query", "--project", ""), ["Acme"]),
        (("chart", "Last"), ["Last\\ call", "Last\\ calls"]),
        (("chart", "Last\\ calls"), ["Last\\ calls"]),
        (("chart", "'Last call"), ["Last call", "Last calls"]),
        (("chart", "--dashboard", "Support", "D"), ["Durations"]),
        (("chart", "--project", "Acme", "Durations"), ["Durations\\ by\\ agent", "Durations"]),
        (("chart", "--project", "Other", "Durations"), []),
    ],
)
def test_names(terminal: CommandLine, words: tuple[str, ...], names: list[str]) -> None:
    assert sorted(offered(terminal, *words)) == sorted(names)


def test_other_shells_quote_for_themselves(terminal: CommandLine) -> None:
    assert offered(terminal, "chart", "Last", shell="fish") == ["Last call", "Last calls"]


@pytest.mark.parametrize(
    "settings",
    [
        {"DATABASE_URL": "postgresql://127.0.0.1:1/none"},
        {"DATABASE_URL": "nonsense"},
        {"DIALBOARD_POOL_SIZE": "many"},
    ],
)
def test_nothing_fails_where_no_database_answers(terminal: CommandLine, settings: dict[str, str]) -> None:
    assert offered(terminal, "chart", "", **settings) == []


def test_no_database_is_started(tmp_path: Path) -> None:
    line = CommandLine(tmp_path, DIALBOARD_DATA_DIR=str(tmp_path / "data"))
    assert offered(line, "chart", "") == []
    assert not (tmp_path / "data").exists()


def test_the_script_for_bash_works_in_bash(terminal: CommandLine) -> None:
    script = CliRunner().invoke(cli, ["--show-completion", "bash"], prog_name="dialboard").stdout
    function = script.split("(")[0]
    assert function == "_dialboard_completion"
    checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
