"""``dialboard import`` of files that need a mapping: presets, proposals, and what is told at the end."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from server.postgres.embedded import EmbeddedPostgres
from tests.server.commands.command_line import RUN, CommandLine

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
    ("text", "guess"),
    [
        ("Id,Agent,Start,Length\n1,Ada,2026-11-20 09:00:00,3:25\n2,Ada,2026-11-20 10:00:00,2:10\n", "(M:SS)"),
        (
            "Id,Agent,Start\n1,Ada,05/06/2026 09:00\n2,Ada,04/07/2026 10:00\n3,Ada,06/05/2026 11:00\n",
            "would fit as well",
        ),
        (
            "Id,Agent,Start,Cost\n1,Ada,2026-11-20 09:00:00,1.205\n2,Ada,2026-11-20 10:00:00,2.250\n",
            "was read as",
        ),
        ("Id,Agent,Start,Duration\n1,Ada,2026-11-20 09:00:00,65000\n", "was read as milliseconds"),
    ],
)
def test_yes_takes_no_guesses(dialboard: CommandLine, text: str, guess: str) -> None:
    (dialboard.folder / "guess.csv").write_text(text)
    done = dialboard.run_here("import", "guess.csv", "--project", "Guess", "--yes")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("dialboard: Nothing was imported: --yes takes no guesses. ")
    assert guess in last
    how, _, mapping = last.rpartition(" ")
    assert how.endswith("run: dialboard import guess.csv --map")
    taken = dialboard.run_here("import", "guess.csv", "--project", "Guess", "--map", mapping, "--dry-run")
    assert taken.returncode == 0, taken.stderr


def _piped(dialboard: CommandLine, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, "import", "-", "--project", "Piped", *arguments],
        env=dialboard.environment,
        cwd=dialboard.folder,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_standard_input_gets_a_proposal(dialboard: CommandLine) -> None:
    rows = "".join(f"{n},Ada,2026-11-20T09:00:00Z,65,yes\n" for n in range(20_000))
    text = f"Id,Agent,Start,Duration,Resolved\n{rows}"
    left = _piped(dialboard, text)
    assert left.returncode == 1
    assert left.stderr.splitlines()[-1].endswith("run: dialboard import - --map stdin.mapping.toml")
    sure = _piped(dialboard, text, "--yes", "--json")
    assert (sure.returncode, _last(sure.stdout)["created"]) == (0, 20_000), sure.stderr
    given = _piped(dialboard, text, "--map", "stdin.mapping.toml", "--json")
    assert (given.returncode, _last(given.stdout)["updated"]) == (0, 20_000)
    vapi = (SAMPLES / "vapi.json").read_text()
    known = _piped(dialboard, vapi, "--from", "auto", "--json")
    assert (known.returncode, _last(known.stdout)["created"]) == (0, 4), known.stderr


def test_a_header_that_stands_in_the_data_again(dialboard: CommandLine) -> None:
    part = "Id,Agent,Start,Duration\n{0}1,Ada,2026-11-20T09:00:00Z,65\n{0}2,Ada,2026-11-20T10:00:00Z,70\n"
    (dialboard.folder / "two.csv").write_text(part.format("a") + part.format("b"))
    mapping = '[call]\ncall_id = "Id"\nagent = "Agent"\ntimestamp = "Start"\nduration = "Duration"\n'
    (dialboard.folder / "two.toml").write_text(mapping)
    done = dialboard.run_here("import", "two.csv", "--map", "two.toml", "--dry-run")
    assert done.returncode == 1
    assert (
        "two.csv:4:1: the row is the header again, as in files that were put together; allowed: rows of data; delete "
        'the line, or leave it out by a mapping with skip = [{ column = "Id", equals = "Id" }]' in done.stderr
    )
    proposed = dialboard.run_here("import", "two.csv", "--project", "Two", "--yes", "--json")
    assert proposed.returncode == 0, proposed.stderr
    assert (_last(proposed.stdout)["created"], _last(proposed.stdout)["skipped"]) == (4, 1)
    assert 'skip = [{ column = "Id", equals = "Id" }]' in (dialboard.folder / "two.mapping.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{samples}/vapi.json",), "Nothing was imported. Add --from vapi to read it with "),
        (("{samples}/asterisk.csv",), "Nothing was imported. Add --from asterisk to read it with "),
        (("names.csv",), "names.csv: no mapping can be proposed: nothing in it looks like the time of a call"),
        (
            ("spoken.csv",),
            "start comes nearest, but '20th of May' in line 3 was not understood; in a mapping timestamp = "
            '{ column = "start", format = ',
        ),
        (("serial.csv",), '{ column = "start", format = "excel", time_zone = "UTC" } says how its times are'),
        (
            ("head.csv",),
            "head.csv: it has a header and no rows, so there are no calls in it (CSV, UTF-8, delimiter comma",
        ),
        (("names.csv", "--from", "auto"), "names.csv: not recognised (CSV, UTF-8, delimiter comma, 2 columns);"),
        (("names.csv", "--from", "genesis"), "'genesis' is not a valid preset; did you mean genesys?"),
        (("names.csv", "--from", "five9"), "names.csv: not an export of five9: expected are the columns CALL ID, "),
        (("{samples}/3cx.csv", "--from", "3cx", "--time-zone", "Mars"), "time_zone 'Mars' is unknown"),
    ],
)
def test_what_cannot_be_imported_says_how_to_go_on(
    dialboard: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    (dialboard.folder / "names.csv").write_text("Name,Team\nAna,A\nBo,B\n")
    (dialboard.folder / "spoken.csv").write_text("id,start\na,2026-11-20 09:00\nb,20th of May\n")
    (dialboard.folder / "serial.csv").write_text("id,start\na,46082.5\nb,46083.25\n")
    (dialboard.folder / "head.csv").write_text("Call ID,Agent,Start\n")
    given = [argument.format(samples=SAMPLES) for argument in arguments]
    done = dialboard.run_here("import", *given, "--project", "Wrong")
    assert (done.returncode, message in done.stderr) == (1, True), done.stderr


def test_two_mappings_are_wrong_usage(dialboard: CommandLine) -> None:
    (dialboard.folder / "any.toml").write_text("")
    done = dialboard.run_here("import", str(SAMPLES / "vapi.json"), "--from", "vapi", "--map", "any.toml")
    assert (done.returncode, "give one of them" in done.stderr) == (2, True)
