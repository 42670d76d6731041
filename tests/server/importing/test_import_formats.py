"""Imports of files in many formats, end to end: what is written, what is not, and what can be mended."""

import csv
import gzip
import json
import os
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import text

from models.sessions import Sessions
from server.importing import ImportFailure, ImportOptions, ImportResult, batches, check_file, import_file
from server.importing.repeated import Repeated
from tests.server.importing.formats import COLUMNS, START, call, lines, mapping_of, row, table


async def _ids(sessions: Sessions, project_id: int) -> list[str]:
    async with sessions.read(project_id) as session:
        return [row[0] for row in await session.execute(text("select call_id from call_logs order by call_id"))]


async def test_a_folder_is_imported_file_by_file(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines(2))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(json.dumps([call(2), call(3), call(3)]).encode()))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("d.csv", f"call_id,agent,timestamp\nc0,Ava,{START}\nc4,,{START}\n")
        archive.writestr("e.jsonl", json.dumps(call(5)))
    (tmp_path / "notes.md").write_text("x")
    told = list[str]()
    result = await import_file(sessions, project_id, tmp_path, ImportOptions(tell=told.append))
    rejects = (tmp_path / "c.d.rejected.csv",)
    assert result == ImportResult(5, 2, 1, rejects, skipped=0, merged=1)
    assert await _ids(sessions, project_id) == ["c0", "c1", "c2", "c3", "c5"]
    assert told == [
        f"{tmp_path}/notes.md: left out, by its name",
        f"{tmp_path}/a.jsonl: JSON lines",
        f"{tmp_path}/b.json.gz: gzip, a JSON array",
        f"{tmp_path}/c.zip/d.csv: ZIP, CSV, UTF-8, delimiter comma, 3 columns",
        f"{tmp_path}/c.zip/e.jsonl: ZIP, JSON lines",
    ]
    again = await import_file(sessions, project_id, tmp_path / "?.json*")
    assert (again.created, again.updated) == (0, 5)


