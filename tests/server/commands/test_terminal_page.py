"""docs/terminal.md shows what the commands print: each of its examples is run."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from server.commands.cli import cli
from tests.imports import ROOT
from tests.server.commands.command_line import CommandLine

PAGE = (ROOT / "docs" / "terminal.md").read_text(encoding="utf-8")
EXAMPLES = [
    (command, output.strip("\n"))
    for block in re.findall(r"^<!-- run by: [^\n]*\n\n```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for command, output in re.findall(r"^\$ ([^\n]+)\n(.*?)(?=^\$ |\Z)", block, re.DOTALL | re.MULTILINE)
]
_UPDATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_what_the_page_shows_is_what_is_printed(terminal: CommandLine, command: str, output: str) -> None:
    name, *arguments = shlex.split(command)
    assert name == "dialboard"
    done = terminal.run_here(*arguments)
    shown = (done.stdout + done.stderr).replace("\r\n", "\n").strip("\n")
    assert _UPDATED.sub("TIME", shown) == _UPDATED.sub("TIME", output)


def test_the_page_has_examples_and_every_option() -> None:
    assert len(EXAMPLES) >= 12
    shown = CliRunner().invoke(cli, ["chart", "--help"], env={"COLUMNS": "200"}).stdout
    options = set(re.findall(r"(--[a-z]+)", shown)) - {"--help"}
    assert options == {option for option in options if f"`{option}" in PAGE}
    assert len(options) == 9
