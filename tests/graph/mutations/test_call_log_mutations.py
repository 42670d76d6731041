import asyncio
import json
from datetime import UTC, datetime

import pytest

from graph.node_ids import encode
from models import EvaluationType

INJECTION = "'; drop table call_logs; -- \" \\ \t\r\n\\N %s $1 {} \U0001f4de"
WHEN = "2026-03-01T09:30:00+02:00"
CALLS = """query ($filters: JSON) { callLogs(filters: $filters) { edges { node {
    id callId agent { agentName } timestamp duration success isReviewed
    customerNumber callEndedReason dropoffPoint topic metadata metricEvaluations { metric { name evaluationType } }
} } } }"""


def call(number, **fields):
    return {"callId": f"call-{number}", "agent": "Ada", "timestamp": WHEN, **fields}


def places(errors):
    return [(error["__typename"], error["code"], error["path"]) for error in errors]


async def calls_of(api):
    found = (await api.send(CALLS))["callLogs"]["edges"]
    return {edge["node"]["callId"]: edge["node"] for edge in found}


async def the_call(api, **fields):
    await api.done("ingestCallLogs", calls=[call(1, **fields)])
    return (await calls_of(api))["call-1"]


async def test_calls_are_taken_in_whole(api):
    given = {
        "duration": 12.5,
        "success": True,
        "isReviewed": True,
        "customerNumber": "+49 30 1",
        "callEndedReason": INJECTION,
        "dropoffPoint": "menu",
        "topic": INJECTION,
        "metadata": {INJECTION: [INJECTION, None, 1.5, {"": True}]},
    }
    metrics = [
        {"metric": "speed", "type": "NUMERIC", "value": 3},
        {"metric": "stars", "type": "RATING", "value": 4.5},
        {"metric": INJECTION, "type": "BINARY", "value": False},
        {"metric": "mood", "type": "ENUM", "value": INJECTION},
        {"metric": "skipped", "type": "ENUM"},
    ]
    payload = await api.done("ingestCallLogs", calls=[call(1, **given, metrics=metrics), call(2)])
    assert (payload["created"], payload["updated"]) == (2, 0)
    found = await calls_of(api)
    assert {key: found["call-1"][key] for key in given} == given
    assert found["call-1"]["timestamp"] == "2026-03-01T07:30:00Z"
    assert found["call-1"]["agent"] == {"agentName": "Ada"}
    kinds = {(row["metric"]["name"], row["metric"]["evaluationType"]) for row in found["call-1"]["metricEvaluations"]}
    assert kinds == {(metric["metric"], metric["type"]) for metric in metrics}
    assert (found["call-2"]["isReviewed"], found["call-2"]["metadata"]) == (False, {})


async def test_sending_the_same_again_doubles_nothing(api):
    calls = [
        call(n, topic="x", metadata={"a": n}, metrics=[{"metric": "m", "type": "NUMERIC", "value": n}])
        for n in range(5)
    ]
    await api.done("ingestCallLogs", calls=calls)
    before = await calls_of(api)
    payload = await api.done("ingestCallLogs", calls=calls)
    assert (payload["created"], payload["updated"]) == (0, 5)
    assert await calls_of(api) == before
    await asyncio.gather(*(api.done("ingestCallLogs", calls=calls) for _ in range(3)))
    assert await calls_of(api) == before


async def test_a_call_that_is_there_keeps_what_is_not_given(api):
    await the_call(api, topic="x", success=True, metadata={"a": 1, "b": 1})
    payload = await api.done("ingestCallLogs", calls=[call(1, topic=None, duration=3, metadata={"b": 2, "c": 2})])
    assert (payload["created"], payload["updated"]) == (0, 1)
    found = (await calls_of(api))["call-1"]
    assert (found["topic"], found["success"], found["duration"]) == ("x", True, 3)
    assert found["metadata"] == {"a": 1, "b": 2, "c": 2}


