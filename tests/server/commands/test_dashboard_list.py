"""``dialboard dashboards``: the dashboards of a project and the widgets of one, as a table, JSON lines and CSV."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from server.commands.cli import cli
from server.commands.dashboard_list import range_of
from server.commands.table import table
from tests.server.commands.command_line import CommandLine
from tests.server.commands.terminal_project import DASHBOARDS, OTHER

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def listed(line: CommandLine, *arguments: str) -> list[dict[str, Any]]:
    done = line.run_here("dashboards", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(row) for row in done.stdout.splitlines()]


def test_dashboards_of_a_project(terminal: CommandLine) -> None:
    rows = {row["name"]: row for row in listed(terminal)}
    assert {name: row["widgets"] for name, row in rows.items()} == {
        one["name"]: len(one["widgets"]) for one in DASHBOARDS.values()
    }
    support = rows["Support"]
    assert list(support) == ["name", "id", "widgets", "range", "timeZone", "updatedAt"]
    assert (support["range"], support["timeZone"]) == ("from now-7d", "Europe/Berlin")
    assert rows["Empty"]["range"] is None

    head, *lines = terminal.run_here("dashboards").stdout.splitlines()
    assert head.split() == list(support)
    (line,) = (line for line in lines if line.startswith("Support"))
    assert line.split()[1] == support["id"]


def test_widgets_of_a_dashboard_by_name_and_by_id(terminal: CommandLine) -> None:
    (board,) = (row for row in listed(terminal) if row["name"] == "Everything else")
    rows = listed(terminal, "Everything else")
    assert rows == listed(terminal, board["id"], "--project", "Acme")
    assert sorted(row["name"] for row in rows) == sorted(one["name"] for one in OTHER)
    (lines,) = (row for row in rows if row["name"] == "Durations by agent")
    assert {key: value for key, value in lines.items() if key != "id"} == {
        "name": "Durations by agent",
        "chartType": "LINE",
        "plotted": "duration",
        "aggregation": None,
        "timePeriod": None,
    }
    (latency,) = (row for row in listed(terminal, "Support") if row["name"] == "Latency")
    assert latency["plotted"] == "metric:latency"


def test_csv_has_a_header_also_without_rows(terminal: CommandLine) -> None:
    done = terminal.run_here("dashboards", "--csv")
    assert next(iter(csv.DictReader(io.StringIO(done.stdout)))).keys() == listed(terminal)[0].keys()
    empty = terminal.run_here("dashboards", "Empty", "--csv")
    assert empty.stdout == "name,id,chartType,plotted,aggregation,timePeriod\r\n"
    shown = terminal.run_here("dashboards", "Empty")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "There are no widgets.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("suport",), "The project 'Acme' has no dashboard 'suport'. Did you mean 'Support'?"),
        (
            ("x" * 300,),
            f"The project 'Acme' has no dashboard {'x' * 300!r}. There are 'Empty', 'Everything else', 'Support'.",
        ),
        (("RGFzaGJvYXJkOjk5OTk5",), "The project 'Acme' has no dashboard with the ID 'RGFzaGJvYXJkOjk5OTk5'."),
        (("V2lkZ2V0OjE=",), "'V2lkZ2V0OjE=' is an ID of type Widget. Expected an ID of type Dashboard."),
        (("--project", "Akme"), "The project 'Akme' does not exist. Existing projects: 'Acme'."),
    ],
)
def test_what_is_not_there(terminal: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    done = terminal.run_here("dashboards", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"dialboard: {told}\n")


def test_dashboards_of_one_name_are_listed_and_pages_are_followed(own_database_url: URL, tmp_path: Any) -> None:
    address = own_database_url.set(drivername="postgresql").render_as_string(hide_password=False)
    line = CommandLine(tmp_path, DATABASE_URL=address)
    assert line.run_here("keys", "create", "--project", "P").returncode == 0
    made = " ".join(f'd{at}: createDashboard(input: {{name: "Same"}}) {{ dashboard {{ id }} }}' for at in range(45))
    (tmp_path / "make.graphql").write_text(f"mutation {{ {made} }}")
    for _ in range(3):
        done = line.run_here("query", "make.graphql")
        assert done.returncode == 0, done.stdout
    rows = listed(line)
    assert len(rows) == 135
    several = line.run_here("dashboards", "Same")
    assert several.returncode == 1
    assert several.stderr.startswith("dialboard: There are 135 dashboards 'Same'; give the ID of one: RGFza")
    assert all(row["id"] in several.stderr for row in rows)


def test_wrong_usage() -> None:
    result = CliRunner().invoke(cli, ["dashboards", "--json", "--csv"])
    assert result.exit_code == 2
    assert "give one of the options --json and --csv" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (None, None),
        ({"field": "topic", "op": "eq", "value": "x"}, None),
        ({"field": "timestamp", "op": "gte", "value": "now-7d"}, "from now-7d"),
        (
            {
                "operator": "and",
                "conditions": [
                    {"field": "timestamp", "op": "gte", "value": "now-1M/M"},
                    {"field": "topic", "op": "eq", "value": "x"},
                    {"field": "timestamp", "op": "lt", "value": "now/M"},
                ],
            },
            "from now-1M/M before now/M",
        ),
        ({"field": "timestamp", "op": "between", "value": ["a", "b"]}, 'between ["a", "b"]'),
        ({"operator": "or", "conditions": [{"field": "timestamp", "op": "gte", "value": "now-7d"}]}, None),
    ],
)
def test_the_range_of_a_dashboard(filters: Any, told: str | None) -> None:
    assert range_of(filters) == told


def test_a_table_gives_way_in_one_column_and_counts_cells() -> None:
    rows = [["東京都千代田区丸の内", "RGFz"], ["a\x1b[31m", None]]
    assert table(["name", "id"], rows).splitlines() == [
        "name                  id",
        "東京都千代田区丸の内  RGFz",
        "a\\x1b[31m             -",
    ]
    assert table(["name", "id"], rows, width=16, shrinking="name").splitlines() == [
        "name        id",
        "東京都千…   RGFz",
        "a\\x1b[31m   -",
    ]