async def test_nothing_of_several_files_is_written_where_one_cannot_be_read(
    sessions: Sessions, project_id: int, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text(lines(2))
    (tmp_path / "b.csv").write_text("Name;Team\nAva;A\n")
    with pytest.raises(ImportFailure, match=r"b\.csv: unknown columns 'Name', 'Team'"):
        await import_file(sessions, project_id, tmp_path)
    assert await _ids(sessions, project_id) == []


async def test_a_file_that_was_misunderstood_is_one_sentence(
    sessions: Sessions, project_id: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(table(*[[f"c{number}", "Ava", f"{number % 28 + 1}/3/2026", "x"] for number in range(200)]))
    with pytest.raises(ImportFailure) as caught:
        await import_file(sessions, project_id, path, ImportOptions(mapping_of(tmp_path, COLUMNS)))
    assert str(caught.value).startswith(f"{path}:2:3: When: ")
    assert str(caught.value).endswith(
        "All have this fault: none of the first 100 rows is a call, so nothing was imported. The file was read as CSV, "
        "UTF-8, delimiter comma, 4 columns"
    )
    assert await _ids(sessions, project_id) == []
    assert not (tmp_path / "calls.rejected.csv").exists()
    assert capsys.readouterr().err == ""


async def test_a_mapping_of_columns_for_json_is_one_sentence(
    sessions: Sessions, project_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "calls.json"
    path.write_text(json.dumps([{"call": {"id": "1"}}] * 5))
    with pytest.raises(ImportFailure, match=r"calls\.json:1:2: .*it is missing.* The file was read as a JSON array"):
        await import_file(sessions, project_id, path, ImportOptions(mapping_of(tmp_path, COLUMNS)))


async def test_many_rows_that_are_wrong_in_different_ways(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    wrong = [call(0, duration=-1), call(1, topic=7), {**call(2), "agent": ""}]
    path = tmp_path / "calls.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in wrong))
    assert (await import_file(sessions, project_id, path)).rejected == 3
    path.write_text("".join(f"{json.dumps(one)}\n" for one in wrong * 20))
    with pytest.raises(ImportFailure, match=r"The first one has this fault: none of the first 60 rows is a call"):
        await import_file(sessions, project_id, path)


async def test_rounded_ids_refuse_the_file(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(table(row(0), ["1.76363E+12", "Ava", START, ""], ["1.76363E+12", "Ava", START, ""]))
    with pytest.raises(ImportFailure, match=r"calls\.csv:3:1: Id: '1\.76363E\+12' is a number that a spreadsheet"):
        await import_file(sessions, project_id, path, ImportOptions(mapping_of(tmp_path, COLUMNS)))
    assert await _ids(sessions, project_id) == []


async def test_what_is_found_late_says_what_was_stored(
    sessions: Sessions, project_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 50)
    monkeypatch.setattr(batches, "CHECKED_ROWS", 100)
    path = tmp_path / "calls.csv"
    path.write_text(table(*map(row, range(120)), ["1.76363E+12", "Ava", START, ""]))
    told = r":122:1: Id: .* rounded.*\. The import stopped there: 100 calls created and 0 updated before are kept"
    with pytest.raises(ImportFailure, match=told):
        await import_file(sessions, project_id, path, ImportOptions(mapping_of(tmp_path, COLUMNS)))
    assert len(await _ids(sessions, project_id)) == 100


async def test_what_is_found_in_the_first_rows_leaves_nothing_stored(
    sessions: Sessions, project_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(table(*map(row, range(9_000)), ["1.76363E+12", "Ava", START, ""]))
    with pytest.raises(ImportFailure, match=r":9002:1: Id: .* hash = \"row\" }$"):
        await import_file(sessions, project_id, path, ImportOptions(mapping_of(tmp_path, COLUMNS)))
    assert await _ids(sessions, project_id) == []


async def test_rows_of_one_call_are_counted(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(lines(3) + lines(2) + lines(1))
    assert await import_file(sessions, project_id, path) == ImportResult(3, 3, merged=3)
    path.write_text(lines(3))
    assert await import_file(sessions, project_id, path) == ImportResult(0, 3)


def test_repeated_ids() -> None:
    repeated = Repeated()
    for start in range(0, 20_000, 777):
        repeated.add(f"c{number}" for number in range(start, start + 1_000))
    assert repeated.count == 26 * 1_000 - (25 * 777 + 1_000)
    repeated.add([])
    repeated.add(["x", "x", "c0"])
    assert repeated.count == 26 * 1_000 - (25 * 777 + 1_000) + 2


async def test_a_dry_run_reads_everything_and_writes_nothing(
    sessions: Sessions, project_id: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(lines(20_000) + "x\n" + lines(1))
    result = await check_file(path)
    assert result == ImportResult(rejected=1, merged=1, checked=20_001)
    assert f"{path}:20001:1: the line is not valid JSON" in capsys.readouterr().err
    assert await _ids(sessions, project_id) == []
    assert os.listdir(tmp_path) == ["calls.jsonl"]


MENDED = [row(0), ["c1", "Ava", "", "Müller"], row(2, "a;b"), ["c3", "Ava", "", 'said "x"']]


@pytest.mark.parametrize(
    ("delimiter", "encoding", "before", "settings"),
    [
        (",", "utf-8", "", ""),
        (";", "cp1252", "", ""),
        (";", "cp1252", "", 'encoding = "cp1252"\n'),
        ("\t", "utf-16", "", ""),
        (";", "utf-8", "Title\n\n", ""),
        (";", "utf-8", "Title\n\n", "skip_lines = 2\n"),
        ("|", "utf-8", "sep=|\n", ""),
    ],
)
async def test_a_mended_reject_file_of_any_dialect(
    sessions: Sessions, project_id: int, tmp_path: Path, delimiter: str, encoding: str, before: str, settings: str
) -> None:
    mapping = ImportOptions(mapping_of(tmp_path, settings + COLUMNS))
    path = tmp_path / "calls.csv"
    path.write_bytes((before + table(*MENDED, delimiter=delimiter)).encode(encoding))
    first = await import_file(sessions, project_id, path, mapping)
    assert (first.created, first.rejected) == (2, 2)
    (kept,) = first.reject_files
    rows = [*csv.reader(kept.read_text("utf-8-sig").splitlines(), delimiter=delimiter)]
    assert rows[0] == ["reject_reason", "Id", "Who", "When", "Topic"]
    rows[1][3] = START
    with kept.open("w", encoding="utf-8-sig" if encoding != "utf-8" else "utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    second = await import_file(sessions, project_id, kept, mapping)
    assert (second.created, second.rejected) == (1, 1)
    async with sessions.read(project_id) as session:
        topics = dict((await session.execute(text("select call_id, topic from call_logs"))).tuples().all())
    assert topics == {"c0": "billing", "c1": "Müller", "c2": "a;b"}


async def test_a_mended_reject_file_without_a_header(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    mapping = ImportOptions(mapping_of(tmp_path, 'names = ["Id", "Who", "When", "Topic"]\n' + COLUMNS))
    path = tmp_path / "calls.csv"
    path.write_text(table(*MENDED).partition("\n")[2])
    (kept,) = (await import_file(sessions, project_id, path, mapping)).reject_files
    kept.write_text(kept.read_text().replace("c1,Ava,,", f"c1,Ava,{START},"))
    second = await import_file(sessions, project_id, kept, mapping)
    assert (second.created, second.rejected) == (1, 1)


@pytest.mark.parametrize("settings", ["", 'list = "data.calls"\nformat = "json"\n'])
async def test_a_mended_reject_file_of_a_document(
    sessions: Sessions, project_id: int, tmp_path: Path, settings: str
) -> None:
    mapping = ImportOptions(mapping_of(tmp_path, settings + COLUMNS))
    path = tmp_path / "calls.json"
    names = ("Id", "Who", "When", "Topic")
    calls = [dict(zip(names, cells, strict=True)) for cells in MENDED]
    path.write_text(json.dumps({"data": {"calls": [*calls, 7]}}, indent=2))
    first = await import_file(sessions, project_id, path, mapping)
    assert (first.created, first.rejected) == (2, 3)
    (kept,) = first.reject_files
    assert kept.name == "calls.rejected.jsonl"
    reasons = [json.loads(line)["reject_reason"].partition(":")[0] for line in kept.read_text().splitlines()]
    assert len(set(reasons)) == 3
    kept.write_text(kept.read_text().replace('"When": ""', f'"When": "{START}"', 1))
    second = await import_file(sessions, project_id, kept, mapping)
    assert (second.created, second.rejected) == (1, 2)


async def test_a_mended_reject_file_of_a_workbook(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    mapping = ImportOptions(mapping_of(tmp_path, 'sheet = "Calls"\nskip_lines = 1\n' + COLUMNS))
    book = Workbook()
    sheet = book.create_sheet("Calls")
    for cells in (["Report"], ["Id", "Who", "When", "Topic"], *MENDED):
        sheet.append(cells)
    path = tmp_path / "calls.xlsx"
    book.save(path)
    first = await import_file(sessions, project_id, path, mapping)
    assert (first.created, first.rejected) == (2, 2)
    (kept,) = first.reject_files
    rejected = load_workbook(kept)
    rejected["Calls"]["D2"].value = START
    rejected.save(kept)
    second = await import_file(sessions, project_id, kept, mapping)
    assert (second.created, second.rejected) == (1, 1)


@pytest.mark.parametrize("name", ["calls.json", "calls.csv", "calls.xlsx"])
async def test_the_reject_file_stands_in_for_the_one_before(
    sessions: Sessions, project_id: int, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    rows = [["call_id", "agent", "timestamp"], ["c0", "Ava", START], ["c1", "", START]]
    if name.endswith("xlsx"):
        book = Workbook()
        for cells in rows:
            book.worksheets[0].append(cells)
        book.save(path)
    elif name.endswith("csv"):
        path.write_text("\n".join(map(",".join, rows)))
    else:
        path.write_text(json.dumps([call(0), {**call(1), "agent": ""}]))
    for _ in range(2):
        result = await import_file(sessions, project_id, path)
        assert result.rejected == 1
    assert len(os.listdir(tmp_path)) == 2