async def test_a_bad_call_is_named_and_the_others_go_in(api):
    await api.metric("stars", EvaluationType.RATING)
    calls = [
        call(0),
        call(1, duration=-1, topic="x" * 1001),
        call(2, metrics=[{"metric": "stars", "type": "NUMERIC", "value": 1}]),
        call(3, metrics=[{"metric": "stars", "type": "RATING", "value": 6}]),
        call("", customerNumber="\0"),
        {**call(5), "callId": ""},
        call(6, metadata=[]),
        call(7),
    ]
    payload = await api.change("ingestCallLogs", calls=calls)
    assert (payload["created"], payload["updated"]) == (2, 0)
    assert {(error["__typename"], error["path"]) for error in payload["errors"]} == {
        ("InvalidInput", "/calls/1/duration"),
        ("InvalidInput", "/calls/1/topic"),
        ("InvalidInput", "/calls/2/metrics/0/type"),
        ("InvalidInput", "/calls/3/metrics/0/value"),
        ("InvalidInput", "/calls/4/customerNumber"),
        ("InvalidInput", "/calls/5/callId"),
        ("InvalidInput", "/calls/6/metadata"),
    }
    assert set(await calls_of(api)) == {"call-0", "call-7"}


async def test_a_request_takes_a_thousand_calls(api):
    errors = await api.refused("ingestCallLogs", calls=[call(n) for n in range(1001)])
    assert places(errors) == [("InvalidInput", "LIMIT_EXCEEDED", "/calls")]
    assert "1,000" in errors[0]["message"]
    assert (await api.done("ingestCallLogs", calls=[call(n) for n in range(1000)]))["created"] == 1000
    assert (await api.done("ingestCallLogs", calls=[]))["created"] == 0


async def test_projects_do_not_share_calls(api, other):
    before = await the_call(api, topic="mine")
    assert (await other.done("ingestCallLogs", calls=[call(1, topic="theirs")]))["created"] == 1
    assert (await calls_of(api))["call-1"] == before


async def test_a_call_is_reviewed(api):
    found = await the_call(
        api, topic="x", metadata={"a": 1, "b": 1}, metrics=[{"metric": "m", "type": "BINARY", "value": True}]
    )
    reviewed = (await api.done("updateCallLog", id=found["id"], isReviewed=True))["callLog"]
    assert (reviewed["isReviewed"], reviewed["topic"], reviewed["metadata"]) == (True, "x", {"a": 1, "b": 1})
    assert len(reviewed["metricEvaluations"]) == 1
    corrected = await api.done(
        "updateCallLog",
        id=found["id"],
        success=False,
        topic=None,
        callEndedReason=INJECTION,
        dropoffPoint="end",
        metadata={"a": None, "b": True, INJECTION: {"n": None}},
    )
    now = (await calls_of(api))["call-1"]
    assert (now["isReviewed"], now["success"], now["topic"], now["dropoffPoint"]) == (True, False, None, "end")
    assert now["callEndedReason"] == INJECTION
    assert now["metadata"] == {"b": True, INJECTION: {"n": None}}
    same = await api.done("updateCallLog", id=found["id"], success=False, metadata={"b": True})
    assert same["callLog"] == corrected["callLog"]


async def test_reviews_at_once_lose_nothing(api):
    found = await the_call(api)
    await asyncio.gather(*(api.done("updateCallLog", id=found["id"], metadata={f"k{n}": n}) for n in range(6)))
    assert (await calls_of(api))["call-1"]["metadata"] == {f"k{n}": n for n in range(6)}


