"""Importing from standard input as a user does it, and stopping it; and how a format is found out."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import URL

from server.importing import FileSettings, ImportFormat
from server.importing.batches import FIRST_ROWS
from server.importing.csv_parser import CsvParser
from server.importing.csv_rows import CsvRows
from server.importing.inputs import Input, find_inputs
from server.importing.jsonl_rows import JsonLineRows
from server.importing.lines import Line
from server.importing.source import open_source

ROOT = Path(__file__).parents[3]
RUN = "from server.commands.cli import main; main()"
CSV = "call_id,agent,timestamp\na,Ava,2026-03-01T09:30:00Z\nb,Ava,2026-03-01T09:31:00Z\n"
MAPPED = "Id;Who;When\na;Ava;2026-03-01T09:30:00Z\n"
MAPPING = 'delimiter = ";"\n[call]\ncall_id = "Id"\nagent = "Who"\ntimestamp = "When"\n'

ONE_CALL = "Calls from 2026-03-01T09:30:00Z to 2026-03-01T09:30:00Z\n"

Start = Callable[..., subprocess.Popen[str]]


def _lines(count: int) -> str:
    return "".join(
        json.dumps({"call_id": f"c{number}", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z"}) + "\n"
        for number in range(count)
    )


@pytest.fixture
def start(own_database_url: URL, tmp_path: Path) -> Generator[Start]:
    """Starts ``dialboard import -`` in an empty folder, on a database of its own."""
    (tmp_path / "map.toml").write_text(MAPPING)
    environment = {
        **os.environ,
        "DATABASE_URL": own_database_url.render_as_string(hide_password=False),
        "PYTHONPATH": str(ROOT),
    }

    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", RUN, "import", "-", *arguments],
                env=environment,
                cwd=tmp_path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [
        (_lines(3), (), f"3 created, 0 updated, 0 rejected\n{ONE_CALL}1 new agent: Ava\n"),
        (
            CSV,
            ("--json",),
            '{"created": 2, "updated": 0, "rejected": 0, "skipped": 0, "merged": 0, "joined": 0, "without_agent": 0, '
            '"span": {"from": "2026-03-01T09:30:00Z", "to": "2026-03-01T09:31:00Z"}, "metrics": [], '
            '"agents": ["Ava"], "unfound": [], "unread_sheets": []}\n',
        ),
        (MAPPED, ("--map", "map.toml"), f"1 created, 0 updated, 0 rejected\n{ONE_CALL}1 new agent: Ava\n"),
    ],
    ids=["json lines", "csv", "mapped csv"],
)
def test_standard_input_is_imported(start: Start, content: str, arguments: tuple[str, ...], told: str) -> None:
    process = start(*arguments)
    output, errors = process.communicate(content, timeout=60)
    assert (process.returncode, output) == (0, told), errors


def test_what_standard_input_has_wrong_is_kept_in_the_current_folder(start: Start, tmp_path: Path) -> None:
    process = start()
    output, errors = process.communicate(_lines(1) + "{}\n", timeout=60)
    told = f"1 created, 0 updated, 1 rejected\n{ONE_CALL}1 new agent: Ava\n"
    assert (process.returncode, output) == (1, told)
    assert "stdin.rejected.jsonl" in errors
    assert json.loads((tmp_path / "stdin.rejected.jsonl").read_text())["reject_reason"].startswith("2:1: /call_id")


def _await_calls(url: URL, count: int) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("select set_config('dialboard.project_id', '1', false)"))
        for _ in range(1_200):
            if connection.execute(sa.text("select count(*) from call_logs")).scalar_one() >= count:
                return
            time.sleep(0.05)
    raise AssertionError(f"There are not {count} calls after a minute.")


def test_stopping_says_what_went_in(start: Start, own_database_url: URL) -> None:
    """Also while it waits for more, as it does for a pipe that nobody closes."""
    in_batches = 7 * FIRST_ROWS  # three batches, each twice as long as the one before
    process = start()
    assert process.stdin is not None
    process.stdin.write(_lines(in_batches + 5))
    process.stdin.flush()
    _await_calls(own_database_url, in_batches)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    output, errors = process.communicate()
    assert (process.returncode, output) == (130, f"{in_batches} created, 0 updated, 0 rejected\n{ONE_CALL}"), errors
    assert errors.splitlines() == [
        "-: JSON lines",
        "The calls are older than the 30 days that charts show: --shift-to-now moves them, and "
        "DIALBOARD_MAX_WINDOW_DAYS=0 takes the limit away.",
        "dialboard: The import was interrupted. Calls imported so far are kept; importing the same file again is safe.",
        "dialboard: stopped",
    ]


def test_stopping_before_the_first_line(start: Start, own_database_url: URL) -> None:
    process = start("--map", "map.toml")
    engine = sa.create_engine(own_database_url, poolclass=sa.NullPool)
    for _ in range(1_200):
        with engine.connect() as connection:
            if connection.execute(sa.text("select count(*) from projects")).scalar_one():
                break
        time.sleep(0.05)
    time.sleep(0.2)  # it begins to wait for the first line
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    output, errors = process.communicate()
    assert (process.returncode, output) == (130, "0 created, 0 updated, 0 rejected\n"), errors


def test_stopping_while_it_begins(start: Start, own_database_url: URL) -> None:
    engine = sa.create_engine(own_database_url, poolclass=sa.NullPool)
    with engine.connect() as connection, engine.connect() as observer:
        connection.execute(sa.text("lock table projects in access exclusive mode"))
        process = start("--map", "map.toml")
        waiting = sa.text("select count(*) from pg_locks where not granted and relation = 'projects'::regclass")
        for _ in range(1_200):
            if observer.execute(waiting).scalar_one():
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    output, errors = process.communicate()
    assert (process.returncode, output) == (130, "0 created, 0 updated, 0 rejected\n"), errors
    assert "importing the same file again is safe" in errors


def test_stopping_while_it_waits_for_the_beginning(start: Start) -> None:
    process = start()
    assert process.stdin is not None
    process.stdin.write("{")
    process.stdin.flush()
    for _ in range(1_200):
        left = fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4))
        if not any(left):  # it has taken the brace
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    output, errors = process.communicate()
    assert (process.returncode, output) == (130, "0 created, 0 updated, 0 rejected\n"), errors


@pytest.mark.parametrize(
    ("name", "content", "given", "expected"),
    [
        ("calls", _lines(1), None, JsonLineRows),
        ("calls", "\ufeff \n" + _lines(1), None, JsonLineRows),
        ("calls.txt", CSV, None, CsvRows),
        ("calls.txt", '"call_id","agent","timestamp"\n', None, CsvRows),
        ("calls.CSV", CSV, None, CsvRows),
        ("calls.ndjson", CSV, None, CsvRows),
        ("calls.jsonl", "broken\n" + _lines(1), None, JsonLineRows),
        ("calls.jsonl", CSV, ImportFormat.CSV, CsvRows),
        ("calls.csv", _lines(1), ImportFormat.JSONL, JsonLineRows),
    ],
)
def test_the_format(tmp_path: Path, name: str, content: str, given: ImportFormat | None, expected: type) -> None:
    (tmp_path / name).write_text(content)
    with open_source(tmp_path / name, None, FileSettings(format=given)) as source:
        assert type(source.rows) is expected


@pytest.mark.parametrize("named", ["calls.pipe", "calls.csv"])
def test_a_pipe_is_read_from_its_beginning(tmp_path: Path, named: str) -> None:
    """Nothing of it is read to find out what it is, and forgotten then."""
    path = tmp_path / named
    os.mkfifo(path)
    rows = 5_000
    content = "call_id,agent,timestamp\n" + "".join(f"c{row},Ava,2026-03-01T09:30:00Z\n" for row in range(rows))
    writer = threading.Thread(target=path.write_text, args=(content,))
    writer.start()
    (input_,) = find_inputs(path).files
    with open_source(input_, None, FileSettings()) as source:
        records = [reading.record for reading in source.rows.readings()]
    writer.join()
    assert [record.call_id for record in records if record] == [f"c{row}" for row in range(rows)]


def test_only_pipes_are_read_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "calls")
    (tmp_path / "map.toml").write_text(MAPPING)
    assert Input(tmp_path / "calls").is_read_once
    assert not Input(tmp_path / "map.toml").is_read_once
    assert not Input(tmp_path / "absent").is_read_once


def test_a_cell_may_be_as_long_as_a_line() -> None:
    long = "x" * 500_000
    rows = CsvParser([Line(1, f'a,"{long}"\n'.encode(), False)], ",")
    assert [row.cells for row in rows] == [["a", long]]
