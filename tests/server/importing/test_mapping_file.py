"""Mapping files: what is wrong in one, and where."""

import re
from pathlib import Path

import pytest

from models.call_record import CallFault
from server.importing import ImportFailure, ImportFormat
from server.importing.conversion import Converted, PointedFault
from server.importing.file_settings import FILE_KEYS
from server.importing.legs import JOIN_RULES
from server.importing.mapping import FileSettings
from server.importing.mapping_file import parse_mapping, read_mapping
from server.importing.values.durations import DURATION_UNITS
from server.importing.values.times import NAMED_FORMATS
from tests.imports import ROOT

GOOD = {"call_id": '"id"', "agent": '"who"', "timestamp": '"when"'}


def _call(**changes: str) -> str:
    return "[call]\n" + "\n".join(f"{key} = {value}" for key, value in (GOOD | changes).items())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[call", "the mapping is not TOML"),
        ("delimeter = ';'\n" + _call(), "unknown key delimeter; did you mean delimiter?; allowed: format, "),
        ("delimiter = ';;'\n" + _call(), "delimiter ';;' is not valid: it must be one character"),
        ("format = 'xml'\n" + _call(), "format 'xml' is not valid: allowed: jsonl, json, csv, xlsx, parquet"),
        ("encoding = 'utf-9'\n" + _call(), "encoding 'utf-9' is not valid: allowed: the name of an encoding"),
        ("quote = 'ab'\n" + _call(), "quote 'ab' is not valid: it must be one character"),
        ("skip_lines = -1\n" + _call(), "skip_lines -1 is not valid: it must be a number of lines"),
        (
            "names = ['a', 'a']\n" + _call(),
            "names ['a', 'a'] is not valid: it must be a list of strings, all different",
        ),
        ("list = 'a[0]'\n" + _call(), "list 'a[0]' is not valid: it must be keys separated by dots"),
        ("list = 'a..b'\n" + _call(), "list 'a..b' is not valid: 'a..b' is not a valid path at '..b'"),
        ("sheet = 0\n" + _call(), "sheet 0 is not valid: it must be the name of a sheet, or its number from 1"),
        ("null = 1\n" + _call(), "null must be a list of strings"),
        ("call = 1", "call must be a table"),
        ("", "call.call_id is missing; it is required"),
        (_call(agnet='"x"'), "unknown key call.agnet; did you mean agent?"),
        (_call(metadata='"x"'), "unknown key call.metadata"),
        (_call(topic="1"), "call.topic must be a column's name or a path, or a table of column, "),
        (_call(topic='{colum = "x"}'), "unknown key call.topic.colum; did you mean column?"),
        (_call(topic="{}"), "call.topic must have exactly one of column, columns, first_of, constant"),
        (_call(topic='{column = "x", constant = "y"}'), "call.topic must have exactly one of column, columns"),
        (_call(topic="{column = 1}"), "call.topic.column must be the name of a column"),
        (_call(topic="{constant = []}"), "call.topic.constant must be a string, a number or a boolean"),
        (_call(topic="{constant = nan}"), "call.topic.constant is nan; JSON has no NaN and no infinite numbers"),
        (_call() + "\n[metadata]\na = {constant = 1e400}", "metadata.a.constant is inf; JSON has no NaN"),
        (_call() + f"\n[metadata]\na = {{constant = {2**64}}}", "; integers have at most 64 bits"),
        (
            _call() + "\n[metadata]\na = {column = 'x', values = {b = 1, c = -inf}}",
            "metadata.a.values.c is -inf; JSON has",
        ),
        (_call(topic='{column = "x", values = []}'), "call.topic.values must be a table"),
        (_call(topic='{column = "x", values = {a = []}}'), "call.topic.values must be a table"),
        (_call(duration='{column = "x", unit = "weeks"}'), "call.duration.unit is 'weeks'; allowed: seconds, "),
        (_call(timestamp="{}"), "call.timestamp must have exactly one of column, columns, first_of"),
        (_call(timestamp='{columns = ["a", 1]}'), "call.timestamp.columns must be a list of names of columns"),
        (_call(timestamp='{constant = "x"}'), "unknown key call.timestamp.constant"),
        (_call(timestamp='{column = "x", format = 1}'), "call.timestamp.format must be one of rfc3339, rfc2822, "),
        (_call(timestamp='{column = "x", format = "%Y-%m-%d"}'), "call.timestamp.time_zone is missing: the format"),
        (_call(timestamp='{column = "x", format = "excel"}'), "call.timestamp.time_zone is missing: the format"),
        (_call(timestamp='{column = "x", format = "%Y"}'), "call.timestamp.format '%Y' cannot be used: it has no date"),
        (
            _call(timestamp='{column = "x", format = "%d.%m.%Y %H:%M %p", time_zone = "UTC"}'),
            "cannot be used: %p (AM or PM) has no effect with %H; use %I, the hour from 1 to 12",
        ),
        (
            _call(timestamp='{column = "x", format = "%d.%m.%Y %I:%M", time_zone = "UTC"}'),
            "cannot be used: %I, the hour from 1 to 12, needs %p (AM or PM)",
        ),
        (_call(timestamp='{column = "x", format = "%H:%M", time_zone = "UTC"}'), "cannot be used: it has no year"),
        (_call(timestamp='{column = "x", format = "%m %d", time_zone = "UTC"}'), "cannot be used: it has no year"),
        (_call(timestamp='{column = "x", format = "%c", time_zone = "UTC"}'), "%c is not supported; allowed: %Y, %y"),
        (_call(timestamp='{column = "x", time_zone = "Mars"}'), "call.timestamp.time_zone 'Mars' is unknown"),
        (_call() + "\n[metrics]\nm = 'x'", "metrics.m must be a table of type, column"),
        (_call() + "\n[metrics.m]\ncolumn = 'x'", "metrics.m.type is None; allowed: binary, numeric, rating, enum"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(content)
    with pytest.raises(ImportFailure) as caught:
        read_mapping(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_all_faults_are_collected(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('x = 1\n[call]\nagent = "a"\nduration = {column = "d", unit = "weeks"}')
    with pytest.raises(ImportFailure) as caught:
        read_mapping(path)
    assert len(str(caught.value).splitlines()) == 4


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match="the mapping cannot be read"):
        read_mapping(tmp_path / "map.toml")


def test_what_is_said_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    head = """
    format = "csv"
    encoding = "Latin-1"
    delimiter = "\\t"
    quote = ""
    skip_lines = 2
    names = ["id", "who", "when"]
    list = 'data."a.b"'
    sheet = "Calls"
    """
    path.write_text(head + _call())
    assert read_mapping(path).file == FileSettings(
        format=ImportFormat.CSV,
        encoding="iso8859-1",
        delimiter="\t",
        quote="",
        skip_lines=2,
        names=("id", "who", "when"),
        list=("data", "a.b"),
        sheet="Calls",
    )
    path.write_text("list = ''\n" + _call())
    assert read_mapping(path).file == FileSettings(list=())


def test_documents_are_read_by_paths(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(_call(topic='"analysis.topic"', success='"tests[name=ok].passed"'))
    conversion = read_mapping(path).for_documents()
    row = {
        "id": 7,
        "who": "Ava",
        "when": "2026-03-01T09:30:00Z",
        "analysis": {"topic": "billing"},
        "tests": [{"name": "x"}, {"name": "ok", "passed": "maybe"}],
    }
    assert conversion.convert(row) == Converted(
        {
            "call_id": "7",
            "agent": "Ava",
            "timestamp": "2026-03-01T09:30:00Z",
            "topic": "billing",
            "metadata": {},
            "metrics": [],
        },
        (PointedFault("/tests/1/passed", conversion.convert(row).faults[0].reason),),
    )
    assert conversion.placed(row, [CallFault("/topic", "it is dull", "better ones")]) == (
        PointedFault("/analysis/topic", "analysis.topic: it is dull; allowed: better ones"),
    )


PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")


def test_the_mappings_of_the_documentation_can_be_read() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    whole = [block for block in blocks if "[call]" in block]
    assert len(whole) == 2
    for block in whole:
        parse_mapping(block, "docs")
    parts = [block for block in blocks if "[call]" not in block]
    for part in parts:
        parse_mapping(f"{part}\n{_call()}", "docs")
    assert len(parts) == 3


def test_the_documentation_lists_all_forms() -> None:
    assert [name for name in (*DURATION_UNITS, *NAMED_FORMATS, *FILE_KEYS) if f"`{name}`" not in PAGE] == []
    assert [rule for rules in JOIN_RULES.values() for rule in rules if f"`{rule}`" not in PAGE] == []


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_the_examples_can_be_read(path: Path) -> None:
    assert read_mapping(path).rules.targets
