"""Whatever a file holds: each line becomes a call or is told why not, and what is checked can be stored."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, note
from hypothesis import strategies as st

from models import CallLog
from models.sessions import Sessions
from server.importing import FileSettings, ImportFailure, ImportOptions, import_file
from server.importing.mapping_file import read_mapping
from server.importing.outcome import ImportFormat
from server.importing.reading import Reading
from server.importing.source import open_source
from tests.fuzzing import ODD_NUMBERS, json_values, mutated, texts, trying
from tests.imports import ROOT

pytestmark = pytest.mark.fuzz

MAPPING = ROOT / "examples" / "call_center_2021.toml"
FILES = (
    b'{"call_id": "1", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "duration": 1e2, "success": true}\n'
    b'{"call_id": "2", "agent": "Bo", "timestamp": "2026-03-01T09:30:00+05:30", "metadata": {"a": {"b": [1, null]}},'
    b' "metrics": [{"metric": "m", "type": "rating", "value": 4}], "transcript": [{"role": "user", "text": "Hi"}]}\n'
    b'\n{"reject_reason": "1:1: x", "reject_line": "{\\"call_id\\": 7"}\n',
    b"call_id,agent,timestamp,duration,success,metadata.region\n1,Ava,2026-03-01T09:30:00Z,12.5,true,EU\n"
    b'2,"Bo ""B""",2026-03-01T09:30:00Z,,,"a\nb"\n',
    b"reject_reason,call_id,agent,timestamp\n2:3: wrong,1,Ava,2026-03-01\n",
    b"Call Id,Agent,Date,Time,Topic,Answered (Y/N),Resolved,"
    b"Speed of answer in seconds,AvgTalkDuration,Satisfaction rating\n"
    b"ID1,Diane,2021-01-01,09:12:58,Contract related,Y,Y,109,00:02:23,3\nID3,Stewart,2021-03-31,10:00:29,Tech,N,N,,,\n",
)
PIECES = (
    b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b"\0", b"\\u0000", b"\\ud800",
    b"1e999", b"9" * 400, b"[" * 300, b"{", b"}", b"NaN", b"null", b'"a": 1, "a": 2', b"\x1f\x8b\x08", b"2026-02-30",
    b"99:99:99", b"\x0b", b"\x1c", b"\xc2\x85", b"\xe2\x80\xa8",
)  # fmt: skip


def _read(path: Path, mapping: Any, format: ImportFormat | None, rejects: Path) -> list[Reading]:
    """What a file's rows are; the rejected ones are written to a file."""
    with open_source(path, mapping, FileSettings(format=format)) as source:
        readings = list(source.rows.readings())
        kept = source.rows.reject_file(rejects)
        for reading in readings:
            if reading.record is None:
                kept.add(reading, f"{reading.line}:{reading.faults[0].reason}")
        kept.close()
        return readings


@given(content=mutated(FILES, PIECES), is_mapped=st.booleans(), format=st.sampled_from((None, *ImportFormat)))
@trying(300)
def test_any_bytes(tmp_path: Path, content: bytes, is_mapped: bool, format: ImportFormat | None) -> None:
    path = tmp_path / "calls"
    path.write_bytes(content)
    mapping = read_mapping(MAPPING) if is_mapped else None
    rejects = tmp_path / "rejects"
    try:
        readings = _read(path, mapping, format, rejects)
    except ImportFailure:
        return
    for reading in readings:
        assert (reading.record is None) == bool(reading.faults)
        assert all(fault.column >= 1 and fault.reason for fault in reading.faults)
    places = [(reading.line, reading.column) for reading in readings]
    assert places == sorted(set(places))
    if any(reading.record is None for reading in readings):
        note(repr(rejects.read_bytes()))
        again = _read(rejects, mapping, format, path)
        assert [reading.record for reading in again] == [None] * sum(reading.record is None for reading in readings)


TIMES = ("2026-03-01T09:30:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2026-03-01", "now")
CALLS = st.fixed_dictionaries(
    {
        "call_id": st.one_of(st.text(min_size=1, max_size=10), json_values()),
        "agent": st.one_of(st.sampled_from(("Ava", "Bo")), texts),
        "timestamp": st.one_of(st.sampled_from(TIMES), st.datetimes().map(lambda at: f"{at.isoformat()}Z")),
    },
    optional={
        "duration": st.one_of(st.floats(), st.sampled_from(ODD_NUMBERS)),
        "success": st.one_of(st.booleans(), st.none()),
        "topic": texts,
        "call_ended_reason": texts,
        "customer_number": texts,
        "dropoff_point": texts,
        "metadata": st.one_of(st.dictionaries(texts, json_values(), max_size=3), json_values()),
        "metrics": st.lists(
            st.fixed_dictionaries(
                {
                    "metric": st.one_of(st.sampled_from(("m", "n")), texts),
                    "type": st.sampled_from(("numeric", "rating", "binary", "enum")),
                },
                optional={"value": st.one_of(st.floats(), st.integers(-1, 6), st.booleans(), texts)},
            ),
            max_size=3,
        ),
        "transcript": st.lists(
            st.fixed_dictionaries({"role": st.sampled_from(("agent", "user", "customer")), "text": texts}), max_size=3
        ),
        "feedback": st.fixed_dictionaries({}, optional={"rating": st.integers(-1, 6), "comment": texts}),
    },
)  # fmt: skip


def _column(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@given(calls=st.lists(CALLS, min_size=1, max_size=5), is_csv=st.booleans())
@trying(60)
async def test_nearly_valid_calls(
    sessions: Sessions, project_id: int, tmp_path: Path, calls: list[dict[str, Any]], is_csv: bool
) -> None:
    path = tmp_path / ("calls.csv" if is_csv else "calls.jsonl")
    content = io.StringIO(newline="")
    if is_csv:
        names = sorted({name for call in calls for name in call} - {"metadata", "metrics", "transcript", "feedback"})
        writer = csv.writer(content)
        writer.writerow(names)
        writer.writerows([[_column(call.get(name, "")) for name in names] for call in calls])
    else:
        content.writelines(f"{json.dumps(call)}\n" for call in calls)
    path.write_bytes(content.getvalue().encode(errors="surrogatepass"))
    try:
        result = await import_file(sessions, project_id, path, ImportOptions())
    except ImportFailure:
        if not is_csv:
            raise
        return
    if not is_csv:
        assert result.created + result.updated + result.rejected <= len(calls)
    async with sessions.read(project_id) as session:
        counting = sa.select(sa.func.count()).select_from(CallLog).where(CallLog.project_id == project_id)
        assert (await session.scalar(counting) or 0) >= (result.created > 0)
