"""Files in the shapes that services export, imported with a mapping each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from models.sessions import Sessions
from server.importing import ImportFailure, ImportOptions, ImportResult, import_file


@dataclass(frozen=True)
class Project:
    """Imports into a project and reads what is there."""

    sessions: Sessions
    id: int
    folder: Path

    async def load(self, name: str, content: str, mapping: str) -> ImportResult:
        """Imports a file with a mapping."""
        (self.folder / name).write_text(content)
        (self.folder / "map.toml").write_text(mapping)
        return await import_file(self.sessions, self.id, self.folder / name, ImportOptions(self.folder / "map.toml"))

    async def rows(self, columns: str, tables: str = "") -> list[tuple[Any, ...]]:
        """Columns of the calls, by their ids."""
        source = f"call_logs c join agents a on a.id = c.agent_id {tables}"
        async with self.sessions.read(self.id) as session:
            found = await session.execute(sa.text(f"select c.call_id, {columns} from {source} order by 1, 2"))
            return [tuple(row) for row in found]


EVALUATIONS = (
    "join metric_evaluations e on e.project_id = c.project_id and e.call_log_id = c.id"
    " join metrics m on m.project_id = e.project_id and m.id = e.metric_id"
)
STARTED = "to_char(c.timestamp at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')"


@pytest.fixture
def project(sessions: Sessions, project_id: int, tmp_path: Path) -> Project:
    return Project(sessions, project_id, tmp_path)


async def test_a_list_of_objects_with_what_matters_nested(project: Project) -> None:
    calls = [
        {
            "id": "a", "bot": "b-1", "begin": "2026-10-01T08:00:00.000Z", "end": "2026-10-01T08:02:03.500Z",
            "price": 0.4, "from": {"number": "+4930100"},
            "review": {"passed": "true", "data": {"stars": 4, "why": "invoice"}},
            "talk": {"turns": [{"by": "assistant", "said": "Hello", "at": 1}, {"by": "caller", "said": "Hi"}]},
        },
        {"id": "b", "bot": "b-2", "begin": None, "created": "2026-10-01T09:00:00Z", "end": None, "price": 0},
    ]  # fmt: skip
    mapping = """
        [call]
        call_id = "id"
        agent = "bot"
        timestamp = { first_of = ["begin", "created"] }
        duration = { between = ["begin", "end"] }
        success = "review.passed"
        customer_number = "from.number"
        [metadata]
        why = "review.data.why"
        [metrics.stars]
        column = "review.data.stars"
        type = "rating"
        [metrics.price]
        column = "price"
        type = "numeric"
        [transcript]
        column = "talk.turns"
        role = "by"
        text = "said"
        time = "at"
        roles = { assistant = "agent", caller = "customer" }
    """
    result = await project.load("calls.json", json.dumps(calls, indent=1), mapping)
    assert result == ImportResult(created=2)
    assert await project.rows(f"a.agent_name, {STARTED}, duration, success, customer_number, metadata") == [
        ("a", "b-1", "2026-10-01 08:00:00.000", 123.5, True, "+4930100", {"why": "invoice"}),
        ("b", "b-2", "2026-10-01 09:00:00.000", None, None, None, {}),
    ]
    assert await project.rows("m.name, e.number_value", EVALUATIONS) == [
        ("a", "price", 0.4), ("a", "stars", 4.0), ("b", "price", 0.0),
    ]  # fmt: skip


async def test_milliseconds_and_keys_with_dots(project: Project) -> None:
    calls = [
        {"call_id": "a", "agent": "R", "start_ms": 1790841600250, "took_ms": 61_500, "labels": {"plan.tier": "gold"},
         "delay": {"p95": 900}, "mood": "Positive"},
        {"call_id": "b", "agent": "R", "start_ms": 1790841700000, "took_ms": 9_000, "mood": "Unknown"},
    ]  # fmt: skip
    mapping = """
        [call]
        call_id = "call_id"
        agent = "agent"
        timestamp = { column = "start_ms", format = "unix_ms" }
        duration = { column = "took_ms", unit = "milliseconds" }
        [metadata]
        tier = 'labels."plan.tier"'
        [metrics.delay]
        column = "delay.p95"
        type = "numeric"
        [metrics.mood]
        column = "mood"
        type = "enum"
        null = ["unknown"]
    """
    assert (await project.load("calls.json", json.dumps(calls), mapping)).created == 2
    assert await project.rows(f"{STARTED}, duration, metadata") == [
        ("a", "2026-10-01 08:00:00.250", 61.5, {"tier": "gold"}),
        ("b", "2026-10-01 08:01:40.000", 9.0, {}),
    ]
    assert await project.rows("m.name, e.number_value, e.text_value", EVALUATIONS) == [
        ("a", "delay", 900.0, None), ("a", "mood", None, "Positive"),
    ]  # fmt: skip


async def test_several_objects_on_a_line_and_nobody_who_answered(project: Project) -> None:
    calls = [
        {"Id": "a", "At": "2026-10-01T08:00:00Z", "Agent": {"Name": "ana"}, "Queue": {"Name": "Basic", "Wait": 12}},
        {
            "Id": "b",
            "At": "2026-10-01T08:01:00Z",
            "Agent": None,
            "Queue": {"Name": "Basic", "Wait": 40},
            "Tags": {"x": 1},
        },
    ]
    mapping = """
        [call]
        call_id = "Id"
        agent = { column = "Agent.Name", default = "Nobody" }
        timestamp = "At"
        [metadata]
        "*" = [{ column = "Tags", prefix = "tag_" }, true]
        [metrics.wait]
        column = "Queue.Wait"
        type = "numeric"
    """.replace(", true]", ", {}]")
    result = await project.load("calls.jsonl", "".join(map(json.dumps, calls)) + "\n", mapping)
    assert result == ImportResult(created=2, without_agent=1)
    assert await project.rows("a.agent_name, metadata") == [
        ("a", "ana", {"Queue": {"Name": "Basic"}}),
        ("b", "Nobody", {"Queue": {"Name": "Basic"}, "tag_x": 1}),
    ]


async def test_rows_without_an_id_in_zones_of_their_own(project: Project) -> None:
    content = (
        "line,date,time,zone,from,answered,user,seconds,tags\n"
        'Main,2026-10-01,10:00:00,Europe/Paris,331,Yes,Ana,95,"vip;billing"\n'
        "Main,2026-10-01,10:00:00,Europe/Paris,332,No,,12,\n"
        "Main,2026-10-01,04:00:00,America/New_York,333,No,,12,\n"
    )
    mapping = """
        [call]
        call_id = { columns = ["line", "date", "time", "from"], joiner = "|" }
        agent = "user"
        timestamp = { columns = ["date", "time"], format = "%Y-%m-%d %H:%M:%S", time_zone = { column = "zone" } }
        duration = { column = "seconds", unit = "seconds" }
        success = "answered"
        [metadata]
        tags = { column = "tags", type = "list" }
    """
    result = await project.load("calls.csv", content, mapping)
    assert result == ImportResult(created=3, without_agent=2)
    assert await project.rows(f"a.agent_name, {STARTED}, success, metadata") == [
        ("Main|2026-10-01|04:00:00|333", "(none)", "2026-10-01 08:00:00.000", False, {}),
        ("Main|2026-10-01|10:00:00|331", "Ana", "2026-10-01 08:00:00.000", True, {"tags": ["vip", "billing"]}),
        ("Main|2026-10-01|10:00:00|332", "(none)", "2026-10-01 08:00:00.000", False, {}),
    ]
    hashed = mapping.replace('{ columns = ["line", "date", "time", "from"], joiner = "|" }', '{ hash = "row" }')
    assert (await project.load("calls.csv", content, hashed)).created == 3
    assert (await project.load("calls.csv", content, hashed)).updated == 3


async def test_a_clock_of_twelve_hours_and_a_call_in_progress(project: Project) -> None:
    content = (
        '"Type","Id","Ext","Date","Time","Duration"\n'
        '"Voice","a","101 - Desk","Thu 10/01/2026","9:05 AM","0:03:25"\n'
        '"Voice","b","","Thu 10/01/2026","12:59 PM","0:00:00"\n'
        '"Voice","c","102 - Sales","Thu 10/01/2026","1:00 PM","In Progress"\n'
        '"Total","","","","","0:03:25"\n'
    )
    mapping = """
        skip = [{ column = "Type", equals = "total" }]
        time_zone = "Europe/Berlin"
        [call]
        call_id = "Id"
        agent = "Ext"
        timestamp = { columns = ["Date", "Time"], format = "%a %m/%d/%Y %I:%M %p" }
        duration = { column = "Duration", null = ["In Progress"] }
    """
    result = await project.load("calls.csv", content, mapping)
    assert result == ImportResult(created=3, skipped=1, without_agent=1)
    assert await project.rows(f"a.agent_name, {STARTED}, duration") == [
        ("a", "101 - Desk", "2026-10-01 07:05:00.000", 205.0),
        ("b", "(none)", "2026-10-01 10:59:00.000", 0.0),
        ("c", "102 - Sales", "2026-10-01 11:00:00.000", None),
    ]


HEADER = "id,ag,ts,d,score"
GERMAN = (
    "id;ag;ts;d;score\n"
    "1;A;2026-10-01T09:00:00Z;205;4\n"
    "2;A;2026-10-01T09:01:00Z;1.205;3\n"
    "3;A;2026-10-01T09:02:00Z;12,5;4,5\n"
)
GERMAN_MAPPING = """
    [call]
    call_id = "id"
    agent = "ag"
    timestamp = "ts"
    duration = "d"
    [metrics.score]
    column = "score"
    type = "rating"
