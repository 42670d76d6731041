"""What only all rows of a file tell: doubtful numbers are asked about, and what was never found is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.sessions import Sessions
from server.importing import ImportFailure, ImportOptions, check_file, import_file
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.proposing.proposal import Proposal, propose
from server.importing.sample import read_sample
from tests.server.importing.formats import COLUMNS, START

WAITS = COLUMNS + '[metrics.wait]\ntype = "numeric"\ncolumn = "Wait"\n'


def _write(folder: Path, *waits: str, delimiter: str = ";") -> Path:
    path = folder / "calls.csv"
    rows = [["Id", "Who", "When", "Topic", "Wait"]]
    rows += [[f"c{number}", "Ava", START, "x", wait] for number, wait in enumerate(waits)]
    path.write_text("".join(delimiter.join(row) + "\n" for row in rows))
    return path


def _options(text: str, **more: Any) -> ImportOptions:
    return ImportOptions(parse_mapping(text, "map"), **more)


@pytest.mark.parametrize("setting", ['column = "Wait"\n', 'columns = ["Wait"]\n', 'first_of = ["Wait", "Topic"]\n'])
async def test_a_doubtful_column_is_asked_about(tmp_path: Path, setting: str) -> None:
    path = _write(tmp_path, "205", "1.205", "12")
    told = r"calls.csv:3:5: Wait: '1.205' can be 1.205 or 1205.*decimal = \".\" .*or decimal = \",\", thousands = \".\""
    with pytest.raises(ImportFailure, match=told):
        await check_file(path, _options(WAITS.replace('column = "Wait"\n', setting)))


@pytest.mark.parametrize(
    ("top", "waits"),
    [
        ("", ["205", "1.205", "0.5"]),
        ("", ["205", "3"]),
        ('decimal = "."\n', ["205", "1.205"]),
        ('decimal = ","\nthousands = "."\n', ["205", "1.205"]),
    ],
)
async def test_other_columns_are_not(tmp_path: Path, top: str, waits: list[str]) -> None:
    assert (await check_file(_write(tmp_path, *waits), _options(top + WAITS))).checked == len(waits)


async def test_nothing_is_stored_before_the_question(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    path = _write(tmp_path, *["1.205"] * 30)
    with pytest.raises(ImportFailure, match=r"can be 1\.205 or 1205"):
        await import_file(sessions, project_id, path, _options(WAITS))
    mended = await import_file(sessions, project_id, path, _options('decimal = "."\n' + WAITS))
    assert (mended.created, mended.updated) == (30, 0)


def _proposed(path: Path) -> Proposal:
    proposal = propose(read_sample(Input(path), FileSettings()).columns(), is_table=True)
    assert proposal
    return proposal


async def test_a_proposal_leaves_what_is_probably_thousands_open(tmp_path: Path) -> None:
    path = _write(tmp_path, "205", "1.205", "12.010")
    proposal = _proposed(path)
    assert "decimal" not in proposal.content
    assert any(note.startswith("Wait: '1.205' can be 1.205 or 1205") for note in proposal.notes)
    with pytest.raises(ImportFailure, match=r"can be 1\.205 or 1205"):
        await check_file(path, _options(proposal.text("calls")))


@pytest.mark.parametrize(
    ("waits", "settings", "note"),
    [
        (["1.205", "12.010"], {"decimal": "."}, "Wait: 1.205 was read as a fraction; set decimal"),
        (["205", "1,205"], {"decimal": ".", "thousands": ","}, 'Wait: 1,205 was read as 1205; set decimal = ","'),
        (["205", "1,234,205"], {"decimal": ".", "thousands": ","}, ""),
        (["1.205", "0.5"], {}, ""),
    ],
)
async def test_a_proposal_tells_what_it_guessed(
    tmp_path: Path, waits: list[str], settings: dict[str, str], note: str
) -> None:
    path = _write(tmp_path, *waits)
    proposal = _proposed(path)
    assert {key: proposal.content[key] for key in ("decimal", "thousands") if key in proposal.content} == settings
    assert [found for found in proposal.notes if found.startswith("Wait")] == [
        found for found in proposal.notes if note and found.startswith(note)
    ]
    assert (note == "") or any(found.startswith(note) for found in proposal.notes)
    assert (await check_file(path, _options(proposal.text("calls")))).checked == len(waits)


CALLS = """
[call]
call_id = "id"
timestamp = "at"
topic = { first_of = ["analysis.topic", "topic"] }
success = "analysis.succes"
[metadata]
tier = 'plan.tier'
"*" = { column = "custom" }
[transcript]
column = "turns"
"""


async def test_what_is_never_found_is_told(tmp_path: Path) -> None:
    for name, topic in (("a", {"topic": "x"}), ("b", {"plan": {"tier": 1}})):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": name, "at": START, **topic}) + "\n")
    result = await check_file(tmp_path, _options(CALLS))
    assert result.unfound == ("analysis.succes (success)", "turns (transcript)", "custom (*)")
    only = await check_file(tmp_path / "a.jsonl", _options(CALLS))
    assert only.unfound == ("analysis.succes (success)", "plan.tier (tier)", "turns (transcript)", "custom (*)")


def test_a_failure_in_a_sample_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes("Id,When\n".encode("utf-16") + b"1,x\n\xd8")
    with pytest.raises(ImportFailure, match=r"calls\.csv: the text is not utf-16-le"):
        read_sample(Input(path), FileSettings())


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("calls.csv", "Id,Who,When,Topic\n", "no calls: it has no rows. The file was read as CSV, UTF-8"),
        ("calls.json", "[]", "no calls: it has no rows. The file was read as a JSON array"),
        ("calls.json", '[{"Id": "skipped"}]', "no calls: all rows (1) are left out by skip in the mapping"),
        ("calls.json", '[{"id": "1"}, {"id": "2"}]', "no calls: all rows (2) were rejected; a mapping or preset"),
    ],
)
async def test_files_without_calls_are_told(
    sessions: Sessions, project_id: int, tmp_path: Path, name: str, content: str, told: str
) -> None:
    (tmp_path / name).write_text(content)
    mapping = 'skip = [{ column = "Id", equals = "skipped" }]\n' + COLUMNS
    said: list[str] = []
    await check_file(tmp_path / name, _options(mapping, tell=said.append))
    assert [line for line in said if f"{name}: {told}" in line] == said[-1:]
    said.clear()
    await import_file(sessions, project_id, tmp_path / name, _options(mapping, tell=said.append))
    assert f"{name}: {told}" in said[-1]


def _native(folder: Path, delimiter: str, *durations: str) -> Path:
    path = folder / "calls.csv"
    rows = [["call_id", "agent", "timestamp", "duration", "metadata.size", "metrics.wait:numeric"]]
    rows += [[f"c{number}", "Ava", START, duration, "1.205", "0.5"] for number, duration in enumerate(durations)]
    path.write_text("".join(delimiter.join(row) + "\n" for row in rows))
    return path


async def test_a_doubtful_column_of_the_native_format_with_semicolons_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"calls.csv:2:4: duration: '1\.205' can be 1\.205 or 1205"):
        await check_file(_native(tmp_path, ";", "1.205", "2.300"))


@pytest.mark.parametrize(("delimiter", "last"), [(",", "2.300"), (";", "2.3"), (";", "4500")])
async def test_other_columns_of_the_native_format_are_not(tmp_path: Path, delimiter: str, last: str) -> None:
    assert (await check_file(_native(tmp_path, delimiter, "1.205", last))).checked == 2
