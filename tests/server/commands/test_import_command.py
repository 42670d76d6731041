"""``dialboard import`` as a user calls it: its options, what it tells, and dry runs, which need no database."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.server.commands.command_line import RUN, CommandLine
from tests.server.importing.formats import COLUMNS, START, call, lines, row, table

pytestmark = pytest.mark.processes


@pytest.fixture
def dialboard(tmp_path: Path) -> CommandLine:
    """Where there is no database: whatever asks for one fails."""
    (tmp_path / "map.toml").write_text(COLUMNS)
    return CommandLine(tmp_path, DATABASE_URL="postgresql+psycopg://nobody@/nothing?host=/nowhere")


def _counts(output: str) -> str:
    return output.splitlines()[0]


def test_a_dry_run(dialboard: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(lines(3) + "x\n" + lines(1))
    run = dialboard.run_here("import", "calls.jsonl", "--dry-run")
    assert (run.returncode, _counts(run.stdout)) == (
        1,
        "4 checked, 1 rejected, 1 merged (1 rows have the id of an earlier row of their file: they are one call); "
        "nothing was written",
    )
    assert run.stderr.splitlines()[0] == "calls.jsonl: JSON lines"
    assert run.stderr.splitlines()[1].startswith("calls.jsonl:4:1: the line is not valid JSON")
    as_json = dialboard.run_here("import", "calls.jsonl", "--dry-run", "--json")
    span = {"from": START, "to": START}
    assert json.loads(as_json.stdout) == {
        "checked": 4,
        "rejected": 1,
        "skipped": 0,
        "merged": 1,
        "joined": 0,
        "without_agent": 0,
        "span": span,
        "metrics": [],
        "agents": [],
        "unfound": [],
        "unread_sheets": [],
    }
    assert sorted(file.name for file in tmp_path.iterdir()) == ["calls.jsonl", "map.toml"]


@pytest.mark.parametrize(
    ("name", "content", "options", "told"),
    [
        ("a.txt", table(row(0), delimiter="/"), ("--delimiter", "/"), "CSV, UTF-8, delimiter '/', 4 columns"),
        ("a.txt", table(row(0), delimiter="\t"), ("--delimiter", "tab"), "CSV, UTF-8, delimiter tab, 4 columns"),
        (
            "a.txt",
            table(row(0)).partition("\n")[2],
            ("--names", "Id,Who,When,Topic"),
            "CSV, UTF-8, delimiter comma, no header, 4 columns",
        ),
        (
            "a.txt",
            "x\n" + table(row(0)),
            ("--skip-lines", "1", "--quote", "none"),
            "CSV, UTF-8, delimiter comma, no quotes, header in line 2, 4 columns",
        ),
        (
            "a.txt",
            table(row(0, "Я")).encode("cp1251"),
            ("--encoding", "cp1251"),
            "CSV, cp1251, delimiter comma, 4 columns",
        ),
        (
            "a.json",
            json.dumps({"a": [], "b": {"c": [dict(zip(("Id", "Who", "When"), row(0), strict=False))]}}),
            ("--list", "b.c"),
            "JSON, list b.c",
        ),
        ("a.txt", table(row(0)), ("--format", "csv"), "CSV, UTF-8, delimiter comma, 4 columns"),
    ],
)
def test_every_part_can_be_set(
    dialboard: CommandLine, tmp_path: Path, name: str, content: str | bytes, options: tuple[str, ...], told: str
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    run = dialboard.run_here("import", name, "--map", "map.toml", "--dry-run", *options)
    assert (run.returncode, _counts(run.stdout)) == (0, "1 checked, 0 rejected; nothing was written"), run.stderr
    assert run.stderr == f"{name}: {told}\n"


def test_a_sheet_can_be_set(dialboard: CommandLine, tmp_path: Path) -> None:
    book = Workbook()
    for title in ("A", "B"):
        sheet = book.create_sheet(title)
        for cells in (["Id", "Who", "When", "Topic"], row(0)):
            sheet.append(cells)
    book.save(tmp_path / "a.xlsx")
    for given in ("B", "3"):
        run = dialboard.run_here("import", "a.xlsx", "--map", "map.toml", "--dry-run", "--sheet", given)
        assert run.stderr == "a.xlsx: Excel workbook, sheet 'B', 4 columns\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--delimiter", "ab"), "delimiter 'ab' is not valid: it must be one character"),
        (("--encoding", "klingon"), "encoding 'klingon' is not valid: allowed: the name of an encoding"),
        (("--quote", "ab"), "quote 'ab' is not valid"),
        (("--names", "a,a"), "names ['a', 'a'] is not valid"),
        (("--list", "a[0]"), "list 'a[0]' is not valid"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--skip-lines", "-1"), "'--skip-lines'"),
    ],
)
def test_options_that_are_not_valid(
    dialboard: CommandLine, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.csv").write_text(table(row(0)))
    run = dialboard.run_here("import", "a.csv", "--dry-run", *options)
    assert run.returncode == 2
    assert message in " ".join(run.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("empty.csv", "empty.csv: the file is empty (0 bytes); export it again"),
        ("*.xml", "*.xml: no file matches this pattern"),
        ("folder", "the folder folder has no files to import; allowed: files whose names end in .csv"),
    ],
)
def test_what_cannot_be_imported_is_one_line(dialboard: CommandLine, tmp_path: Path, file: str, message: str) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    run = dialboard.run_here("import", file, "--dry-run")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"dialboard: {message}")
    assert len(run.stderr.splitlines()) == 1


def test_sheets_that_are_not_read_are_told(dialboard: CommandLine, tmp_path: Path) -> None:
    book = Workbook()
    for title, cells in (("A", row(0)), ("Empty", []), ("B", row(1)), ("Hidden", row(2))):
        sheet = book.create_sheet(title)
        for line in [["Id", "Who", "When", "Topic"], cells] if cells else []:
            sheet.append(line)
    book["Hidden"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    run = dialboard.run_here("import", "a.xlsx", "--map", "map.toml", "--dry-run")
    told = "Not read: 2 sheets with rows, 'B', 'Hidden'; --sheet NAME reads another"
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, told)
    as_json = dialboard.run_here("import", "a.xlsx", "--map", "map.toml", "--dry-run", "--json")
    assert json.loads(as_json.stdout)["unread_sheets"] == ["B", "Hidden"]
    given = dialboard.run_here("import", "a.xlsx", "--map", "map.toml", "--dry-run", "--sheet", "A")
    assert "Not read" not in given.stdout


def _workbook() -> bytes:
    from io import BytesIO

    book, written = Workbook(), BytesIO()
    for cells in (["call_id", "agent", "timestamp"], ["c0", "Ava", START]):
        book.worksheets[0].append(cells)
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(lines(1).encode()), "gzip, JSON lines"),
        (json.dumps({"calls": [call(0)]}, indent=1).encode(), "a JSON document, list calls"),
        (
            f"call_id;agent;timestamp\nc0;Jörg Müller;{START}\n".encode("cp1252"),
            "CSV, cp1252 (guessed), delimiter semicolon, 3 columns",
        ),
        (_workbook(), "Excel workbook, sheet 'Sheet', 3 columns"),
    ],
    ids=["gzip", "document", "csv", "workbook"],
)
def test_standard_input_in_any_format(dialboard: CommandLine, content: bytes, told: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", RUN, "import", "-", "--dry-run"],
        env=dialboard.environment,
        cwd=dialboard.folder,
        input=content,
        capture_output=True,
        timeout=120,
    )
    assert _counts(process.stdout.decode()) == "1 checked, 0 rejected; nothing was written", process.stderr.decode()
    assert process.stderr.decode() == f"-: {told}\n"
