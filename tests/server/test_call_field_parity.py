"""Every field of calls on its ways in and out: imported, ingested, corrected, listed, filtered, charted, exported."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, build_schema

from aggregation.calls.order import CallOrderField
from graph.schema import print_sdl
from models import CallLog, DataType
from models.call_faults import Refused
from models.call_fields import CALL_FIELDS, FIELD_OF
from models.call_record import CALL_KEYS, CallFaults, parse_call
from models.sessions import Sessions
from server.demo.calls import draw_calls
from server.importing import ImportFailure, ImportOptions, ImportResult, import_file

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime.now(UTC).replace(microsecond=0)


def time(hours: int) -> str:
    return (NOW - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Sample:
    """A field at work.

    Attributes:
        first: a value of it.
        second: a larger one.
        ways: what can be done with it.
        cell: the first as a cell of CSV.
        wrong: what it does not take, and what is said of it.
    """

    first: Any
    second: Any
    ways: frozenset[str]
    cell: str
    wrong: tuple[Any, str] | None


def sample(first: Any, second: Any, ways: str, wrong: Any = None, told: str = "") -> Sample:
    cell = first if isinstance(first, str) else json.dumps(first)
    return Sample(first, second, frozenset(ways.split()), cell, (wrong, told) if told else None)


LONG, TOO_LONG = "x" * 1_001, "at most 1,000 characters"
SAMPLES = {
    "call_id": sample("a", "b", "given required filtered exported", "", "a string of 1 to 255 characters"),
    "timestamp": sample(
        time(48), time(24), "given required plotted sorted filtered exported", "2026", "an RFC 3339 time"
    ),
    "duration": sample(
        0.5, 60.0, "given nullable plotted sorted filtered exported", -0.1, "a number of seconds, 0 or more"
    ),
    "success": sample(
        False, True, "given nullable corrected plotted grouped filtered exported", "true", "true or false"
    ),
    "is_reviewed": sample(True, False, "given corrected plotted grouped filtered exported", 1, "true or false"),
    "customer_number": sample("+1", "+2", "given nullable plotted grouped filtered exported masked", LONG, TOO_LONG),
    "call_ended_reason": sample(
        "left", "timeout", "given nullable corrected plotted grouped filtered exported", LONG, TOO_LONG
    ),
    "dropoff_point": sample(
        "greeting", "menu", "given nullable corrected plotted grouped filtered exported", LONG, TOO_LONG
    ),
    "topic": sample("billing", "refund", "given nullable corrected plotted grouped filtered exported", LONG, TOO_LONG),
    "created_at": sample(None, None, "filtered"),
    "updated_at": sample(None, None, "filtered"),
}


def fields(way: str | None = None) -> pytest.MarkDecorator:
    """The fields of which something is expected, whatever their rows say of it."""
    names = [name for name, one in SAMPLES.items() if way is None or way in one.ways]
    return pytest.mark.parametrize("name", names)


@dataclass(frozen=True)
class Api:
    """Sends GraphQL over HTTP."""

    client: httpx.AsyncClient

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = (await self.client.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def ingest(self, *calls: dict[str, Any]) -> list[dict[str, Any]]:
        """The errors of the mutation."""
        query = "mutation ($input: IngestCallLogsInput!) { ingestCallLogs(input: $input) { errors { path message } } }"
        return (await self.send(query, input={"calls": calls}))["ingestCallLogs"]["errors"]

    async def calls(self, key: str, arguments: str = "orderBy: {direction: ASC}", **variables: Any) -> dict[str, Any]:
        """A field of the calls by call id."""
        given = ", ".join(f"${name}: {'JSON' if name == 'filters' else 'CallLogFilter'}" for name in variables)
        head = f"query ({given})" if given else "query"
        found = await self.send(
            f"{head} {{ callLogs({arguments}) {{ edges {{ node {{ id callId {key} }} }} }} }}", **variables
        )
        return {edge["node"]["callId"]: edge["node"][key] for edge in found["callLogs"]["edges"]}

    async def charts(self, text: str) -> dict[str, Any]:
        return (await self.send(f"{{ previewWidget(input: {{{text}}}) {{ {CHART} }} }}"))["previewWidget"]


CHART = """
... on StatChart { value sampleCount }
... on BarChart { series { label sampleCount } }
... on Error { message }
"""


@pytest.fixture
def api(client: httpx.AsyncClient) -> Api:
    return Api(client)


@pytest.fixture(scope="module")
def sdl() -> GraphQLSchema:
    return build_schema(print_sdl())


def native(name: str | None = None, value: Any = None, **more: Any) -> dict[str, Any]:
    """A call of the native format, with a value for a field where one is named."""
    given = {} if name is None else {name: value}
    return {"call_id": "c", "agent": "Ava", "timestamp": time(36), **more, **given}


def ingested(call: dict[str, Any]) -> dict[str, Any]:
    """The same for the mutation, by names that are spelled out here once more."""
    return {camel(name): value for name, value in call.items()}


def camel(name: str) -> str:
    return name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:])


def three(name: str) -> list[dict[str, Any]]:
    """Three calls: with the first value, with the second, and as much without as it can be."""
    one = SAMPLES[name]
    given = (one.first, one.second) if "given" in one.ways else (None, None)
    calls = [native(call_id=call_id) for call_id in "abc"]
    return [
        *({**call, **({name: value} if value is not None else {})} for call, value in zip(calls, given, strict=False)),
        calls[2],
    ]


async def stored(sessions: Sessions, project_id: int, name: str) -> dict[str, Any]:
    """A column of the calls, as JSON, by call id."""
    column = CallLog.__table__.c[name]
    async with sessions.read(project_id) as session:
        rows = await session.execute(sa.select(CallLog.call_id, column).where(CallLog.project_id == project_id))
        return {call_id: plain(value) for call_id, value in rows.tuples()}


def plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def nothing(name: str) -> Any:
    """What a new call has that was brought in without the field."""
    return False if name == "is_reviewed" else None


def lines(path: Path, *calls: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(call) + "\n" for call in calls), encoding="utf-8")
    return path


def test_every_field_has_a_sample_and_a_column() -> None:
    assert [field.name for field in CALL_FIELDS] == list(SAMPLES)
    assert [camel(name) for name in SAMPLES] == [field.key for field in CALL_FIELDS]
    others = {"project_id", "id", "agent_id", "metadata"}
    assert {column.name for column in CallLog.__table__.columns} == SAMPLES.keys() | others
    beside = {"agent", "metadata", "metrics", "transcript", "feedback"}
    assert set(CALL_KEYS) == {name for name, one in SAMPLES.items() if "given" in one.ways} | beside
    assert {member.value for member in CallOrderField} == {
        name for name, one in SAMPLES.items() if "sorted" in one.ways
    }


COLUMN_TYPES = {
    DataType.STRING: sa.Text,
    DataType.NUMBER: sa.Float,
    DataType.BOOLEAN: sa.Boolean,
    DataType.DATETIME: sa.DateTime,
}
FLAGS = {
    "given": "is_given",
    "required": "is_required",
    "nullable": "is_nullable",
    "corrected": "is_correctable",
    "plotted": "is_plottable",
    "grouped": "is_groupable",
    "sorted": "is_sortable",
    "filtered": "is_filterable",
    "exported": "is_exported",
    "masked": "is_maskable",
}


@fields()
def test_a_row_agrees_with_its_column(name: str) -> None:
    field, column = FIELD_OF[name], CallLog.__table__.c[name]
    assert isinstance(column.type, COLUMN_TYPES[field.data_type])
    assert column.nullable == field.is_nullable
    if "given" in SAMPLES[name].ways:
        default = None if column.server_default is None else column.server_default.arg.text
        assert default == field.default
    assert {way for way, flag in FLAGS.items() if getattr(field, flag)} == SAMPLES[name].ways


@fields("given")
def test_a_field_is_checked(name: str) -> None:
    one = SAMPLES[name]
    assert one.wrong is not None
    wrong, told = one.wrong
    parse_call(native(name, one.first))
    for value, allowed in ((wrong, told), ({}, ""), ([], "")):
        with pytest.raises(CallFaults) as caught:
            parse_call(native(name, value))
        assert [(fault.path, allowed in fault.allowed) for fault in caught.value.faults] == [(f"/{name}", True)]
    call = native(name, None)
    if "required" in one.ways:
        with pytest.raises(CallFaults, match=f"/{name}: it is missing"):
            parse_call(call)
    else:
        parse_call(call)


@fields("given")
async def test_json_lines_bring_change_and_keep_it(
    sessions: Sessions, project_id: int, tmp_path: Path, name: str
) -> None:
    one, path = SAMPLES[name], tmp_path / "calls.jsonl"
    if "required" in one.ways:
        await import_file(sessions, project_id, lines(path, native(name, one.first)))
        assert list((await stored(sessions, project_id, name)).values()) == [one.first]
        return
    for call, expected in (
        (native(), nothing(name)),
        (native(name, one.first), one.first),
        (native(), one.first),
        (native(name, one.second), one.second),
        (native(name, None), one.second),
    ):
        result = await import_file(sessions, project_id, lines(path, call))
        assert result.rejected == 0
        assert await stored(sessions, project_id, name) == {"c": expected}


@fields("given")
async def test_records_of_one_call_in_one_batch_are_merged(
    sessions: Sessions, project_id: int, tmp_path: Path, name: str
) -> None:
    one = SAMPLES[name]
    pairs = {"changed": (one.first, one.second), "kept": (one.first, one.first if "required" in one.ways else None)}
    if name == "call_id":  # which call it is
        pairs = {one.first: (one.first, one.first)}
    calls = [native(**{"call_id": call_id, name: value}) for call_id, values in pairs.items() for value in values]
    result = await import_file(sessions, project_id, lines(tmp_path / "calls.jsonl", *calls))
    assert (result.created, result.updated) == (len(pairs), len(pairs))
    expected = {"changed": one.second, "kept": one.first, one.first: one.first}
    assert await stored(sessions, project_id, name) == {call_id: expected[call_id] for call_id in pairs}


@fields("given")
@pytest.mark.parametrize("with_mapping", [False, True])
async def test_csv_brings_it(
    sessions: Sessions, project_id: int, tmp_path: Path, name: str, with_mapping: bool
) -> None:
    one = SAMPLES[name]
    cells = {"call_id": "c", "agent": "Ava", "timestamp": time(36), name: one.cell}
    header = [f"Column {key}" if with_mapping else key for key in cells]
    path, mapping = tmp_path / "calls.csv", tmp_path / "mapping.toml"
    path.write_text(f"{','.join(header)}\n{','.join(cells.values())}\n", encoding="utf-8")
    mapping.write_text("[call]\n" + "".join(f'{key} = "Column {key}"\n' for key in cells), encoding="utf-8")
    options = ImportOptions(mapping=mapping if with_mapping else None)
    assert await import_file(sessions, project_id, path, options) == ImportResult(1, 0, 0)
    assert list((await stored(sessions, project_id, name)).values()) == [one.first]


async def test_csv_brings_nothing_else(sessions: Sessions, project_id: int, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("call_id,agent,timestamp,created_at\n", encoding="utf-8")
    with pytest.raises(ImportFailure) as refused:
        await import_file(sessions, project_id, path)
    allowed = [key for key in CALL_KEYS if key in SAMPLES or key == "agent"]
    assert f"Allowed without a mapping: {', '.join(allowed)}, metadata.KEY" in str(refused.value)


@fields("given")
async def test_a_mutation_brings_changes_and_keeps_it(api: Api, sessions: Sessions, project_id: int, name: str) -> None:
    one = SAMPLES[name]
    assert await api.ingest(ingested(native(name, one.first))) == []
    assert list((await stored(sessions, project_id, name)).values()) == [one.first]
    assert list((await api.calls(camel(name))).values()) == [one.first]
    if name != "call_id":
        assert await api.ingest(ingested(native(name, one.second))) == []
        assert await api.calls(camel(name)) == {"c": one.second}
    if "required" not in one.ways:
        assert await api.ingest(ingested(native())) == []
        assert await api.calls(camel(name)) == {"c": one.second}
    assert one.wrong is not None
    wrong, told = one.wrong
    if FIELD_OF[name].data_type in (DataType.STRING, DataType.NUMBER):
        (error,) = await api.ingest(ingested(native(name, wrong)))
        assert error["path"] == f"/calls/0/{camel(name)}"
        assert told in error["message"]


@fields()
async def test_a_review_corrects_it_or_cannot(api: Api, sdl: GraphQLSchema, name: str) -> None:
    one, kind = SAMPLES[name], sdl.type_map["UpdateCallLogInput"]
    assert isinstance(kind, GraphQLInputObjectType)
    assert (camel(name) in kind.fields) == ("corrected" in one.ways)
    if "corrected" not in one.ways:
        return
    await api.ingest(ingested(native(name, one.first)))
    (number,) = (await api.calls("id")).values()
    query = f"""mutation ($input: UpdateCallLogInput!) {{
        updateCallLog(input: $input) {{ callLog {{ {camel(name)} }} errors {{ path message }} }} }}"""

    async def update(**given: Any) -> dict[str, Any]:
        return (await api.send(query, input={"id": number, **given}))["updateCallLog"]

    for given, expected in (({camel(name): one.second}, one.second), ({}, one.second)):
        assert await update(**given) == {"callLog": {camel(name): expected}, "errors": []}
    cleared = await update(**{camel(name): None})
    if "nullable" in one.ways:
        assert cleared == {"callLog": {camel(name): None}, "errors": []}
    else:
        assert [error["path"] for error in cleared["errors"]] == [f"/{camel(name)}"]


@fields("sorted")
async def test_lists_are_ordered_by_it(api: Api, name: str) -> None:
    for call in reversed(three(name)):
        await api.ingest(ingested(call))
    values = list((await api.calls(camel(name), f"orderBy: {{field: {name.upper()}, direction: ASC}}")).values())
    falling = list((await api.calls(camel(name), f"orderBy: {{field: {name.upper()}, direction: DESC}}")).values())
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert len({*known}) == len(known) >= 2
    assert falling == [*reversed(known), *([None] if "nullable" in SAMPLES[name].ways else [])]


@fields()
async def test_filters_name_it_in_json_and_typed(api: Api, name: str) -> None:
    for call in three(name):
        await api.ingest(ingested(call))
    have = await api.calls(camel(name))
    requested = {call_id: value for call_id, value in have.items() if value == have["a"]}
    assert 1 <= len(requested) < 3
    condition = {"field": name, "op": "eq", "value": have["a"]}
    assert await api.calls(camel(name), "filters: $filters", filters=condition) == requested
    assert await api.calls(camel(name), "where: $where", where={camel(name): {"eq": have["a"]}}) == requested
    without = {"field": name, "op": "isnull", "value": True}
    missing = await api.calls(camel(name), "filters: $filters", filters=without)
    assert missing == ({"c": None} if "nullable" in SAMPLES[name].ways else {})


@fields()
async def test_widgets_plot_it_or_cannot(api: Api, name: str) -> None:
    for call in three(name):
        await api.ingest(ingested(call))
    one = SAMPLES[name]
    chart = await api.charts(f'chartType: STAT, field: "{name}", aggregation: COUNT')
    if "plotted" in one.ways:
        assert chart["value"] == (2 if "nullable" in one.ways else 3)
    else:
        assert f"'{name}'" in chart["message"] or f'"{name}"' in chart["message"]
    grouping = f'groupBy: {{type: "field", field: "{name}"}}'
    bars = f'chartType: BAR, field: "timestamp", aggregation: COUNT, timePeriod: MONTH, {grouping}'
    grouped = await api.charts(bars)
    if "grouped" in one.ways:
        have = [label(value) for value in (await api.calls(camel(name))).values()]
        counts = {series["label"]: series["sampleCount"] for series in grouped["series"]}
        assert counts == {text: have.count(text) for text in have}
    else:
        assert "series" not in grouped
    listed = {
        row["name"]: row
        for row in (await api.send("{ widgetFields { name groupable dataType description } }"))["widgetFields"]
    }
    assert (name in listed) == ("plotted" in one.ways)
    if name in listed:
        field = FIELD_OF[name]
        assert listed[name] == {
            "name": name,
            "groupable": "grouped" in one.ways,
            "dataType": field.data_type.name,
            "description": field.description,
        }


def label(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


@fields()
async def test_its_values_are_listed_where_they_are_texts(api: Api, name: str) -> None:
    for call in three(name):
        await api.ingest(ingested(call))
    query = f'{{ fieldValues(field: "{name}") {{ values {{ value count }} }} }}'
    if FIELD_OF[name].data_type is DataType.STRING:
        values = (await api.send(query))["fieldValues"]["values"]
        have = [value for value in (await api.calls(camel(name))).values() if value is not None]
        assert {found["value"]: found["count"] for found in values} == dict.fromkeys(have, 1)
    else:
        answer = (await api.client.post("/graphql", json={"query": query})).json()
        assert "are not strings" in answer["errors"][0]["message"]


@fields()
@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_exports_hold_it_and_are_imported_as_the_same_calls(
    api: Api, sessions: Sessions, project_id: int, other_project_id: int, tmp_path: Path, name: str, form: str
) -> None:
    for call in three(name):
        await api.ingest(ingested(call))
    path = tmp_path / f"calls.{form}"
    response = await api.client.get(f"/export/calls.{form}")
    path.write_bytes(response.content)
    first = response.text.splitlines()[0]
    keys = (
        first.split(",") if form == "csv" else {key for line in response.text.splitlines() for key in json.loads(line)}
    )
    assert (name in keys) == ("exported" in SAMPLES[name].ways)
    assert (await import_file(sessions, other_project_id, path)).created == 3
    if "exported" in SAMPLES[name].ways:
        assert await stored(sessions, other_project_id, name) == await stored(sessions, project_id, name)


@fields()
def test_the_schema_describes_it_in_the_words_of_its_row(sdl: GraphQLSchema, name: str) -> None:
    field, ways = FIELD_OF[name], SAMPLES[name].ways
    shown = sdl.type_map["CallLog"]
    assert isinstance(shown, GraphQLObjectType)
    assert shown.fields[camel(name)].description == field.description
    expected = {"CallLogInput": "given", "UpdateCallLogInput": "corrected"}
    for input_name, way in expected.items():
        kind = sdl.type_map[input_name]
        assert isinstance(kind, GraphQLInputObjectType)
        assert (camel(name) in kind.fields) == (way in ways)
        if way in ways:
            described = kind.fields[camel(name)].description
            assert described is not None
            assert described.startswith(field.description)
    orders = sdl.type_map["CallOrderField"]
    assert isinstance(orders, GraphQLEnumType)
    assert (name.upper() in orders.values) == ("sorted" in ways)
    if "sorted" in ways:
        last = " Calls without it come last in either direction." if field.is_nullable else ""
        assert orders.values[name.upper()].description == field.description + last
    filters = sdl.type_map["CallLogFilter"]
    assert isinstance(filters, GraphQLInputObjectType)
    assert filters.fields[camel(name)].description == f"`{name}`: {field.description}"


async def test_the_catalogue_of_filters_describes_every_field(api: Api) -> None:
    listed = (await api.send("{ filterFields { name dataType description } }"))["filterFields"]
    rows = {row["name"]: (row["dataType"], row["description"]) for row in listed}
    assert {name: rows.get(name) for name in SAMPLES} == {
        field.name: (field.data_type.name, field.description) for field in CALL_FIELDS
    }


def has_row(page: str, row: str) -> bool:
    return row in (DOCS / page).read_text(encoding="utf-8").splitlines()


@fields()
def test_the_documentation_lists_it(name: str) -> None:
    field, ways = FIELD_OF[name], SAMPLES[name].ways
    if "given" in ways:
        note = "required" if field.is_required else f"`{field.default}` when none is given" if field.default else ""
        assert has_row("importing.md", f"| `{name}` | {field.description} | {field.form} | {note} |")
    if "filtered" in ways:
        assert has_row("filters.md", f"| `{name}` | {field.data_type} | {field.description} |")
    if "plotted" in ways:
        grouped = "yes" if "grouped" in ways else ""
        assert has_row("charts.md", f"| `{name}` | {field.data_type} | {grouped} | {field.description} |")
    exporting = (DOCS / "exporting.md").read_text(encoding="utf-8")
    if "sorted" in ways:
        assert f"`{name.upper()}`" in exporting
    assert (f"`{name}`" in exporting) == ("exported" in ways)


@fields("given")
def test_the_demo_has_values_of_it(name: str) -> None:
    assert any(getattr(call, name, None) or name in call.values for call in islice(draw_calls(200, 1, NOW), 200))


def test_other_limits_are_told_and_checked() -> None:
    text = replace(FIELD_OF["topic"], shortest=2, longest=3)
    number = replace(FIELD_OF["duration"], least=2, unit=None)
    assert (text.form, number.form) == ("a string of 2 to 3 characters", "a finite number, 2 or more")
    assert (text.check()("abc"), number.check()(2)) == ("abc", 2.0)
    for field, value in ((text, "a"), (text, "é"), (text, ""), (text, "abcd"), (number, 1.5)):
        with pytest.raises(Refused):
            field.check()(value)