"""


async def test_decimal_commas(project: Project) -> None:
    with pytest.raises(ImportFailure) as caught:
        await project.load("calls.csv", GERMAN, GERMAN_MAPPING)
    assert str(caught.value).startswith(f"{project.folder / 'calls.csv'}:4:4: d: '12,5' has separators")
    assert 'in the mapping decimal = ","' in str(caught.value)
    assert await project.rows("duration") == [], "nothing of the file went in"
    settings = 'decimal = ","\nthousands = "."\n'
    assert (await project.load("calls.csv", GERMAN, settings + GERMAN_MAPPING)).created == 3
    assert await project.rows("duration, e.number_value", EVALUATIONS) == [
        ("1", 205.0, 4.0), ("2", 1205.0, 3.0), ("3", 12.5, 4.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "place", "reason"),
    [
        ("calls.csv", f"{HEADER}\n1.76363E+12,A,2026-10-01T09:00:00Z,1,1\n", "2:1", "id: '1.76363E+12' is a number"),
        ("calls.csv", f"{HEADER}\n1,A,1790841600000,1,1\n", "2:3", "ts: '1790841600000' is a number of milliseconds"),
        ("calls.csv", f"{HEADER}\n1,A,2026-10-01T09:00:00Z,205000,1\n", "2:4", "d: '205000' as seconds would be"),
        ("calls.jsonl", '{"id": 1, "ts": 1790841600000}\n', "1:17", "ts: 1790841600000 is a number of milliseconds"),
        ("calls.json", '[\n{"id": 1,\n "ts": 1790841600000}]\n', "3:8", "ts: 1790841600000 is a number of"),
    ],
)  # fmt: skip
async def test_what_would_go_in_silently_wrong_stops_the_file(
    project: Project, name: str, content: str, place: str, reason: str
) -> None:
    with pytest.raises(ImportFailure) as caught:
        await project.load(name, content, GERMAN_MAPPING)
    assert str(caught.value).startswith(f"{project.folder / name}:{place}: {reason}")
    assert await project.rows("duration") == []
