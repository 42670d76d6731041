"""Importing JSON lines, end to end."""

import asyncio
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from models.sessions import Sessions
from server.importing import ImportFailure, ImportOptions, ImportResult, batches, import_file
from server.importing.lines import LINE_LIMIT

Write = Callable[[str, bytes], Path]


def line(call_id: str, **values: Any) -> bytes:
    return json.dumps({"call_id": call_id, "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", **values}).encode()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


async def _call_ids(sessions: Sessions, project_id: int) -> list[str]:
    async with sessions.read(project_id) as session:
        return list(await session.scalars(text("select call_id from call_logs order by call_id")))


async def test_importing_twice_changes_nothing_more(sessions: Sessions, project_id: int, write: Write) -> None:
    metrics = [{"metric": "latency", "type": "numeric", "value": 1}]
    path = write("calls.jsonl", b"\xef\xbb\xbf" + line("a", metrics=metrics) + b"\r\n\n  \n" + line("b"))
    assert await import_file(sessions, project_id, path) == ImportResult(2, 0, 0)
    assert await import_file(sessions, project_id, path) == ImportResult(0, 2, 0)
    assert await _call_ids(sessions, project_id) == ["a", "b"]
    async with sessions.read(project_id) as session:
        assert await session.scalar(text("select count(*) from metric_evaluations")) == 1
    assert sorted(file.name for file in path.parent.iterdir()) == ["calls.jsonl"]


async def test_an_import_folds_the_marks_that_it_leaves(
    sessions: Sessions, project_id: int, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 1)
    path = write("calls.jsonl", b"\n".join(line(str(number)) for number in range(6)))
    await import_file(sessions, project_id, path)
    async with sessions.read(project_id) as session:
        marks = await session.execute(text("select changes from change_marks where slot > 0"))
        assert marks.all() == [(6,)]


