"""``dialboard query``: operations from files and standard input, with variables, and what is wrong with them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from server.commands.cli import cli
from tests.server.commands.command_line import RUN, CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.slow]

MAKE = """mutation Make($name: String!) { createDashboard(input: {name: $name}) { dashboard { name } } }
query Read { dashboards { edges { node { name revisions { edges { node { author } } } } } } }
"""


def test_operations_run_with_variables(own_database_url: URL, tmp_path: Path) -> None:
    address = own_database_url.set(drivername="postgresql").render_as_string(hide_password=False)
    line = CommandLine(tmp_path, DATABASE_URL=address)
    (tmp_path / "make.graphql").write_text("\ufeff" + MAKE, encoding="utf-8")
    (tmp_path / "variables.json").write_text('{"name": "Größe"}', encoding="utf-8")

    none = line.run_here("query", "make.graphql", "--operation", "Read")
    assert (none.returncode, none.stderr) == (1, "dialboard: There are no projects.\n")
    assert line.run_here("keys", "create", "--project", "P").returncode == 0

    made = line.run_here("query", "make.graphql", "--operation", "Make", "--variables", "@variables.json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout) == {"data": {"createDashboard": {"dashboard": {"name": "Größe"}}}}
    assert "Größe" in made.stdout

    read = line.run_here("query", "make.graphql", "--operation", "Read", "--project", "P")
    (edge,) = json.loads(read.stdout)["data"]["dashboards"]["edges"]
    assert edge["node"]["name"] == "Größe"
    assert edge["node"]["revisions"]["edges"][0]["node"]["author"] == "dialboard query"

    assert line.run_here("keys", "create", "--project", "Q").returncode == 0
    several = line.run_here("query", "make.graphql", "--operation", "Read")
    assert several.returncode == 1
    assert several.stderr == "dialboard: There are 2 projects; choose one with --project: 'P', 'Q'.\n"

    wrong = line.run_here("query", "make.graphql", "--project", "P")
    assert wrong.returncode == 1
    (error,) = json.loads(wrong.stdout)["errors"]
    assert error["message"] == "The document has 2 operations; set `operationName` to the one to run."

    command = [sys.executable, "-c", RUN, "query", "-", "--project", "P"]
    piped = subprocess.run(
        command, input=b"{ __typename }", env=line.environment, cwd=tmp_path, stdout=subprocess.PIPE, check=True
    )
    assert json.loads(piped.stdout) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument 'FILE|-'"),
        (("absent.graphql",), "absent.graphql cannot be read: No such file or directory."),
        (("/dev/null",), "/dev/null is empty."),
        (("-", "--variables", "[1]"), "--variables is not a JSON object."),
        (("-", "--variables", "{"), "--variables is not valid JSON"),
        (("-", "--variables", "@absent.json"), "absent.json cannot be read: No such file or directory."),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(cli, ["query", *arguments], input="{ __typename }", env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
