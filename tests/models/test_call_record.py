"""Checking one call of the native format."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from models.call_record import CallFaults, MetricValue, parse_call
from models.types import EvaluationType

MINIMAL = {"call_id": "c1", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z"}


def _nested(levels: int, value: Any = 1) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def _faults(changes: dict[str, Any], path: str = "") -> dict[str, str]:
    with pytest.raises(CallFaults) as caught:
        parse_call({**MINIMAL, **changes}, path)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_required_keys_are_enough() -> None:
    call = parse_call(MINIMAL)
    assert (call.call_id, call.agent, call.timestamp) == ("c1", "Ava", datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    assert (call.values, call.metadata, call.metrics) == ({}, {}, ())


def test_every_key() -> None:
    call = parse_call(
        {
            **MINIMAL,
            "duration": 12,
            "success": False,
            "is_reviewed": True,
            "customer_number": "+1",
            "call_ended_reason": "",
            "dropoff_point": "greeting",
            "topic": "billing",
            "metadata": {"region": "EU", "nested": {"a": [1, None]}},
            "metrics": [
                {"metric": "latency", "type": "numeric", "value": 1},
                {"metric": "stars", "type": "rating", "value": 5},
                {"metric": "goal", "type": "binary", "value": False},
                {"metric": "mood", "type": "enum", "value": "good"},
                {"metric": "skipped", "type": "enum", "value": None},
                {"metric": "absent", "type": "binary"},
            ],
        }
    )
    assert call.values["duration"] == 12.0
    assert isinstance(call.values["duration"], float)
    assert [call.values[name] for name in ("success", "is_reviewed", "call_ended_reason")] == [False, True, ""]
    assert call.metadata == {"region": "EU", "nested": {"a": [1, None]}}
    assert call.metrics == (
        MetricValue("latency", EvaluationType.NUMERIC, 1.0),
        MetricValue("stars", EvaluationType.RATING, 5.0),
        MetricValue("goal", EvaluationType.BINARY, False),
        MetricValue("mood", EvaluationType.ENUM, "good"),
        MetricValue("skipped", EvaluationType.ENUM, None),
        MetricValue("absent", EvaluationType.BINARY, None),
    )


def test_null_is_absent() -> None:
    nulls = dict.fromkeys(("duration", "success", "is_reviewed", "topic", "metadata", "metrics"))
    assert parse_call({**MINIMAL, **nulls}) == parse_call(MINIMAL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T09:30:00+02:00", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
        ("2026-03-01t09:30:00z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01 09:30:00.123456-00:30", datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-01T09:30:00.1234567890Z", datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)),
        (datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_timestamps_become_utc(text: object, expected: datetime) -> None:
    assert parse_call({**MINIMAL, "timestamp": text}).timestamp == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "2026-03-01",
        "2026-03-01T09:30:00",
        "20260301T093000Z",
        "2026-02-30T09:30:00Z",
        "2026-03-01T24:30:00Z",
        "٢٠٢٦-03-01T09:30:00Z",
        "0001-01-01T00:00:00+01:00",
        "yesterday",
        1772357400,
        True,
        datetime(2026, 3, 1),
    ],
)
def test_timestamps_without_offset_or_out_of_the_calendar(wrong: object) -> None:
    assert list(_faults({"timestamp": wrong})) == ["/timestamp"]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"call_id": ""}, ["/call_id"]),
        ({"call_id": None}, ["/call_id"]),
        ({"call_id": 7}, ["/call_id"]),
        ({"call_id": "x" * 256}, ["/call_id"]),
        ({"agent": "a\0b"}, ["/agent"]),
        ({"topic": "x" * 1001}, ["/topic"]),
        ({"topic": "\ud800"}, ["/topic"]),
        ({"duration": -1}, ["/duration"]),
        ({"duration": True}, ["/duration"]),
        ({"duration": "12"}, ["/duration"]),
        ({"duration": float("nan")}, ["/duration"]),
        ({"duration": 10**400}, ["/duration"]),
        ({"success": "true"}, ["/success"]),
        ({"is_reviewed": 1}, ["/is_reviewed"]),
        ({"metadata": []}, ["/metadata"]),
        ({"metadata": {"a": {"b": ["x\0"]}}}, ["/metadata"]),
        ({"metadata": {"": 1, "a/b~\0": 1}}, ["/metadata/", "/metadata/a~1b~0\0"]),
        ({"metadata": {"a": "x" * 70_000}}, ["/metadata"]),
        ({"metadata": {"a": float("inf"), "b": [None, {"c/d": float("nan")}]}}, ["/metadata/a", "/metadata/b/1/c~1d"]),
        (
            {"metadata": {"a": 2**64, "b": -(2**63) - 1, "c": -float("inf")}},
            ["/metadata/a", "/metadata/b", "/metadata/c"],
        ),
        ({"metadata": {"a": _nested(5_000)}}, ["/metadata"]),
        ({"metadata": {"a": _nested(5_000, 2**64)}}, ["/metadata/a" + "/0" * 5_000]),
        ({"metrics": {}}, ["/metrics"]),
        ({"metrics": [1]}, ["/metrics/0"]),
        ({"metrics": [{"metric": "m"}]}, ["/metrics/0/type"]),
        ({"metrics": [{"metric": "m", "type": "stars"}]}, ["/metrics/0/type"]),
        ({"metrics": [{"metric": "m", "type": "rating", "value": 5.5}]}, ["/metrics/0/value"]),
        ({"metrics": [{"metric": "m", "type": "rating", "value": -1}]}, ["/metrics/0/value"]),
        ({"metrics": [{"metric": "m", "type": "binary", "value": 1}]}, ["/metrics/0/value"]),
        ({"metrics": [{"metric": "m", "type": "numeric", "value": True}]}, ["/metrics/0/value"]),
        ({"metrics": [{"metric": "m", "type": "enum", "value": ""}]}, ["/metrics/0/value"]),
        ({"metrics": [{"metric": "m", "type": "enum", "value": 3}]}, ["/metrics/0/value"]),
    ],
)
def test_wrong_values(changes: dict[str, Any], paths: list[str]) -> None:
    assert list(_faults(changes)) == paths


def test_numbers_of_metadata_stay_what_they_are() -> None:
    numbers = {"most": 2**64 - 1, "least": -(2**63), "large": 1e308, "null": None, "text": "null", "flag": True}
    assert parse_call({**MINIMAL, "metadata": numbers}).metadata == numbers


def test_backslash_u0000_as_text_is_no_nul() -> None:
    assert parse_call({**MINIMAL, "metadata": {"a": "\\u0000"}}).metadata == {"a": "\\u0000"}


def test_all_faults_are_collected_below_the_given_path() -> None:
    faults = _faults({"agnet": "x", "duration": "x", "metrics": [{}, {"metric": "", "type": "enum"}]}, "/calls/3")
    assert list(faults) == [
        "/calls/3/agnet",
        "/calls/3/duration",
        "/calls/3/metrics/0/metric",
        "/calls/3/metrics/0/type",
        "/calls/3/metrics/1/metric",
    ]
    assert "did you mean agent?" in faults["/calls/3/agnet"]


def test_faults_say_what_is_allowed_and_cut_long_values() -> None:
    with pytest.raises(CallFaults) as caught:
        parse_call({**MINIMAL, "success": "y" * 5_000})
    (fault,) = caught.value.faults
    assert fault.allowed == "true or false"
    assert len(fault.message) < 150