async def test_everything_wrong_with_a_review_is_said_at_once(api):
    found = await the_call(api, metadata={"a": "x" * 60_000})
    errors = await api.refused("updateCallLog", id=found["id"], isReviewed=None, topic="x" * 1001, metadata=[1])
    assert {(error["code"], error["path"]) for error in errors} == {
        ("INVALID_INPUT", "/isReviewed"),
        ("INVALID_INPUT", "/topic"),
        ("INVALID_INPUT", "/metadata"),
    }
    for metadata in (None, {"b": "\0"}, {"": 1}, {"b": "x" * 60_000}):
        errors = await api.refused("updateCallLog", id=found["id"], metadata=metadata)
        assert [error["path"].split("/")[1] for error in errors] == ["metadata"]


async def test_ids_that_name_no_call(api, other):
    foreign = await the_call(other)
    for id in (foreign["id"], encode("CallLog", 2**62)):
        errors = await api.refused("updateCallLog", id=id, isReviewed=True)
        assert places(errors) == [("NotFound", "NOT_FOUND", "/id")]
    for id in ("", "x", encode("Agent", 1)):
        assert places(await api.refused("updateCallLog", id=id)) == [("InvalidInput", "INVALID_ID", "/id")]
    assert (await calls_of(other))["call-1"]["isReviewed"] is False
    errors = await api.refused("updateCallLog", id=foreign["id"], isReviewed=None)
    assert {error["path"] for error in errors} == {"/id", "/isReviewed"}


async def test_errors_can_be_written_whatever_the_keys_are(api):
    bad = [call(1, metadata={"\ud800": 1}), call(2, metadata={"k" * 10_000: 1}), call(3, topic="\ud800")]
    payload = await api.change("ingestCallLogs", calls=bad)
    assert [error["path"] for error in payload["errors"]] == [
        "/calls/0/metadata/\\ud800",
        "/calls/1/metadata",
        "/calls/2/topic",
    ]
    assert all(len(json.dumps(error, ensure_ascii=False).encode()) < 1_000 for error in payload["errors"])


@pytest.mark.parametrize("when", ["2026-03-01", "2026-03-01T09:30:00", "yesterday"])
async def test_a_time_needs_an_offset(api, when):
    with pytest.raises(AssertionError, match="DateTime"):
        await api.change("ingestCallLogs", calls=[{**call(1), "timestamp": when}])
    assert await calls_of(api) == {}


async def test_a_chart_sees_the_calls_of_the_same_request(api):
    document = """mutation ($calls: [CallLogInput!]!) {
      ingestCallLogs(input: {calls: $calls}) { query { callLogs { totalCount } } }
    }"""
    now = datetime.now(UTC).isoformat()
    data = await api.send(document, calls=[{**call(n), "timestamp": now} for n in range(3)])
    assert data["ingestCallLogs"]["query"]["callLogs"]["totalCount"] == 3


@pytest.mark.parametrize(
    ("value", "words"),
    [("1e400", "JSON has no NaN and no infinite numbers"), (str(2**64), "Integers have at most 64 bits")],
)
async def test_numbers_that_json_cannot_hold_are_refused_with_their_path(api, value, words):
    """Of the metadata of calls, as a literal and as a variable, and of the metadata of widgets."""
    call = f'callId: "a", agent: "Ava", timestamp: "{WHEN}", metadata: {{b: [{value}]}}'
    literal = await api.send(
        f"mutation {{ ingestCallLogs(input: {{calls: [{{{call}}}]}}) {{ created errors {{ path message }} }} }}"
    )
    assert literal["ingestCallLogs"]["created"] == 0
    metadata = {"b": [json.loads(value)]}
    variable = await api.refused(
        "ingestCallLogs", calls=[{"callId": "a", "agent": "Ava", "timestamp": WHEN, "metadata": metadata}]
    )
    for (error,) in (literal["ingestCallLogs"]["errors"], variable):
        assert (error["path"], words in error["message"]) == ("/calls/0/metadata/b/0", True)
    dashboard = await api.dashboard()
    (error,) = await api.refused(
        "createWidget", dashboardId=dashboard["id"], name="Total", chartType="STAT", metadata=metadata
    )
    assert (error["path"], words in error["message"]) == ("/metadata/b/0", True)
