"""Importing CSV, end to end, with and without a mapping."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models.sessions import Sessions
from server.importing import ImportFailure, ImportOptions, ImportResult, import_file

CALL_CENTER_MAPPING = Path(__file__).parents[3] / "examples" / "call_center_2021.toml"
CALL_CENTER_HEADER = (
    "Call Id,Agent,Date,Time,Topic,Answered (Y/N),Resolved,"
    "Speed of answer in seconds,AvgTalkDuration,Satisfaction rating\n"
)
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


async def _rows(sessions: Sessions, project_id: int, statement: str) -> list[tuple[Any, ...]]:
    async with sessions.read(project_id) as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def test_the_example_mapping(sessions: Sessions, project_id: int, write: Write) -> None:
    path = write(
        "calls.csv",
        CALL_CENTER_HEADER
        + "ID1,Diane,2021-01-01,09:12:58,Contract related,Y,Y,109,00:02:23,3\n"
        + "ID2,Becky,2021-01-01,09:47:31,Technical Support,Y,N,70,01:04:02,5\n"
        + "ID3,Stewart,2021-03-31,10:00:29,Technical Support,N,N,,,\n",
    )
    options = ImportOptions(mapping=CALL_CENTER_MAPPING)
    assert await import_file(sessions, project_id, path, options) == ImportResult(3, 0, 0)
    calls = """
        select call_id, agent_name, timestamp, topic, success, call_ended_reason, duration, metadata
        from call_logs join agents on agents.id = agent_id order by call_id
    """
    source = {"source": "call_center_2021"}
    first, second = datetime(2021, 1, 1, 9, 12, 58, tzinfo=UTC), datetime(2021, 1, 1, 9, 47, 31, tzinfo=UTC)
    third = datetime(2021, 3, 31, 10, 0, 29, tzinfo=UTC)
    assert await _rows(sessions, project_id, calls) == [
        ("ID1", "Diane", first, "Contract related", True, "answered", 143.0, source),
        ("ID2", "Becky", second, "Technical Support", False, "answered", 3842.0, source),
        ("ID3", "Stewart", third, "Technical Support", False, "not_answered", None, source),
    ]
    values = """
        select call_id, name, evaluation_type, number_value from metric_evaluations
        join metrics on metrics.id = metric_id join call_logs on call_logs.id = call_log_id order by call_id, name
    """
    assert await _rows(sessions, project_id, values) == [
        ("ID1", "satisfaction", "rating", 3.0),
        ("ID1", "speed_of_answer", "numeric", 109.0),
        ("ID2", "satisfaction", "rating", 5.0),
        ("ID2", "speed_of_answer", "numeric", 70.0),
    ]


async def test_bad_rows_of_the_example(
    sessions: Sessions, project_id: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        "calls.csv",
        CALL_CENTER_HEADER
        + "ID1,Diane,2021-13-01,09:12:58,Contract related,Y,Y,109,00:02:23,3\n"
        + "ID2,Diane,2021-01-01,09:12:58,Contract related,?,Y,fast,2 min,6\n"
        + "ID3,Diane,2021-01-01,09:12:58,Contract related,Y,Y,109,00:02:23,6\n"
        + ",Diane,2021-01-01,09:12:58,Contract related,Y,Y,109,00:02:23,3\n"
        + "ID5,Diane,2021-01-01,,Contract related,Y,Y,109,00:02:23,3\n"
        + "ID6,Diane\n"
        + "ID7,Diane,2021-01-01,09:12:58,Contract related,Y,Y,109,00:02:23,3\n",
    )
    result = await import_file(sessions, project_id, path, ImportOptions(mapping=CALL_CENTER_MAPPING))
    assert (result.created, result.rejected) == (1, 6)
    reports = [report.removeprefix(f"{path}:") for report in capsys.readouterr().err.splitlines()]
    expected = [
        "2:3: Date and Time: '2021-13-01 09:12:58' is not a valid time",
        "3:6: Answered (Y/N): '?' is not in the mapping's table of values; allowed: Y, N",
        "3:9: AvgTalkDuration: '2 min' is not a duration as HH:MM:SS",
        "3:8: Speed of answer in seconds: 'fast' is not a number",
        "4:10: Satisfaction rating: the rating 6.0 is out of range; allowed: a number from 0 to 5",
        "5:1: Call Id: it is missing",
        "6:3: Date and Time: it is missing",
        "7:3: the row has 2 cells; expected 10, like the header",
    ]
    assert len(reports) == len(expected)
    assert all(report.startswith(start) for report, start in zip(reports, expected, strict=True)), reports


NATIVE_HEADER = "call_id,agent,timestamp,duration,success,topic,metadata.region,metrics.stars:rating\n"
START = "2026-03-01T09:30:00Z"


async def test_native_header_needs_no_mapping(sessions: Sessions, project_id: int, write: Write) -> None:
    content = f'{NATIVE_HEADER}1,Ava,{START},1.5,TRUE,"two\r\nlines, ""quoted""",EU,4\r\n\r\n2,"Ávila",{START},,,,,\r\n'
    path = write("calls.csv", b"\xef\xbb\xbf" + content.encode())
    assert await import_file(sessions, project_id, path) == ImportResult(2, 0, 0)
    calls = """
        select call_id, agent_name, duration, success, topic, metadata
        from call_logs join agents on agents.id = agent_id order by call_id
    """
    assert await _rows(sessions, project_id, calls) == [
        ("1", "Ava", 1.5, True, 'two\r\nlines, "quoted"', {"region": "EU"}),
        ("2", "Ávila", None, None, None, {}),
    ]
    assert await _rows(sessions, project_id, "select number_value from metric_evaluations") == [(4.0,)]


