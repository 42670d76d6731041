"""``dialboard import`` of files that need a mapping: presets, proposals, and what is told at the end."""

import json
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from server.postgres.embedded import EmbeddedPostgres
from tests.server.commands.command_line import CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SAMPLES = Path(__file__).parents[1] / "importing" / "presets"
SHEET = (
    "Call Id,Agent,Start time,Resolved,Talk time,Satisfaction\n"
    "1,Ada,2026-11-20 09:00:00,Y,00:01:05,4\n2,,2026-11-20 10:00:00,N,,\n"
)


@pytest.fixture(scope="module")
def dialboard() -> Generator[CommandLine]:
    """The command, with one embedded database for this file, which stays up between commands."""
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-import-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)),
    ):
        yield CommandLine(Path(folder), DIALBOARD_DATA_DIR=folder)


def _last(output: str) -> dict[str, Any]:
    return json.loads(output.splitlines()[-1])


def test_a_preset_imports_a_file_and_a_dashboard_is_made_for_a_project_without_any(dialboard: CommandLine) -> None:
    done = dialboard.run_here("import", str(SAMPLES / "vapi.json"), "--from", "vapi", "--project", "Voice", "--json")
    assert done.returncode == 0, done.stderr
    assert _last(done.stdout) == {
        "created": 4,
        "updated": 0,
        "rejected": 0,
        "skipped": 0,
        "merged": 0,
        "joined": 0,
        "without_agent": 0,
        "span": {"from": "2026-11-19T08:00:02Z", "to": "2026-11-20T10:00:05Z"},
        "metrics": ["cost", "csat", "turn_latency_ms"],
        "agents": ["Night desk", "as-desk", "as-sales"],
        "unfound": ["metadata (*)"],
        "unread_sheets": [],
    }
    assert "3 new metrics: cost, csat, turn_latency_ms" in done.stderr
    assert "The dashboard 'Call overview' with " in done.stderr
    (document,) = [json.loads(dialboard.run_here("export", "--project", "Voice").stdout)]
    names = [widget["name"] for widget in document["widgets"]]
    assert {"Overview", "Calls per day", "Why calls ended", "cost per day", "csat per day"} <= {*names}
    assert "Topics" not in names  # no call has a topic
    again = dialboard.run_here("import", str(SAMPLES / "vapi.json"), "--from", "auto", "--project", "Voice", "--json")
    assert (_last(again.stdout)["updated"], _last(again.stdout)["agents"]) == (4, [])
    assert "dashboard" not in again.stderr


def test_calls_without_an_agent_and_the_zone_of_local_times_are_told(dialboard: CommandLine) -> None:
    file = str(SAMPLES / "ringcentral.csv")
    done = dialboard.run_here("import", file, "--from", "ringcentral", "--project", "Ring")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "4 created, 0 updated, 0 rejected, 1 skipped, 2 joined, 1 without agent",
        "Calls from 2026-11-18T00:05:00Z to 2026-11-18T17:00:00Z",
        "4 new agents: (none), 201 - Ana Poe, 202 - Rae Doe, 203 - Max Roe",
    ]
    assert "they are read in UTC; --time-zone NAME sets another" in done.stderr
    moved = dialboard.run_here(
        "import", file, "--from", "ringcentral", "--project", "Ring", "--time-zone", "Asia/Tokyo", "--json"
    )
    assert _last(moved.stdout)["span"]["from"] == "2026-11-17T15:05:00Z"
    assert "they are read in UTC" not in moved.stderr


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
def test_a_proposal_with_an_open_question_is_not_taken(dialboard: CommandLine, option: str) -> None:
    file = dialboard.folder / "zoned.csv"
    file.write_text("Id,Agent,Start\n1,Ada,2026-11-20 09:00:00 CST\n2,Ada,2026-11-21 09:00:00 CST\n")
    done = dialboard.run_here("import", "zoned.csv", "--project", "Zoned", option)
    assert done.returncode == 1
    assert (
        'Start has times in CST; add in the mapping zones = { CST = "America/Chicago" }' in done.stderr.splitlines()[-1]
    )


def test_a_proposal_is_written_and_nothing_is_imported_without_a_terminal(dialboard: CommandLine) -> None:
    file = dialboard.folder / "sheet.csv"
    file.write_text(SHEET)
    mapping = dialboard.folder / "sheet.mapping.toml"
    dry = dialboard.run_here("import", "sheet.csv", "--project", "Sheet", "--dry-run", "--json")
    assert (dry.returncode, _last(dry.stdout)["checked"], mapping.exists()) == (0, 2, False)
    done = dialboard.run_here("import", "sheet.csv", "--project", "Sheet")
    assert done.returncode == 1
    assert "call_id 1, agent Ada, timestamp 2026-11-20T09:00:00Z, duration 65, success true" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "dialboard: Nothing was imported: look at the proposed mapping first. Change it if something is wrong, and "
        "run: dialboard import sheet.csv --map sheet.mapping.toml"
    )
    mapping.write_text(mapping.read_text().replace('"UTC"', '"Europe/Berlin"'))
    read = dialboard.run_here("import", "sheet.csv", "--map", "sheet.mapping.toml", "--project", "Sheet", "--json")
    assert (read.returncode, _last(read.stdout)["span"]["from"]) == (0, "2026-11-20T08:00:00Z")
    sure = dialboard.run_here("import", "sheet.csv", "--project", "Sheet", "--yes", "--json")
    assert (sure.returncode, _last(sure.stdout)["updated"]) == (0, 2)
    assert "Europe/Berlin" in mapping.read_text()  # a mapping that somebody changed stays
    assert (dialboard.folder / "sheet.mapping-2.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{samples}/vapi.json",), "Nothing was imported. Add --from vapi to read it with "),
        (("{samples}/asterisk.csv",), "Nothing was imported. Add --from asterisk to read it with "),
        (("names.csv",), "names.csv: no mapping can be proposed: nothing in it looks like the time of a call"),
        (("names.csv", "--from", "auto"), "names.csv: not recognised (CSV, UTF-8, delimiter comma, 2 columns);"),
        (("-", "--from", "auto"), "standard input cannot be read twice, as --from auto requires; name the preset"),
        (("names.csv", "--from", "genesis"), "'genesis' is not a valid preset; did you mean genesys?"),
        (("names.csv", "--from", "five9"), "names.csv: column "),
        (("{samples}/3cx.csv", "--from", "3cx", "--time-zone", "Mars"), "time_zone 'Mars' is unknown"),
    ],
)
def test_what_cannot_be_imported_says_how_to_go_on(
    dialboard: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    (dialboard.folder / "names.csv").write_text("Name,Team\nAna,A\nBo,B\n")
    given = [argument.format(samples=SAMPLES) for argument in arguments]
    done = dialboard.run_here("import", *given, "--project", "Wrong")
    assert (done.returncode, message in done.stderr) == (1, True), done.stderr


def test_two_mappings_are_wrong_usage(dialboard: CommandLine) -> None:
    (dialboard.folder / "any.toml").write_text("")
    done = dialboard.run_here("import", str(SAMPLES / "vapi.json"), "--from", "vapi", "--map", "any.toml")
    assert (done.returncode, "give one of them" in done.stderr) == (2, True)
