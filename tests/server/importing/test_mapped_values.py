"""What mappings make of rows and documents, from the text of a mapping to the call."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.call_record import CallFault, CallFaults, CallRecord, parse_call
from server.importing.conversion import SettingFailure
from server.importing.joined_cells import told_apart
from server.importing.mapping_file import parse_mapping
from server.importing.outcome import ImportFailure
from server.importing.places import PointedFault
from server.importing.reading import LineFault
from tests.fuzzing import trying

BASIC = """
[call]
call_id = "id"
agent = "agent"
timestamp = "at"
"""
START = "2026-11-20T09:00:00Z"
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def document_call(text: str, document: dict[str, Any]) -> CallRecord:
    """The call that a mapping makes of a document which has an id, an agent and a time beside what is given."""
    given = {"id": "1", "agent": "Ava", "at": START, **document}
    converted = parse_mapping(text, "map").for_documents().convert(given)
    assert not converted.faults
    assert converted.call is not None
    return parse_call(converted.call)


def row_call(text: str, cells: dict[str, Any]) -> CallRecord:
    """The call that a mapping makes of a row of a table, likewise."""
    given = {"id": "1", "agent": "Ava", "at": START, **cells}
    converted = parse_mapping(text, "map").for_table([*given]).convert([*given.values()])
    assert not converted.faults
    assert converted.call is not None
    return parse_call(converted.call)


def mapped(*lines: str, top: str = "") -> str:
    return "\n".join((top, BASIC, *lines))


@pytest.mark.parametrize(
    ("line", "cells", "expected"),
    [
        ('topic = "t"', {"t": " as it is "}, " as it is "),
        ('topic = { column = "t", default = "none" }', {"t": " "}, "none"),
        ('topic = { column = "t", default = "none" }', {"t": "x"}, "x"),
        ('topic = { column = "t", null = ["N/A"] }', {"t": "n/a"}, None),
        ('topic = { column = "t", null = ["N/A"], default = "none" }', {"t": "n/a"}, "none"),
        ('topic = { column = "t", values = { A = "billing" } }', {"t": "a "}, "billing"),
        ('topic = { column = "t", values = { A = "billing", "*" = "other" } }', {"t": "z"}, "other"),
        ('topic = { column = "t", values = { A = "billing" }, default = "none" }', {"t": ""}, "none"),
        ('topic = { first_of = ["t", "u"] }', {"t": "", "u": "x"}, "x"),
        ('topic = { first_of = ["t", "u"] }', {"t": "y", "u": "x"}, "y"),
        ('topic = { first_of = ["t", { constant = "c" }] }', {"t": ""}, "c"),
        ('topic = { first_of = ["t", { column = "u", values = { "1" = "one" } }] }', {"t": "", "u": 1}, "one"),
        ('topic = { first_of = ["t", "u"], values = { "1" = "one" } }', {"t": "", "u": 1}, "one"),
        ('topic = { first_of = ["t", "u"], default = "none" }', {"t": "", "u": None}, "none"),
        ('topic = { columns = ["t", "u"] }', {"t": "a", "u": "b"}, "a b"),
        ('topic = { columns = ["t", "u"], joiner = " > " }', {"t": "", "u": "b"}, "b"),
        ('topic = { columns = ["t", "u"], joiner = " > " }', {"t": "", "u": ""}, None),
        ('topic = { columns = ["t", "u"], joiner = "-" }', {"t": 1.0, "u": True}, "1-true"),
        ('topic = { constant = "c" }', {}, "c"),
        ('topic = "t"', {"t": 3}, "3"),
    ],
)
def test_texts(line: str, cells: dict[str, Any], expected: str | None) -> None:
    text = mapped(line)
    assert row_call(text, cells).values.get("topic") == expected
    assert document_call(text, cells).values.get("topic") == expected


@pytest.mark.parametrize(
    ("line", "cells", "expected"),
    [
        ('timestamp = { column = "t", format = "unix_ms" }', {"t": 1795165200000}, timedelta()),
        ('timestamp = { column = "t", format = ["%d.%m.%Y", "%Y/%m/%d"], time_zone = "UTC" }', {"t": "2026/11/21"}, 15),
        (
            'timestamp = { columns = ["t", "u"], format = "%Y%m%d %H%M", time_zone = "Asia/Tokyo" }',
            {"t": "20261120", "u": "1800"},
            0,
        ),
        (
            'timestamp = { column = "t", format = "%Y%m%d %H%M", time_zone = { column = "z" } }',
            {"t": "20261120 1000", "z": "Europe/Paris"},
            0,
        ),
        (
            'timestamp = { column = "t", format = "%Y%m%d %H%M", time_zone = { column = "z" } }',
            {"t": "20261120 1000", "z": "+01:00"},
            0,
        ),
        (
            'timestamp = { column = "t", time_zone = { column = "z", default = "UTC" } }',
            {"t": "2026-11-20 09:00", "z": ""},
            0,
        ),
        (
            'timestamp = { column = "t", time_zone = { column = "z", values = { Paris = "Europe/Paris" } } }',
            {"t": "2026-11-20 10:00", "z": "paris"},
            0,
        ),
        ('timestamp = { first_of = ["t", { column = "u", format = "unix_ms" }] }', {"t": None, "u": 1795165200000}, 0),
        ('timestamp = { first_of = ["t", "u"], time_zone = "UTC" }', {"t": None, "u": "2026-11-20 10:00"}, 1),
        ('timestamp = { column = "t", time_zone = "UTC" }', {"t": datetime(2026, 11, 20, 10)}, 1),
        ('timestamp = { column = "t", format = "%Y-%m-%d %H:%M %Z" }', {"t": "2026-11-20 10:00 CET"}, 0),
    ],
)
def test_times(line: str, cells: dict[str, Any], expected: timedelta | int) -> None:
    text = BASIC.replace('timestamp = "at"', line)
    moment = BEGIN + (expected if isinstance(expected, timedelta) else timedelta(hours=expected))
    assert row_call(text, cells).timestamp == moment
    assert document_call(text, cells).timestamp == moment


@pytest.mark.parametrize(
    ("line", "cells", "expected"),
    [
        ('duration = { column = "d", unit = "milliseconds" }', {"d": 205000}, 205.0),
        ('duration = { column = "d", unit = ["HH:MM:SS", "M:SS"] }', {"d": "3:25"}, 205.0),
        ('duration = "d"', {"d": timedelta(seconds=205)}, 205.0),
        ('duration = { column = "d", null = ["In Progress"] }', {"d": "in progress"}, None),
        ('duration = { between = ["at", "end"] }', {"end": "2026-11-20T09:03:25Z"}, 205.0),
        ('duration = { between = ["at", "end"] }', {"end": None}, None),
        ('duration = { between = ["s", "e"], format = "unix_ms" }', {"s": 1795165200000, "e": 1795165212500}, 12.5),
        ('duration = { between = ["s", { first_of = ["e", "f"] }], format = "%Y%m%d %H:%M", time_zone = "UTC" }',
         {"s": "20261120 09:00", "e": "", "f": "20261120 09:01"}, 60.0),
        ('duration = { first_of = ["d", { between = ["at", "e"] }] }', {"d": "", "e": "2026-11-20T09:00:05Z"}, 5.0),
        ('duration = { column = "d", default = 0 }', {"d": ""}, 0.0),
    ],
)  # fmt: skip
def test_durations(line: str, cells: dict[str, Any], expected: float | None) -> None:
    text = mapped(line)
    assert row_call(text, cells).values.get("duration") == expected
    assert document_call(text, cells).values.get("duration") == expected


def test_numbers_are_written_as_the_mapping_says() -> None:
    metrics = '[metrics.m]\ncolumn = "m"\ntype = "numeric"\n'
    german = mapped('duration = "d"', metrics, top='decimal = ","\nthousands = "."')
    call = row_call(german, {"d": "1.205", "m": "12,5"})
    assert (call.values["duration"], call.metrics[0].value) == (1205.0, 12.5)
    own = mapped(metrics + 'decimal = "."\nthousands = ","\nunit = ["$", "USD"]\nscale = 100', top='decimal = ","')
    assert row_call(own, {"m": "$1,234.50"}).metrics[0].value == 123450.0


def test_metrics_of_each_type() -> None:
    text = mapped(
        '[metrics]\nlatency = { column = "latency.p95", type = "numeric" }',
        'csat = { column = "csat", type = "rating", null = ["0"] }',
        'solved = { column = "solved", type = "binary" }',
        'mood = { column = "mood", type = "enum", null = ["Unknown"] }',
        'held = { column = "held", type = "numeric", read_as = "duration", unit = "M:SS" }',
        'waited = { between = ["at", "answered"], type = "numeric" }',
        'scores = { column = "tests[*].score", type = "numeric" }',
    )
    document = {
        "latency": {"p95": "1420"}, "csat": 0, "solved": "yes", "mood": "unknown", "held": "1:05",
        "answered": "2026-11-20T09:00:07Z", "tests": [{"score": 1}, {}, {"score": "2"}],
    }  # fmt: skip
    values = [(metric.metric, metric.value) for metric in document_call(text, document).metrics]
    assert values == [
        ("latency", 1420.0), ("solved", True), ("held", 65.0), ("waited", 7.0), ("scores", 1.0), ("scores", 2.0),
    ]  # fmt: skip


def test_metadata_keeps_its_types_and_can_be_lists() -> None:
    text = mapped(
        "[metadata]",
        'intent = "analysis.intent"',
        'number = "n"',
        'flag = "b"',
        'object = "o"',
        'list = "l"',
        'text = { column = "n", type = "text" }',
        'joined = { column = "l", type = "text", joiner = "+" }',
        'tags = { column = "tags", type = "list", separator = "," }',
        'price = { column = "price", type = "number", unit = "€", decimal = ",", thousands = "." }',
        'vip = { column = "vip", type = "boolean" }',
        'ended = { column = "ended", type = "time", format = "unix" }',
        'held = { column = "held", type = "duration" }',
        'raw = { column = "raw", type = "json" }',
        "dotted = 'm.\"a.b\"'",
        "fixed = { constant = 7 }",
    )
    document = {
        "analysis": {"intent": "billing"}, "n": 4, "b": False, "o": {"a": [1]}, "l": ["a", "b"], "tags": "x, y",
        "price": "1.250,5 €", "vip": "N", "ended": 1795165200, "held": "3m 25s", "raw": '{"k": 1}',
        "m": {"a.b": "gold"},
    }  # fmt: skip
    assert document_call(text, document).metadata == {
        "intent": "billing", "number": 4, "flag": False, "object": {"a": [1]}, "list": ["a", "b"], "text": "4",
        "joined": "a+b", "tags": ["x", "y"], "price": 1250.5, "vip": False, "ended": "2026-11-20T09:00:00Z",
        "held": 205.0, "raw": {"k": 1}, "dotted": "gold", "fixed": 7,
    }  # fmt: skip


def test_cells_of_workbooks_keep_their_types_in_metadata() -> None:
    text = mapped('[metadata]\n"*" = true')
    cells = {"n": 4, "f": 0.5, "b": True, "t": datetime(2026, 11, 20, 9), "d": timedelta(minutes=1), "e": None, "s": ""}
    assert row_call(text, cells).metadata == {"n": 4, "f": 0.5, "b": True, "t": "2026-11-20T09:00:00", "d": 60.0}


def test_the_rest_is_what_no_other_target_uses() -> None:
    text = mapped(
        'customer_number = "customer.number"',
        "[metadata]",
        "tier = 'plan.\"tier.name\"'",
        '"*" = { prefix = "x_", except = ["secret"] }',
        '[metrics.a]\ncolumn = "list[0].a"\ntype = "numeric"',
    )
    document = {
        "customer": {"number": "+1", "name": "Rae"}, "plan": {"tier.name": "gold"}, "secret": 1,
        "list": [{"a": 1, "b": 2}], "none": None, "blank": " ", "deep": {"a": {"b": [1, {"c": True}]}}, "n": 1.5,
        "flag": False,
    }  # fmt: skip
    assert document_call(text, document).metadata == {
        "tier": "gold", "x_customer": {"name": "Rae"}, "x_deep": {"a": {"b": [1, {"c": True}]}}, "x_n": 1.5,
        "x_flag": False,
    }  # fmt: skip
    rows = mapped(
        'topic = "t"', '[metadata]\n"*" = { except = ["secret"] }', top='skip = { column = "kind", equals = "x" }'
    )
    assert row_call(rows, {"t": "a", "secret": "b", "kind": "c", "other": "d"}).metadata == {"kind": "c", "other": "d"}


def test_the_rest_of_an_object_at_a_path() -> None:
    text = mapped(
        "[metadata]",
        '"*" = [{ column = "analysis.data", prefix = "data_" }, { except = ["id"] }]',
        '[metrics.csat]\ncolumn = "analysis.data.csat"\ntype = "rating"',
    )
    document = {"analysis": {"data": {"csat": 4, "intent": "billing", "n": 1}, "summary": "s"}, "channel": "web"}
    assert document_call(text, document).metadata == {
        "data_intent": "billing", "data_n": 1, "analysis": {"summary": "s"}, "channel": "web",
    }  # fmt: skip


TRANSCRIPT = """
[transcript]
column = "messages"
role = "role"
text = { first_of = ["message", "content"] }
time = "at"
roles = { bot = "agent", user = "customer" }
skip = [{ column = "role", equals = ["system", "tool"] }]
"""


def test_transcripts_are_lists_of_turns() -> None:
    document = {
        "messages": [
            {"role": "system", "message": "Be kind."},
            {"role": "Bot", "message": "Hello", "at": 1.2},
            {"role": "user", "content": "I want to pay", "at": "3.9"},
            {"role": "user", "content": " "},
            {"role": "supervisor", "content": "Let me"},
        ]
    }
    expected = [("agent", "Hello", 1.2), ("customer", "I want to pay", 3.9), ("supervisor", "Let me", None)]
    found = document_call(mapped(TRANSCRIPT), document).transcript or ()
    assert [(turn.role, turn.text, turn.time) for turn in found] == expected
    assert document_call(mapped(TRANSCRIPT), {"messages": []}).transcript is None
    assert document_call(mapped(TRANSCRIPT), {}).transcript is None


@pytest.mark.parametrize(
    ("time", "raw", "expected"),
    [
        ('{ column = "t", unit = "milliseconds" }', 3900, 3.9),
        ('{ column = "t", unit = "M:SS" }', "0:03", 3.0),
        ('{ column = "t", format = "unix_ms" }', 1795165203900, 3.9),
        ('{ column = "t", format = "rfc3339" }', "2026-11-20T09:00:03.9Z", 3.9),
        ('{ column = "t", format = "rfc3339" }', "2026-11-20T08:59:59Z", 0.0),
        ('"words[0].start"', None, 0.4),
    ],
)
def test_times_of_turns(time: str, raw: object, expected: float) -> None:
    text = mapped(f'[transcript]\ncolumn = "turns"\ntime = {time}')
    turn = {"role": "agent", "text": "Hi", "t": raw, "words": [{"word": "Hi", "start": 0.4}]}
    turns = document_call(text, {"turns": [turn]}).transcript or ()
    assert [turn.time for turn in turns] == [pytest.approx(expected)]


def test_a_cell_can_hold_the_turns_as_json() -> None:
    text = mapped('[transcript]\ncolumn = "talk"')
    turns = row_call(text, {"talk": '[{"role": "user", "text": "Hi"}]'}).transcript or ()
    assert [(turn.role, turn.text) for turn in turns] == [("user", "Hi")]


def test_feedback() -> None:
    text = mapped('[feedback]\nrating = "review.stars"\ncomment = "review.text"\nreviewer = "review.by"')
    feedback = document_call(text, {"review": {"stars": "4", "text": "Fine", "by": "Rae"}}).feedback
    assert feedback is not None
    assert (feedback.rating, feedback.comment, feedback.reviewer) == (4.0, "Fine", "Rae")
    assert document_call(text, {"review": {"by": "Rae"}}).feedback is None


@pytest.mark.parametrize(
    ("condition", "cells", "is_skipped"),
    [
        ('{ column = "k", equals = "Total" }', {"k": "TOTAL "}, True),
        ('{ column = "k", equals = "Total" }', {"k": "Total: 3"}, False),
        ('{ column = "k", equals = ["a", 1, true] }', {"k": 1.0}, True),
        ('{ column = "k", equals = ["a", 1, true] }', {"k": True}, True),
        ('{ column = "k", not_equals = "voice" }', {"k": "chat"}, True),
        ('{ column = "k", not_equals = "voice" }', {"k": "Voice"}, False),
        ('{ column = "k", not_equals = "voice" }', {"k": None}, True),
        ('{ column = "k", starts_with = "total" }', {"k": "Total: 3"}, True),
        ('{ column = "k", contains = ["sum", "tot"] }', {"k": "Grand total"}, True),
        ('{ column = "k", in_range = [0, 5] }', {"k": "5.0"}, True),
        ('{ column = "k", in_range = [0, 5] }', {"k": 5.1}, False),
        ('{ column = "k", in_range = [0, 5] }', {"k": "five"}, False),
        ('{ column = "k", not_in_range = [0, 5] }', {"k": 8}, True),
        ('{ column = "k", not_in_range = [0, 5] }', {"k": "five"}, True),
        ('{ column = "k", not_in_range = [0, 5] }', {"k": 0}, False),
        ('{ column = "k", empty = true }', {"k": " "}, True),
        ('{ column = "k", empty = true }', {"k": 0}, False),
        ('{ column = "k", empty = false }', {"k": "x"}, True),
        ('{ column = "k", equals = "x", null = ["x"] }', {"k": "x"}, False),
        ('{ column = "k", starts_with = "a", contains = "z" }', {"k": "abc"}, False),
        ('{ column = "k", starts_with = "a", contains = "z" }', {"k": "abz"}, True),
        ('[{ column = "k", equals = "x" }, { column = "l", equals = "y" }]', {"k": "", "l": "y"}, True),
    ],
)
def test_rows_that_are_no_calls_are_skipped(condition: str, cells: dict[str, Any], is_skipped: bool) -> None:
    mapping = parse_mapping(mapped(top=f"skip = {condition}"), "map")
    given = {"id": "1", "agent": "Ava", "at": START, "l": None, **cells}
    for converted in (
        mapping.for_table([*given]).convert([*given.values()]),
        mapping.for_documents().convert(given),
    ):
        assert (converted.call is None) == is_skipped
        assert not converted.faults


def test_a_skipped_row_has_no_faults_whatever_is_in_it() -> None:
    conversion = parse_mapping(mapped(top='skip = [{ column = "id", equals = "Total" }]'), "map").for_table(
        ["id", "agent", "at"]
    )
    assert conversion.convert(["Total", "", "never"]) == conversion.convert(["total", "", "12"])
    assert conversion.convert(["Total", "", "never"]).call is None


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ('agent = "who"', "(none)"),
        ('agent = { column = "who", default = "Missed" }', "Missed"),
        ('agent = { first_of = ["who", "agents[0].name"], default = "Missed" }', "Missed"),
        ("", "(none)"),
    ],
)
def test_a_call_without_an_agent_is_a_call(agent: str, expected: str) -> None:
    text = BASIC.replace('agent = "agent"', agent)
    conversion = parse_mapping(text, "map").for_documents()
    without = conversion.convert({"id": "1", "at": START, "who": None})
    assert without.call is not None
    assert (without.call["agent"], without.has_no_agent) == (expected, True)
    if agent:
        given = conversion.convert({"id": "1", "at": START, "who": "Ava"})
        assert given.call is not None
        assert (given.call["agent"], given.has_no_agent) == ("Ava", False)


def test_several_columns_make_an_id_and_keep_their_places() -> None:
    text = BASIC.replace('"id"', '{ columns = ["line", "at", "from", "to"], joiner = "|" }')
    one = row_call(text, {"line": "Main", "from": "", "to": "1"}).call_id
    other = row_call(text, {"line": "Main", "from": "1", "to": ""}).call_id
    assert (one, other) == (f"Main|{START}||1", f"Main|{START}|1|")


def test_an_id_made_of_the_row() -> None:
    text = BASIC.replace('"id"', '{ hash = "row" }')
    row = {"from": "1", "empty": "", "none": None}
    one = row_call(text, row).call_id
    assert len(one) == 32
    assert row_call(text, dict(reversed(row.items()))).call_id == one, "the order of columns does not matter"
    assert row_call(text, {"from": "1"}).call_id == one, "nor do columns without a value"
    assert row_call(text, {"from": "2"}).call_id != one
    assert row_call(text, {"from": "", "to": "1"}).call_id != one
    first = document_call(text, {"a": {"b": [1, 2]}, "c": 2**70}).call_id
    assert document_call(text, {"c": 2**70, "a": {"b": [1, 2]}}).call_id == first
    assert document_call(text, {"a": {"b": [2, 1]}, "c": 2**70}).call_id != first


def test_columns_that_may_be_absent() -> None:
    text = mapped(
        'topic = { first_of = ["t", "u"], optional = true }', 'dropoff_point = { column = "p", optional = true }'
    )
    assert row_call(text, {"u": "x"}).values == {"topic": "x"}
    with pytest.raises(ImportFailure, match=r"column 't' is missing.* The header has: 'id'"):
        row_call(mapped('topic = { first_of = ["t", "u"] }'), {"u": "x"})


@pytest.mark.parametrize(
    ("line", "cells", "column", "pointer", "reason"),
    [
        ('duration = "d"', {"d": "soon"}, 4, "/d", "d: 'soon' is not a duration"),
        ('duration = "d.e"', {"d.e": "soon", "d": {"e": "soon"}}, 4, "/d/e", "d.e: 'soon' is not a duration"),
        ('duration = { first_of = ["d", "e"] }', {"d": "", "e": "soon"}, 5, "/e", "e: 'soon' is not a duration"),
        ('duration = { between = ["at", "e"] }', {"e": "2026"}, 4, "/e", "e: '2026' is not a time with an offset"),
        ('duration = { between = ["at", "e"] }', {"e": "2026-11-20T08:00:00Z"}, 3, "/at", "at and e: the end is 3600"),
        ('success = { column = "s", values = { a = true } }', {"s": "b"}, 4, "/s", "s: 'b' is not in the mapping's"),
        ('[metrics]\nm = { column = "m", type = "numeric" }', {"m": "x"}, 4, "/m", "m: 'x' is not a number"),
        ('[metadata]\nm = { column = "m", type = "json" }', {"m": "{"}, 4, "/m", "m: '{' is not valid JSON"),
        ('[feedback]\nrating = "m"', {"m": "x"}, 4, "/m", "m: 'x' is not a number"),
        ('[transcript]\ncolumn = "m"', {"m": '[1]'}, 4, "/m", "m: turn 1: it is not an object"),
        ('[transcript]\ncolumn = "m"\ntime = "t"', {"m": '[{"text": "a", "t": "x"}]'}, 4, "/m", "m: turn 1: t: 'x' is"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place(line: str, cells: dict[str, Any], column: int, pointer: str, reason: str) -> None:
    given = {"id": "1", "agent": "Ava", "at": START, **cells}
    mapping = parse_mapping(mapped(line), "map")
    (fault,) = mapping.for_table([*given], first_column=1).convert([*given.values()]).faults
    (pointed,) = mapping.for_documents().convert(given).faults
    assert isinstance(fault, LineFault)
    assert isinstance(pointed, PointedFault)
    assert (fault.column, pointed.pointer) == (column, pointer)
    assert reason in fault.reason
    assert reason in pointed.reason
    assert "; allowed: " in fault.reason


def faults_of(text: str, document: dict[str, Any]) -> tuple[list[LineFault], list[PointedFault]]:
    """The faults of the call that a row becomes, in a table whose second column is the first, and in a document."""
    mapping = parse_mapping(text, "map")
    table, documents = mapping.for_table([*document], first_column=2), mapping.for_documents()
    row = [*document.values()]
    converted = documents.convert(document)
    assert converted.call is not None
    assert not converted.faults
    with pytest.raises(CallFaults) as caught:
        parse_call(converted.call)
    return list(table.placed(row, caught.value.faults)), list(documents.placed(document, caught.value.faults))


def test_faults_of_the_call_are_placed_where_its_values_came_from() -> None:
    text = mapped(
        'topic = { first_of = ["a", "b"] }',
        '[metrics.stars]\ncolumn = "stars"\ntype = "rating"',
        '[metadata]\nm = "m"\n',
        '[feedback]\nrating = "r"\n',
        '[transcript]\ncolumn = "turns"\n',
    )
    document = {
        "id": "", "agent": "x" * 300, "at": "2026-02-30T09:00:00Z", "a": None, "b": "x" * 2_000, "stars": 9, "m": 2**70,
        "r": 8, "turns": [{"text": "Hi"}],
    }  # fmt: skip
    lines, pointed = faults_of(text, document)
    assert sorted((fault.column, fault.reason.partition(":")[0]) for fault in lines) == [
        (2, "id"), (3, "agent"), (4, "at"), (6, "b"), (7, "stars"), (8, "m"), (9, "r"), (10, "turns"),
    ]  # fmt: skip
    assert {fault.pointer for fault in pointed} == {"/id", "/agent", "/at", "/b", "/stars", "/m", "/r", "/turns"}
    assert all("; allowed: " in fault.reason for fault in pointed)


def test_a_fault_of_what_no_cell_filled_is_one_of_the_row() -> None:
    conversion = parse_mapping(mapped('topic = { constant = "c" }'), "map").for_documents()
    (fault,) = conversion.placed({"id": "1", "at": START}, [CallFault("/topic", "it is dull", "better ones")])
    assert fault == PointedFault("", "/topic: it is dull; allowed: better ones")


@pytest.mark.parametrize(
    ("lines", "cells", "column", "reason"),
    [
        (['duration = "d"'], {"d": "12,5"}, 4, "d: '12,5' has separators"),
        (['duration = "d"'], {"d": "205000"}, 4, "d: '205000' as seconds would be 56.9 hours"),
        (['timestamp = "t"'], {"t": 1795165200000}, 4, "t: 1795165200000 is a number of milliseconds since 1970"),
        (['call_id = "c"'], {"c": "1.76363E+12"}, 4, "c: '1.76363E+12' is a number that a spreadsheet has rounded"),
        (['customer_number = "c"'], {"c": "1.55501E+10"}, 4, "c: '1.55501E+10' is a number that a spreadsheet"),
    ],
)
def test_what_would_go_in_silently_wrong_stops_the_file(
    lines: Sequence[str], cells: dict[str, Any], column: int, reason: str
) -> None:
    keys = {line.split()[0] for line in lines}
    kept = [line for line in BASIC.splitlines() if line.split()[:1] and line.split()[0] not in keys]
    given = {"id": "1", "agent": "Ava", "at": START, **cells}
    mapping = parse_mapping("\n".join([*kept, *lines]), "map")
    with pytest.raises(SettingFailure) as caught:
        mapping.for_table([*given]).convert([*given.values()])
    assert isinstance(caught.value.fault, LineFault)
    assert caught.value.fault.column == column
    assert reason in str(caught.value)
    assert "in the mapping" in str(caught.value) or "an export of the column as text" in str(caught.value)
    with pytest.raises(SettingFailure) as caught:
        mapping.for_documents().convert(given)
    assert isinstance(caught.value.fault, PointedFault)
    assert caught.value.fault.pointer == f"/{[*given][-1]}"


def test_a_row_without_a_zone_is_at_fault_alone() -> None:
    line = 'timestamp = { column = "t", time_zone = { column = "z" } }'
    conversion = parse_mapping(BASIC.replace('timestamp = "at"', line), "map").for_documents()
    for zone, reason in (("", "a zone in z, or a default of time_zone"), ("Mars", "'Mars' is not a known time zone")):
        (fault,) = conversion.convert({"id": "1", "t": "2026-11-20 09:00", "z": zone}).faults
        assert reason in fault.reason


@pytest.mark.parametrize(
    ("joiner", "texts", "expected"),
    [
        (" ", ("a", "b"), "a b"),
        (" ", ("", "b"), " b"),
        (" ", ("a", ""), "a "),
        (" ", ("a b", "c"), r"a\ b c"),
        (" ", ("a", "b c"), r"a b\ c"),
        (" ", ("a\\", "b"), r"a\\ b"),
        ("--", ("a-", "b"), r"a\---b"),
        ("--", ("a", "-b"), "a---b"),
        (" - ", ("a b", "c"), "a b - c"),
    ],
)
def test_ids_of_several_columns(joiner: str, texts: tuple[str, str], expected: str) -> None:
    text = BASIC.replace('call_id = "id"', f'call_id = {{ columns = ["t", "u"], joiner = "{joiner}" }}')
    cells = dict(zip("tu", texts, strict=True))
    assert (row_call(text, cells).call_id, document_call(text, cells).call_id) == (expected, expected)


@given(
    joiner=st.text("a- ", min_size=1, max_size=3),
    one=st.lists(st.text("a- \\", max_size=4), min_size=3, max_size=3),
    other=st.lists(st.text("a- \\", max_size=4), min_size=3, max_size=3),
)
@example(joiner="--", one=["a-", "b", "c"], other=["a", "-b", "c"])
@example(joiner="--", one=["a\\", "-b", "c"], other=["a-", "b", "c"])
@trying(300)
def test_different_texts_are_different_ids(joiner: str, one: list[str], other: list[str]) -> None:
    assert (told_apart(one, joiner) == told_apart(other, joiner)) == (one == other)


def test_space_around_names_and_ids_is_no_part_of_them() -> None:
    """As in columns that are filled up with it, or behind the commas of a file."""
    text = mapped('topic = "topic"', 'customer_number = "phone"')
    call = row_call(text, {"id": " 7 ", "agent": " Ava Poe\u00a0", "topic": " a ", "phone": " +49 30 "})
    assert (call.call_id, call.agent, call.values["customer_number"]) == ("7", "Ava Poe", "+49 30")
    assert call.values["topic"] == " a "


def test_joined_ids_with_space_in_different_places_differ() -> None:
    text = BASIC.replace('"id"', '{ columns = ["a", "b"] }')
    ids = [row_call(text, cells).call_id for cells in ({"a": "x", "b": ""}, {"a": "", "b": "x"})]
    assert ids[0] != ids[1]