async def test_broken_rows_do_not_take_others_with_them(
    sessions: Sessions, project_id: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"1,Zoë Çelik,{START},,,ok,,".encode(),
        f'2,Ava,{START},,,"left open,,'.encode(),
        f"3,Ava,{START},,,ok,,".encode(),
        f"4,Ava,{START},,,\xff,,".encode("latin-1"),
        f'5,Ava,{START},,,"ok",,'.encode(),
        f"6,Ava,{START},,,too,many,cells,here".encode(),
        f'7,Ava,{START},,,"never closed,,'.encode(),
        f"8,Ava,{START},,,ok,,".encode(),
    ]
    path = write("calls.csv", NATIVE_HEADER.encode() + b"\n".join(rows))
    result = await import_file(sessions, project_id, path)
    stored = [row[0] for row in await _rows(sessions, project_id, "select call_id from call_logs order by call_id")]
    assert stored == ["1", "3", "5", "8"]
    assert result == ImportResult(4, 0, 4, (path.with_name("calls.rejected.csv"),))
    reports = capsys.readouterr().err
    bad = "the row is not valid CSV"
    for report in (f":3:1: {bad}", ":5:6: the cell is not UTF-8", ":7:9: the row has 9 cells", f":8:1: {bad}"):
        assert f"{path}{report}" in reports


async def test_a_mended_reject_file_can_be_imported(sessions: Sessions, project_id: int, write: Write) -> None:
    rows = f'1,Ava,{START},x,,"a, b",EU,4\n2,Ava,{START},1\n3,Ava,{START},1,maybe,,,\n'
    first = await import_file(sessions, project_id, write("calls.csv", NATIVE_HEADER + rows))
    assert first.rejected == 3
    assert first.reject_files
    kept = first.reject_files[0].read_text()
    assert kept.startswith(f"reject_reason,{NATIVE_HEADER}")
    first.reject_files[0].write_text(kept.replace(f"{START},x,", f"{START},7,"))
    second = await import_file(sessions, project_id, first.reject_files[0])
    assert (second.created, second.rejected) == (1, 2)
    assert second.reject_files
    again = second.reject_files[0].read_text()
    assert again.startswith(f"reject_reason,{NATIVE_HEADER}")
    assert again.endswith(f",3,Ava,{START},1,maybe,,,\n")
    assert again.count("the row has 4 cells") == 0
    assert f"2,Ava,{START},1\n" in again


