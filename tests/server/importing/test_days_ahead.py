"""Whether the day or the month comes first, where only a row further down tells, in every format."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
from openpyxl import Workbook

from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.proposing.proposal import propose
from server.importing.sample import ROWS, read_sample
from tests.server.importing.formats import read

_MAPPING = """
[call]
call_id = "id"
agent = "agent"
timestamp = { column = "start", format = ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"], time_zone = "UTC" }
"""
Days = Sequence[dict[str, str]]


def _days(count: int) -> Days:
    """Days of March and May in no order, in which the day comes first; only the last one tells that."""
    texts = [f"0{number % 8 + 1}/0{3 + number % 2 * 2}/2026 10:00" for number in range(count)]
    return [{"id": f"c{at}", "agent": "Ava", "start": text} for at, text in enumerate([*texts, "25/03/2026 10:00"])]


def _json(path: Path, days: Days) -> None:
    path.write_text(json.dumps(days))


def _json_lines(path: Path, days: Days) -> None:
    path.write_text("".join(f"{json.dumps(day)}\n" for day in days))


def _objects_on_a_line(path: Path, days: Days) -> None:
    path.write_text(" ".join(map(json.dumps, days)) + "\n" + json.dumps({**days[0], "id": "last"}) + "\n")


def _csv(path: Path, days: Days) -> None:
    path.write_text("id,agent,start\n" + "".join(f"{','.join(day.values())}\n" for day in days))


def _workbook(path: Path, days: Days) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Calls")
    sheet.append(["id", "agent", "start"])
    for day in days:
        sheet.append([*day.values()])
    book.save(path)


def _parquet(path: Path, days: Days) -> None:
    lines = path.with_suffix(".jsonl")
    _json_lines(lines, days)
    with duckdb.connect() as connection:
        types = "{id: 'varchar', agent: 'varchar', start: 'varchar'}"
        query = f"select * from read_json('{lines}', columns = {types})"
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")
    lines.unlink()


FORMATS = pytest.mark.parametrize("write", [_csv, _json, _json_lines, _objects_on_a_line, _workbook, _parquet])
Write = Callable[[Path, Days], None]


@FORMATS
def test_a_row_further_down_tells_the_order_of_all(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "calls"
    write(path, _days(30))
    result = read(path, parse_mapping(_MAPPING, "map"))
    assert {record.timestamp.month for record in result.records} == {3, 5}
    assert result.ids[:31] == [f"c{number}" for number in range(31)]
    assert result.faults == []


@pytest.mark.parametrize("write", [_csv, _json, _json_lines, _workbook, _parquet])
def test_a_proposal_looks_below_the_first_rows_for_the_order(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "calls"
    write(path, _days(ROWS + 200))
    sample = read_sample(Input(path), FileSettings())
    assert len(sample.rows) == ROWS + 1
    proposal = propose(sample.columns(), is_table=sample.header is not None)
    assert proposal is not None
    assert 'format = "%d/%m/%Y %H:%M"' in proposal.text("calls")
    assert proposal.guesses == ()


def test_an_order_that_no_row_tells_stays_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "calls"
    _csv(path, _days(ROWS + 200)[:-1])
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=True)
    assert proposal is not None
    (guess,) = proposal.guesses
    assert "would fit as well" in guess
