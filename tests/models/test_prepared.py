"""Making records ready to be stored, without a database."""

from typing import Any

import pytest

from models.call_record import CallRecord, parse_call
from models.ingest import prepare
from models.types import EvaluationType

pytestmark = pytest.mark.pure


def _call(call_id: str, agent: str, *metrics: dict[str, Any], **values: Any) -> CallRecord:
    given = {"call_id": call_id, "agent": agent, "timestamp": "2026-03-01T09:30:00Z", "metrics": list(metrics)}
    return parse_call({**given, **values})


def _metric(name: str, type_: str, value: object) -> dict[str, Any]:
    return {"metric": name, "type": type_, "value": value}


def test_names_stand_in_the_texts_by_their_places() -> None:
    prepared = prepare(
        [
            _call("a", "Mia", _metric("mood", "enum", "good"), _metric("wait", "numeric", 2)),
            _call("b", "Ava", _metric("wait", "numeric", None), _metric("mood", "enum", "bad\tday")),
            _call("c", "Mia", _metric("mood", "enum", "good")),
        ]
    )
    assert prepared.agents == ("Mia", "Ava")
    assert [*prepared.types.items()] == [("mood", EvaluationType.ENUM), ("wait", EvaluationType.NUMERIC)]
    assert prepared.is_agreed
    assert [*prepared.enum_values["mood"]] == ["good", "bad\tday"]
    calls = [line.split("\t")[:3] for line in b"".join(prepared.call_texts).decode().splitlines()]
    assert calls == [["0", "a", "1"], ["1", "b", "2"], ["2", "c", "1"]]
    assert b"".join(prepared.value_texts).decode().splitlines() == [
        "0\t1\t\\N\t\\N\tgood",
        "0\t2\t2.0\t\\N\t\\N",
        "1\t2\t\\N\t\\N\t\\N",
        "1\t1\t\\N\t\\N\tbad\\tday",
        "2\t1\t\\N\t\\N\tgood",
    ]


def test_records_of_one_call_become_one_but_all_their_names_count() -> None:
    first = _call("a", "Mia", _metric("mood", "enum", "good"))
    second = _call("a", "Ava", _metric("mood", "numeric", 3))
    prepared = prepare([first, second])
    assert [call.agent for call in prepared.calls] == ["Ava"]
    assert prepared.agents == ("Mia", "Ava")
    assert not prepared.is_agreed
    assert [*prepared.enum_values["mood"]] == ["good"]
    assert b"".join(prepared.value_texts) == b"0\t1\t3.0\t\\N\t\\N\n"


def test_texts_come_in_pieces_of_whole_lines() -> None:
    prepared = prepare([_call(f"c{number}", "Ava", topic="ü" * 900) for number in range(300)])
    assert len(prepared.call_texts) > 3
    assert all(piece.endswith(b"\n") for piece in prepared.call_texts)
    assert max(map(len, prepared.call_texts)) < 2 * 66 * 1024
    assert b"".join(prepared.call_texts).count(b"\n") == 300
    assert prepared.value_texts == []
