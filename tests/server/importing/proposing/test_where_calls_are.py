"""Which sheet of a workbook has the calls, and which column came nearest to their times."""

from pathlib import Path

from openpyxl import Workbook

from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.proposing.columns import Column
from server.importing.proposing.nearest import Nearest, nearest_to_times
from server.importing.proposing.proposal import propose
from server.importing.sample import read_sample
from server.importing.source import open_source


def test_the_sheet_that_looks_like_calls_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "calls.xlsx"
    book = Workbook()
    notes = book.active
    assert notes is not None
    notes.append(["hello"])
    notes.append(["these are the calls of March"])
    sheet = book.create_sheet("Data")
    sheet.append(["Call ID", "Agent", "Start", "Duration"])
    sheet.append(["a", "Ana", "2026-11-20T09:00:00Z", 60])
    book.save(path)
    sample = read_sample(Input(path), FileSettings())
    assert "sheet 'Data' of 2" in sample.found
    proposal = propose(sample.columns(), is_table=True)
    assert proposal is not None
    with open_source(Input(path), parse_mapping(proposal.text("calls"), "proposal"), FileSettings()) as source:
        assert [reading.record.call_id for reading in source.rows.readings() if reading.record] == ["a"]


def test_the_column_nearest_to_times_is_told_with_its_value(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("id,agent,start\na,Ana,2026-11-20 09:00\n\nb,Bo,20th of May\n")
    sample = read_sample(Input(path), FileSettings())
    assert propose(sample.columns(), is_table=True) is None
    nearest = nearest_to_times(sample.columns())
    assert nearest == Nearest("start", 1, "20th of May")
    assert nearest is not None
    assert sample.lines[nearest.row] == 4


def test_nothing_is_near_where_no_name_and_no_value_is() -> None:
    assert nearest_to_times([Column("Name", ["Ana", "Bo"]), Column("Team", ["A", "B"])]) is None
