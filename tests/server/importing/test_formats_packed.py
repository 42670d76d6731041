"""Workbooks, Parquet, gzip, ZIP, folders and patterns."""

import builtins
import gzip
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook, load_workbook

from server.importing import ImportFailure
from server.importing.inputs import find_inputs
from server.importing.shared_texts import SharedTexts
from tests.server.importing.formats import COLUMNS, START, lines, mapping_of, read, row, table

AT = datetime(2026, 3, 1, 9, 30)
HEADER = ["Id", "Who", "When", "Topic"]
TIMED = COLUMNS.replace('timestamp = "When"', 'timestamp = { column = "When", time_zone = "UTC" }')


def _workbook(path: Path, sheets: Mapping[str, list[list[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.active)  # pyright: ignore[reportArgumentType]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(cells)
    book.save(path)
    return path


def _zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    rows = [HEADER, ["c0", "Ava", AT, "x"], [1763630127945, "Bo", AT, 4], [], ["c2", "Bo", AT, None]]
    path = _workbook(tmp_path / "calls.xlsx", {"Calls": rows})
    result = read(path, mapping_of(tmp_path, TIMED))
    assert result.found == "Excel workbook, sheet 'Calls', 4 columns"
    assert result.ids == ["c0", "1763630127945", "c2"]
    assert [record.timestamp for record in result.records] == [AT.replace(tzinfo=UTC)] * 3
    assert [reading.line for reading in result.readings] == [2, 3, 5]


def test_the_texts_of_a_workbook() -> None:
    """Formatted or not, without how they are pronounced."""
    texts = SharedTexts(
        io.BytesIO(
            b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>a</t></si><si><t/></si>'
            b'<si><r><rPr><b/></rPr><t>b</t></r><r><t xml:space="preserve"> c</t></r>'
            b'<rPh sb="0" eb="1"><t>X</t></rPh></si>'
            b"<si><t>&#233;&#128578;</t></si></sst>"
        )
    )
    assert [texts[place] for place in range(len(texts))] == ["a", "", "b c", "é🙂"]
    with pytest.raises(IndexError):
        texts[4]


def test_the_sheet_with_the_calls_is_found_and_can_be_set(tmp_path: Path) -> None:
    calls = [["Report"], [], HEADER, ["c0", "Ava", START, "x"]]
    others = [["Name", "Team"], ["Ava", "A"]]
    path = _workbook(tmp_path / "calls.xlsx", {"Agents": others, "March": calls, "April": [HEADER, ["c9", "A", START]]})
    mapping = mapping_of(tmp_path, COLUMNS)
    assert read(path, mapping).found == "Excel workbook, sheet 'March' of 3, header in row 3, 4 columns"
    assert read(path, mapping, sheet="April").ids == ["c9"]
    assert read(path, mapping, sheet=3).ids == ["c9"]
    with pytest.raises(ImportFailure, match="no sheet 'May'; it has: 'Agents', 'March', 'April'"):
        read(path, mapping, sheet="May")
    with pytest.raises(ImportFailure, match="column 'Id' is missing"):
        read(path, mapping, sheet="Agents")


def test_a_workbook_without_a_header(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "calls.xlsx", {"Calls": [["c0", "Ava", START, 4]]})
    with pytest.raises(ImportFailure, match="the sheet 'Calls' has no header"):
        read(path, mapping_of(tmp_path, COLUMNS))
    assert read(path, mapping_of(tmp_path, COLUMNS), names=tuple(HEADER)).ids == ["c0"]
    empty = _workbook(tmp_path / "empty.xlsx", {"Calls": []})
    with pytest.raises(ImportFailure, match="the sheet 'Calls' has no header: it is empty"):
        read(empty, mapping_of(tmp_path, COLUMNS))


def test_rejected_rows_of_a_workbook_are_a_workbook(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["c0", "Ava", None, timedelta(minutes=3)],
        ["c1", "Ava", START, clock(0, 3, 25)],
        ["c2", "Ava", AT, "x", "more"],
    ]
    path = _workbook(tmp_path / "calls.xlsx", {"Calls": rows})
    mapping = mapping_of(tmp_path, "sheet = 'Calls'\n" + TIMED)
    result = read(path, mapping)
    assert result.ids == ["c1"]
    from server.importing.source import open_source

    kept = tmp_path / "calls.rejected.xlsx"
    with open_source(path, mapping) as source:
        bad = [reading for reading in source.rows.readings() if reading.record is None]
        file = source.rows.reject_file(kept)
        for reading in bad:
            file.add(reading, f"{reading.line}: why")
        file.close()
    book = load_workbook(kept)
    sheet = book["Calls"]
    assert [cell.value for cell in sheet[1]][:2] == ["reject_reason", "Id"]
    assert sheet["E2"].value == timedelta(minutes=3)
    sheet["D2"].value = AT
    book.save(kept)
    again = read(kept, mapping)
    assert again.ids == ["c0"]
    assert [fault[:2] for fault in again.faults] == [(3, 5)]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "calls.parquet"
    duckdb.sql(
        f"""copy (select 'c' || range as "Id", 'Ava' as "Who", timestamptz '{START}' as "When",
        cast(1.5 as decimal(4, 2)) as "Topic", 'x' as "Other" from range(3)) to '{path}' (format parquet)"""
    )
    result = read(path, mapping_of(tmp_path, COLUMNS))
    assert result.found == "Parquet, 5 columns"
    assert result.ids == ["c0", "c1", "c2"]
    assert result.records[0].timestamp == AT.replace(tzinfo=UTC)
    with pytest.raises(ImportFailure, match="column 'Who' is missing"):
        read(_parquet_of(tmp_path, 'select 1 as Id, now() as "When", 2 as Topic'), mapping_of(tmp_path, COLUMNS))


def _parquet_of(folder: Path, query: str) -> Path:
    path = folder / "other.parquet"
    duckdb.sql(f"copy ({query}) to '{path}' (format parquet)")
    return path


def test_rejected_rows_of_parquet_are_csv(tmp_path: Path) -> None:
    query = f"""select 'c0' as "Id", timestamptz '{START}' as "Who", null as "When", true as "Topic" """
    mapping = mapping_of(tmp_path, "format = 'parquet'\n" + COLUMNS)
    from server.importing.source import open_source

    kept = tmp_path / "calls.rejected.csv"
    with open_source(_parquet_of(tmp_path, query), mapping) as source:
        (bad,) = source.rows.readings()
        file = source.rows.reject_file(kept)
        file.add(bad, "1:2: why")
        file.close()
    assert kept.read_text() == f"reject_reason,Id,Who,When,Topic\n1:2: why,c0,{START[:-1]}+00:00,,true\n"
    kept.write_text(kept.read_text().replace(",,", f",{START},"))
    assert read(kept, mapping).ids == ["c0"]


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _parquet_of(tmp_path, "select 1 as a")
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportFailure, match=r"Parquet needs DuckDB, which is not installed; install it by pip install"):
        read(path)


@pytest.mark.parametrize("name", ["calls.jsonl.gz", "calls.gz", "calls", "calls.csv"])
def test_gzip(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for content, mapping, found in (
        (lines(3), None, "gzip, JSON lines"),
        (table(row(0)), COLUMNS, "gzip, CSV, UTF-8, delimiter comma, 4 columns"),
    ):
        path.write_bytes(gzip.compress(content.encode()))
        result = read(path, mapping_of(tmp_path, mapping) if mapping else None)
        assert result.found == found
        assert result.ids[0] == "c0"


def test_gzip_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "calls.gz"
    path.write_bytes(gzip.compress(lines(2_000).encode())[:-500])
    with pytest.raises(ImportFailure, match="the compressed file is damaged or cut short"):
        read(path)


def test_zip(tmp_path: Path) -> None:
    path = _zip(tmp_path / "calls.zip", {"some/calls.dat": lines(2)})
    assert (read(path).found, read(path).ids) == ("ZIP, JSON lines", ["c0", "c1"])
    files = {
        "b.csv": table(row(0)),
        "a.jsonl": lines(1),
        "__MACOSX/._a.jsonl": "x",
        "read.me": "y",
        "c.rejected.csv": "",
    }
    several = find_inputs(_zip(tmp_path / "several.zip", files))
    assert [input_.name for input_ in several.files] == [
        f"{tmp_path}/several.zip/{name}" for name in ("a.jsonl", "b.csv")
    ]
    assert [input_.stem for input_ in several.files] == ["several.a", "several.b"]
    with pytest.raises(ImportFailure, match=r"the ZIP archive has no files to import; it has: a\.txt\.sig, b\.sig"):
        find_inputs(_zip(tmp_path / "none.zip", {"a.txt.sig": "", "b.sig": ""}))


def test_packed_in_each_other(tmp_path: Path) -> None:
    inner = gzip.compress(lines(2).encode())
    path = _zip(tmp_path / "calls.zip", {"calls.jsonl.gz": inner})
    assert (read(path).found, read(path).ids) == ("ZIP, gzip, JSON lines", ["c0", "c1"])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("calls.csv", table(row(0)))
    packed = tmp_path / "calls.gz"
    packed.write_bytes(gzip.compress(archive.getvalue()))
    assert read(packed, mapping_of(tmp_path, COLUMNS)).found == "gzip, ZIP, CSV, UTF-8, delimiter comma, 4 columns"
    book = _workbook(tmp_path / "calls.xlsx", {"Calls": [HEADER, row(0)]})
    for outer in (_zip(tmp_path / "book.zip", {"calls.xlsx": book.read_bytes()}), tmp_path / "book.gz"):
        if outer.suffix == ".gz":
            outer.write_bytes(gzip.compress(book.read_bytes()))
        assert read(outer, mapping_of(tmp_path, COLUMNS)).ids == ["c0"]


def test_a_folder_and_a_pattern(tmp_path: Path) -> None:
    for name in ("b.csv", "a.jsonl", "notes.md", ".hidden.csv", "a.rejected.jsonl", "c.json.gz"):
        (tmp_path / name).write_text("x")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "d.csv").write_text("x")
    found = find_inputs(tmp_path)
    assert [input_.path.name for input_ in found.files] == ["a.jsonl", "b.csv", "c.json.gz"]
    assert {Path(name).name for name in found.ignored} == {"notes.md", ".hidden.csv", "a.rejected.jsonl"}
    matching = find_inputs(tmp_path / "**" / "*.csv")
    assert [input_.path.name for input_ in matching.files] == ["b.csv", "d.csv"]
    with pytest.raises(ImportFailure, match=r"\*\.xml: no file matches this pattern"):
        find_inputs(tmp_path / "*.xml")
    assert find_inputs(tmp_path / "a.rejected.jsonl").files[0].stem == "a.rejected"


def test_a_file_that_is_compressed_too_often(tmp_path: Path) -> None:
    content = table(*map(row, range(3))).encode()
    for _ in range(3):
        content = gzip.compress(content)
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(content)
    assert read(path, mapping_of(tmp_path, COLUMNS)).ids == ["c0", "c1", "c2"]
    path.write_bytes(gzip.compress(content))
    told = r"calls\.csv\.gz: the file is compressed too often \(gzip, gzip, gzip, gzip\); decompress it"
    with pytest.raises(ImportFailure, match=told):
        read(path, mapping_of(tmp_path, COLUMNS))


def test_a_workbook_that_is_compressed_often(tmp_path: Path) -> None:
    content = _workbook(tmp_path / "calls.xlsx", {"Calls": [HEADER, row(0)]}).read_bytes()
    for _ in range(3):
        content = gzip.compress(content)
    path = tmp_path / "calls.gz"
    path.write_bytes(content)
    assert read(path, mapping_of(tmp_path, COLUMNS)).ids == ["c0"]
