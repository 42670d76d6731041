"""Cells of workbooks: durations that were typed as times of the day, and sheets beyond what a sheet can have."""

import zipfile
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from server.importing import ImportFailure
from server.importing.inputs import Input
from server.importing.proposing.proposal import propose
from server.importing.sample import read_sample
from server.importing.sheet_rows import CELL_LIMIT, ROW_LIMIT
from server.importing.source import FileSettings, open_source
from tests.server.importing.formats import COLUMNS, START, Read, mapping_of, read

HEADER = ["Id", "Who", "When", "Topic", "Talk time"]
MANY_TEXTS = f"<t>{'a' * 60_000}</t>" * (ROW_LIMIT // 50_000)
Cell = tuple[Any, str]
"""What stands in a cell, and its format."""


def _workbook(folder: Path, *cells: Cell) -> Path:
    """A workbook of calls with a talk time each."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(HEADER)
    for number, (raw, form) in enumerate(cells):
        sheet.append([f"c{number}", "Ava", START, "x", raw])
        sheet.cell(number + 2, 5).number_format = form
    path = folder / "calls.xlsx"
    book.save(path)
    return path


def _read(folder: Path, unit: str, *cells: Cell) -> Read:
    duration = f'duration = {{ column = "Talk time"{unit} }}'
    return read(_workbook(folder, *cells), mapping_of(folder, f"{COLUMNS}{duration}"))


def _durations(result: Read) -> list[object]:
    return [record.values.get("duration") for record in result.records]


@pytest.mark.parametrize(
    ("unit", "cell", "seconds"),
    [
        ("M:SS", (time(3, 25), "h:mm"), 205.0),
        ("M:SS", (time(3, 25), "hh:mm;@"), 205.0),
        ("M:SS", (time(3, 25), '[$-409]h:mm" h"'), 205.0),
        ("M:SS", (timedelta(hours=3, minutes=25), "[h]:mm"), 205.0),
        ("M:SS", (timedelta(hours=45, minutes=10), "[h]:mm:ss"), 2710.0),
        ("M:SS", (time(0, 3, 25), "mm:ss"), 205.0),
        ("M:SS", (timedelta(minutes=3, seconds=25), "[m]:ss"), 205.0),
        ("M:SS", (time(0, 3, 25), "h:mm:ss"), 205.0),
        ("M:SS", (time(1, 3, 25), "h:mm:ss"), 3805.0),
        ("M:SS", (time(0, 0), "h:mm"), 0.0),
        ("HH:MM", (time(3, 25), "h:mm"), 12_300.0),
        ("HH:MM:SS", (time(3, 25), "h:mm"), 12_300.0),
        ("HH:MM:SS", (time(3, 25), "h:mm:ss"), 12_300.0),
        ("HH:MM:SS", (time(0, 3, 25), "mm:ss"), 205.0),
    ],
)
def test_a_duration_is_what_its_cell_shows(tmp_path: Path, unit: str, cell: Cell, seconds: float) -> None:
    assert _durations(_read(tmp_path, f', unit = "{unit}"', cell)) == [seconds]


@pytest.mark.parametrize(
    ("unit", "cell", "told"),
    [
        ("", (time(3, 25), "h:mm"), r'3:25:00 is shown as hours and minutes.*unit = "M:SS" or unit = "HH:MM"'),
        (', unit = "M:SS"', (time(3, 25), "h:mm:ss"), r'3:25:00 can be hours and minutes, or.*unit = "HH:MM:SS"'),
        (', unit = "HH:MM"', (time(0, 3, 25), "mm:ss"), r'0:03:25 is minutes and seconds.*unit = "M:SS"'),
    ],
)
def test_a_cell_that_can_be_both_is_asked_about(tmp_path: Path, unit: str, cell: Cell, told: str) -> None:
    with pytest.raises(ImportFailure, match=rf"line 2:5: Talk time: {told}"):
        _read(tmp_path, unit, cell)


def test_seconds_that_the_format_hides_are_refused(tmp_path: Path) -> None:
    result = _read(tmp_path, ', unit = "M:SS"', (time(3, 25, 40), "h:mm"), (time(3, 25), "h:mm"))
    assert _durations(result) == [205.0]
    assert [fault[:2] for fault in result.faults] == [(2, 5)]
    assert "3:25:40 is shown as hours and minutes, and has seconds as well" in result.faults[0][2]


def test_rejected_cells_keep_their_format(tmp_path: Path) -> None:
    path = _workbook(tmp_path, (time(3, 25), "h:mm"), (timedelta(hours=45, minutes=10), "[h]:mm:ss"))
    mapping = mapping_of(tmp_path, f'{COLUMNS}duration = {{ column = "Talk time", unit = "M:SS" }}')
    kept = tmp_path / "calls.rejected.xlsx"
    with open_source(path, mapping) as source:
        file = source.rows.reject_file(kept)
        for reading in source.rows.readings():
            file.add(reading, "why")
        file.close()
    assert _durations(read(kept, mapping)) == [205.0, 2710.0]


@pytest.mark.parametrize(
    ("cells", "unit", "note"),
    [
        ([(time(3, 25), "h:mm"), (time(12, 1), "h:mm")], "M:SS", 'if they mean that, set unit = "HH:MM"'),
        ([(time(0, 3, 25), "mm:ss"), (time(0, 12, 1), "mm:ss")], "M:SS", "was read as minutes and seconds (M:SS)."),
        ([(time(0, 3, 25), "h:mm:ss"), (time(0, 12, 1), "h:mm:ss")], "HH:MM:SS", ""),
    ],
)
def test_proposed_units_of_cells(tmp_path: Path, cells: list[Cell], unit: str, note: str) -> None:
    sample = read_sample(Input(_workbook(tmp_path, *cells)), FileSettings())
    proposal = propose(sample.columns(), is_table=True)
    assert proposal
    call: Any = proposal.content["call"]
    assert call["duration"] == {"column": "Talk time", "unit": unit}
    assert note in "".join(proposal.notes)


def _with_rows(folder: Path, rows: str) -> Path:
    """A workbook whose sheet has these rows, as they are written."""
    plain = _workbook(folder)
    path = folder / "made.xlsx"
    begin = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = f"{begin}{rows}</sheetData></worksheet>".encode() if "sheet1" in name else old.read(name)
            new.writestr(name, content)
    return path


ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!")


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    "more",
    [
        '[metadata]\ntalk = "Talk time"',
        '[metadata]\ntalk = { columns = ["Topic", "Talk time"] }',
        '[metadata]\n"*" = true',
        '[metrics.talk]\ntype = "numeric"\ncolumn = "Talk time"',
    ],
)
def test_errors_are_no_values(tmp_path: Path, error: str, more: str) -> None:
    result = read(_workbook(tmp_path, (5, ""), (error, "")), mapping_of(tmp_path, f"{COLUMNS}{more}"))
    assert result.ids == ["c0"]
    ((line, _, told),) = result.faults
    assert (line, f"the cell E3 has the error {error}" in told) == (3, True)


def test_errors_that_the_mapping_takes_for_none_or_does_not_read(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ("#N/A", ""))
    assert read(path, mapping_of(tmp_path, COLUMNS)).ids == ["c0"]
    taken = read(path, mapping_of(tmp_path, f'null = ["#N/A"]\n{COLUMNS}duration = "Talk time"'))
    assert _durations(taken) == [None]


def test_rejected_texts_remain_texts(tmp_path: Path) -> None:
    path = _with_rows(tmp_path, _row(1, *HEADER[:4]) + _row(2, "c0", "#N/A", START, "=1+1"))
    mapping = mapping_of(tmp_path, COLUMNS)
    kept = tmp_path / "calls.rejected.xlsx"
    with open_source(path, mapping) as source:
        file = source.rows.reject_file(kept)
        for reading in source.rows.readings():
            file.add(reading, "why")
        file.close()
    (record,) = read(kept, mapping).records
    assert (record.agent, record.values["topic"]) == ("#N/A", "=1+1")


def _row(number: int | str, *texts: str) -> str:
    cells = "".join(
        f'<c r="{letter}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABCD", texts, strict=False)
    )
    return f'<row r="{number}">{cells}</row>'


def test_rows_that_are_missing_or_far_away(tmp_path: Path) -> None:
    rows = _row(1, *HEADER[:4]) + _row(3, "c0", "Ava", START) + _row(1_048_576, "c1", "Ava", START)
    result = read(_with_rows(tmp_path, rows), mapping_of(tmp_path, COLUMNS))
    assert [reading.line for reading in result.readings] == [3, 1_048_576]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (_row("99999999999", "c1", "Ava"), "it has a row 99,999,999,999; a sheet has at most 1,048,576"),
        ('<row r="2"><c r="ZZZ2"><v>1</v></c></row>', "row 2 has a column 18,278; a sheet has at most 16,384"),
    ],
)
def test_rows_and_columns_beyond_a_sheet(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(ImportFailure, match=told):
        read(_with_rows(tmp_path, _row(1, *HEADER[:4]) + row), mapping_of(tmp_path, COLUMNS))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (_row(2, "c0", "A" * (2 * CELL_LIMIT)), r"row 2, behind the cell A2: a text is longer than 1,048,576 bytes"),
        (
            f'<row r="2"><c r="A2" t="inlineStr"><is>{MANY_TEXTS}</is></c></row>',
            r"row 2: all of it has more than 16,777,216 bytes",
        ),
    ],
)
def test_texts_that_are_too_long(tmp_path: Path, row: str, told: str) -> None:
    path = _with_rows(tmp_path, _row(1, *HEADER[:4]) + row)
    with pytest.raises(ImportFailure, match=told):
        read(path, mapping_of(tmp_path, COLUMNS))