async def test_mapping_of_every_kind(sessions: Sessions, project_id: int, write: Write) -> None:
    mapping = write(
        "map.toml",
        """
        delimiter = ";"
        null = ["N/A", "-"]
        [call]
        call_id = "id"
        agent = { constant = "Front desk" }
        timestamp = { column = "when", format = "%d.%m.%Y %H:%M", time_zone = "Europe/Berlin" }
        duration = { column = "ms", unit = "milliseconds" }
        success = { column = "ok", values = { yes = true, no = false } }
        is_reviewed = { constant = true }
        [metadata]
        region = "where"
        floor = { constant = 3 }
        [metrics.goal]
        column = "goal"
        type = "binary"
        values = { "1" = true, "0" = false }
        [metrics.mood]
        column = "mood"
        type = "enum"
        """,
    )
    path = write(
        "calls.txt",
        "id;when;ms;ok;where;goal;mood;unused\n"
        "a;01.07.2026 12:00;1500;yes;EU;1;good;x\n"
        "b;01.01.2026 12:00;-;N/A;N/A;0;N/A;\n",
    )
    assert await import_file(sessions, project_id, path, ImportOptions(mapping=mapping)) == ImportResult(2, 0, 0)
    calls = """
        select call_id, agent_name, timestamp, duration, success, is_reviewed, metadata
        from call_logs join agents on agents.id = agent_id order by call_id
    """
    summer, winter = datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert await _rows(sessions, project_id, calls) == [
        ("a", "Front desk", summer, 1.5, True, True, {"region": "EU", "floor": 3}),
        ("b", "Front desk", winter, None, None, True, {"floor": 3}),
    ]
    values = "select boolean_value, text_value from metric_evaluations order by call_log_id, metric_id"
    assert sorted(await _rows(sessions, project_id, values), key=str) == [(False, None), (None, "good"), (True, None)]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Call,agent,timestamp", r"unknown columns 'Call'; column call_id is missing\. Allowed .*--map"),
        ("call_id,agent", "column timestamp is missing"),
        ("call_id,agent,timestamp,topic,topic", "several columns are named 'topic'"),
        ("call_id,agent,timestamp,metrics.m:stars", "unknown columns 'metrics.m:stars'"),
        (b"call_id,agent,timestamp,\xcf\xee\xe0", "its encoding cannot be determined reliably: the line is"),
        ('"call_id', "the header: the row is not valid CSV"),
        ("call_id;agent", r"column timestamp is missing.*\(read as CSV, UTF-8, delimiter semicolon\)"),
    ],
)
async def test_headers_that_do_not_fit(
    sessions: Sessions, project_id: int, write: Write, header: str | bytes, message: str
) -> None:
    with pytest.raises(ImportFailure, match=message):
        await import_file(sessions, project_id, write("calls.csv", header))


async def test_a_column_that_the_mapping_names_and_the_file_lacks(
    sessions: Sessions, project_id: int, write: Write
) -> None:
    path = write("calls.csv", CALL_CENTER_HEADER.replace("Resolved", "resolved?"))
    with pytest.raises(
        ImportFailure, match=r"column 'Resolved' is missing \(did you mean 'resolved\?'\?\)\. The header has: "
    ):
        await import_file(sessions, project_id, path, ImportOptions(mapping=CALL_CENTER_MAPPING))


@pytest.mark.parametrize("content", [NATIVE_HEADER, NATIVE_HEADER + "\n\n"])
async def test_nothing_in_the_file(sessions: Sessions, project_id: int, write: Write, content: str) -> None:
    assert await import_file(sessions, project_id, write("calls.csv", content)) == ImportResult(0, 0, 0)