BAD_LINES = [
    (b'{"call_id": "2",', "2:17: the line is not valid JSON"),
    (b"[1]", "2:1: the line is not a JSON object"),
    (b'{"call_id": "\xff"}', "2:14: byte 0xff is not UTF-8"),
    (line("2", duration=-1), '2:83: /duration: -1 is negative; allowed: a number of seconds, 0 or more'),
    (b'{"a": {"duration": 1}, "duration" : "x", "call_id": "2", "agent": "A", "timestamp": "2026-03-01T09:30:00Z"}',
     "2:37: /duration: 'x' is not a finite number"),
    (line("2", metrics=[{}, {"metric": "m", "type": "rating", "value": 6}]), "2:130: /metrics/1/value: the rating 6"),
    (line("2", topic="a\0"), "2:80: /topic: the string contains a NUL character"),
    (b'{"duration": 1e999}', "2:14: /duration: inf is not a finite number"),
    (b'{"duration": 1e999, "topic": NaN}', "2:14: the line is not valid JSON: number is infinity"),
    (b'{"metadata": {"a": [NaN]}}', "2:21: the line is not valid JSON"),
    (b'{"metadata": {"a": Infinity}}', "2:20: the line is not valid JSON"),
    (b'{"metadata": {"a": 1, "b": [0, 1e400]}}', "2:32: /metadata/b/1: JSON has no NaN and no infinite numbers"),
    (line("2", metadata={"a": -1, "b": 2**64}), "/metadata/b: integers have at most 64 bits; allowed: finite numbers"),
    (line("2", metadata={"a": -(2**63) - 1}), "/metadata/a: integers have at most 64 bits"),
    (line("2", metadata={"a": int("9" * 900)}), "/metadata/a: integers have at most 64 bits"),
    (b'"' + b"x" * 2 * LINE_LIMIT + b'"', f"2:{LINE_LIMIT}: the line is longer than 1,048,576 bytes"),
    (b"[" * 5_000, "the line is not valid JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "report"), BAD_LINES)
async def test_a_bad_line_is_reported_and_the_rest_goes_in(
    sessions: Sessions, project_id: int, write: Write, capsys: pytest.CaptureFixture[str], bad: bytes, report: str
) -> None:
    path = write("calls.jsonl", line("1") + b"\n" + bad + b"\n" + line("3"))
    result = await import_file(sessions, project_id, path)
    assert result == ImportResult(2, 0, 1, (path.with_name("calls.rejected.jsonl"),))
    assert await _call_ids(sessions, project_id) == ["1", "3"]
    assert report in capsys.readouterr().err
    (rejected,) = path.with_name("calls.rejected.jsonl").read_bytes().splitlines()
    assert b"reject_reason" in rejected


async def test_a_mended_reject_file_can_be_imported(sessions: Sessions, project_id: int, write: Write) -> None:
    path = write("calls.jsonl", line("1", duration="12") + b"\n" + line("2", success=1) + b"\n{}\nnonsense")
    first = await import_file(sessions, project_id, path)
    assert first.rejected == 4
    assert first.reject_files
    kept = first.reject_files[0].read_text().splitlines()
    assert json.loads(kept[0])["reject_reason"].startswith("1:")
    first.reject_files[0].write_text(
        "\n".join(kept).replace('"12"', "12").replace("nonsense", line("4").decode().replace('"', '\\"'))
    )
    second = await import_file(sessions, project_id, first.reject_files[0])
    assert (second.created, second.rejected) == (2, 2)
    assert await _call_ids(sessions, project_id) == ["1", "4"]
    assert second.reject_files == (path.with_name("calls.rejected.rejected.jsonl"),)


async def test_a_metric_of_another_type_is_a_bad_line(
    sessions: Sessions, project_id: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        line("a", metrics=[{"metric": "m", "type": "numeric", "value": 1}]),
        line("b", metrics=[{"metric": "m", "type": "binary", "value": True}]),
    ]
    result = await import_file(sessions, project_id, write("calls.jsonl", b"\n".join(lines)))
    assert (result.created, result.rejected) == (1, 1)
    assert "calls.jsonl:2:107: /metrics/0/type: the metric 'm' is of type numeric" in capsys.readouterr().err


async def test_reports_are_bounded_and_the_file_is_not(
    sessions: Sessions, project_id: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("calls.jsonl", line("a") + b"\n" + b"x\n" * 25)
    result = await import_file(sessions, project_id, path)
    reported = capsys.readouterr().err.splitlines()
    assert len(reported) == 21
    assert "5 more rejected lines" in reported[-1]
    assert result.reject_files
    assert len(result.reject_files[0].read_text().splitlines()) == 25


async def test_many_batches(sessions: Sessions, project_id: int, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 7)
    lines = [line(f"c{number % 40}", duration=number) for number in range(100)]
    result = await import_file(sessions, project_id, write("calls.jsonl", b"\n".join(lines)))
    assert result == ImportResult(created=40, updated=60, merged=60)
    async with sessions.read(project_id) as session:
        rows = (await session.execute(text("select call_id, duration from call_logs"))).tuples().all()
    assert dict(rows) == {f"c{number % 40}": float(number) for number in range(100)}


async def test_shift_to_now_keeps_distances(sessions: Sessions, project_id: int, write: Write) -> None:
    times = {"a": "2021-01-01T00:00:00Z", "b": "2021-03-31T17:39:50Z", "c": "2021-03-30T00:00:00+02:00"}
    path = write("calls.jsonl", b"\n".join(line(call_id, timestamp=time) for call_id, time in times.items()) + b"\nx")
    before = datetime.now(UTC)
    result = await import_file(sessions, project_id, path, ImportOptions(shift_to_now=True))
    assert (result.created, result.rejected) == (3, 1)
    async with sessions.read(project_id) as session:
        rows = (await session.execute(text('select call_id, "timestamp" from call_logs'))).tuples().all()
    moved = dict(rows)
    assert before <= moved["b"] <= datetime.now(UTC)
    original = {call_id: datetime.fromisoformat(time) for call_id, time in times.items()}
    assert {call_id: moved["b"] - time for call_id, time in moved.items()} == {
        call_id: original["b"] - time for call_id, time in original.items()
    }


async def test_a_call_that_would_leave_the_calendar_is_a_bad_line(
    sessions: Sessions, project_id: int, write: Write
) -> None:
    lines = [line("a", timestamp="0001-01-02T00:00:00Z"), line("b", timestamp="9999-12-31T00:00:00Z")]
    path = write("calls.jsonl", b"\n".join(lines))
    result = await import_file(sessions, project_id, path, ImportOptions(shift_to_now=True))
    assert (result.created, result.rejected) == (1, 1)


async def test_empty_file(sessions: Sessions, project_id: int, write: Write) -> None:
    for content, message in ((b"", r"the file is empty \(0 bytes\)"), (b" \n\n", "the file has only blank lines")):
        path = write("calls.jsonl", content)
        for options in (ImportOptions(), ImportOptions(shift_to_now=True), ImportOptions(progress=True)):
            with pytest.raises(ImportFailure, match=message):
                await import_file(sessions, project_id, path, options)


async def test_files_that_cannot_be_read(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    for path, message in ((tmp_path / "missing.jsonl", "cannot be read"), (tmp_path, "has no files to import")):
        with pytest.raises(ImportFailure, match=message):
            await import_file(sessions, project_id, path)


async def test_standard_input_cannot_be_shifted(sessions: Sessions, project_id: int) -> None:
    with pytest.raises(ImportFailure, match="cannot be read twice"):
        await import_file(sessions, project_id, Path("-"), ImportOptions(shift_to_now=True))


async def test_memory_does_not_grow_with_the_file(sessions: Sessions, project_id: int, write: Write) -> None:
    """Long lines and many rejects: a few batches' worth of memory, whatever the size of the file."""
    path = write(
        "calls.jsonl",
        line("c") + b"\n" + b"".join(line(f"c{number}", note="x" * 1_000_000) + b"\n" for number in range(100)),
    )
    tracemalloc.start()
    try:
        result = await import_file(sessions, project_id, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.rejected == 100
    assert peak < 60 * 1024 * 1024 < path.stat().st_size


async def test_the_planner_knows_the_tables_afterwards(sessions: Sessions, project_id: int, write: Write) -> None:
    looked = text("select max(last_analyze) from pg_stat_user_tables where relname = 'metric_evaluations'")
    async with sessions.read(project_id) as session:
        before = await session.scalar(text("select clock_timestamp()"))
    await import_file(sessions, project_id, write("calls.jsonl", line("a")))
    for _ in range(50):  # the server tells of it with a delay
        async with sessions.read(project_id) as session:
            at = await session.scalar(looked)
        if at and at > before:
            return
        await asyncio.sleep(0.1)
    pytest.fail("metric_evaluations was not analyzed")


async def test_housekeeping_does_not_decide_whether_an_import_succeeds(
    engine: AsyncEngine, project_id: int, write: Write
) -> None:
    path = write("calls.jsonl", b"\n".join(line(f"c{number}") for number in range(3)))
    async with engine.begin() as other:
        # ANALYZE waits for this lock, and writes do not.
        await other.execute(text("lock table call_feedback in share update exclusive mode"))
        hurried = Sessions(engine, statement_timeout=timedelta(seconds=1))
        with capture_logs() as logs:
            result = await import_file(hurried, project_id, path)
    assert result == ImportResult(created=3, updated=0, rejected=0)
    (failed,) = [log for log in logs if log["event"] == "housekeeping after an import failed"]
    assert "statement timeout" in failed["reason"]
