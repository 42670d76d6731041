"""Every kind of change marks exactly the slots whose data it may have changed, on PostgreSQL."""

import math
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import URL

from models.call_record import CallRecord, parse_call
from models.change_mark import AGENTS, EVERYTHING, METRICS, UNBOUNDED
from models.changes import compact_changes, read_versions
from models.ingest import upsert_calls
from models.sessions import Sessions
from tests.conftest import DatabaseServer
from tests.models.mark_database import BASE, Writer, at, fill, writer

CALL = "insert into call_logs (project_id, call_id, agent_id, timestamp)"
EVALUATION = "insert into metric_evaluations (project_id, call_log_id, metric_id, number_value)"


@pytest.fixture
async def made(database_url: URL, project_id: int) -> AsyncGenerator[Writer]:
    async with writer(database_url, project_id) as connected:
        await fill(connected)
        yield connected


BEFORE_OUR_ERA = math.floor((datetime(1, 3, 15, tzinfo=UTC).timestamp() - 16_436 * 86_400) / 900)
"""45 BC is 16,436 days earlier by the calendar that PostgreSQL counts in."""

CASES: dict[str, tuple[str, dict[int, int]]] = {
    "the first moment of a slot": (f"{CALL} values (:p, 'n', 1, {at(7)})", {7: 1}),
    "the last moment of a slot": (f"{CALL} values (:p, 'n', 1, {at(8)} - interval '1 us')", {7: 1}),
    "before 1970": (f"{CALL} values (:p, 'n', 1, '1969-12-31 23:59:59+00')", {-1: 1}),
    "insert many calls": (
        f"{CALL} select :p, 'n' || n, 1, {at(5)} + n * interval '1 min' from generate_series(0, 44) n",
        {5: 1, 6: 1, 7: 1},
    ),
    "insert no call": (f"{CALL} select :p, 'n', 1, now() where false", {}),
    "insert a call that is there": (f"{CALL} values (:p, 'c1', 1, {at(7)}) on conflict do nothing", {}),
    "upsert a call that is there": (
        f"{CALL} values (:p, 'c1', 1, {at(7)}) on conflict (project_id, call_id) "
        "do update set timestamp = excluded.timestamp",
        {0: 1, 7: 1},
    ),
    "update a call": ("update call_logs set duration = 5 where project_id = :p and id = 2", {1: 1}),
    "review a call": ("update call_logs set is_reviewed = true where project_id = :p and id = 2", {1: 1}),
    "move a call": (f"update call_logs set timestamp = {at(9)} where project_id = :p and id = 2", {1: 1, 9: 1}),
    "move a call within its slot": (
        f"update call_logs set timestamp = {at(1, 60)} where project_id = :p and id = 2",
        {1: 1},
    ),
    "exchange two calls": (
        f"update call_logs set timestamp = {at(5)} - (timestamp - {at(0)}) where project_id = :p and id in (3, 4)",
        {2: 1, 3: 1},
    ),
    "update no call": ("update call_logs set duration = 5 where project_id = :p and id = 99", {}),
    "delete a call with its evaluation": ("delete from call_logs where project_id = :p and id = 3", {2: 1}),
    "delete no call": ("delete from call_logs where project_id = :p and id = 99", {}),
    "insert evaluations": (f"{EVALUATION} values (:p, 1, 1, 5), (:p, 1, 2, 5), (:p, 4, 1, 5)", {0: 1, 3: 1}),
    "insert no evaluation": (f"{EVALUATION} select :p, 1, 1, 5 where false", {}),
    "update an evaluation": ("update metric_evaluations set number_value = 9 where project_id = :p and id = 2", {1: 1}),
    "give an evaluation to another call": (
        "update metric_evaluations set call_log_id = 4 where project_id = :p and id = 2",
        {1: 1, 3: 1},
    ),
    "update no evaluation": ("update metric_evaluations set number_value = 9 where project_id = :p and id = 99", {}),
    "delete evaluations": ("delete from metric_evaluations where project_id = :p and id in (1, 4)", {0: 1, 3: 1}),
    "delete no evaluation": ("delete from metric_evaluations where project_id = :p and id = 99", {}),
    "merge": (
        f"merge into call_logs call using (values ('c1'), ('n')) given (call_id) "
        "on call.project_id = :p and call.call_id = given.call_id "
        "when matched then update set duration = 1 when not matched then "
        f"insert (project_id, call_id, agent_id, timestamp) values (:p, given.call_id, 1, {at(6)})",
        {0: 1, 6: 1},
    ),
    "a call and its evaluation in one statement": (
        f"with made as ({CALL} values (:p, 'n', 1, {at(6)}) returning id) {EVALUATION} select :p, id, 1, 1 from made",
        {6: 2},
    ),
    "move a call and write its evaluation in one statement": (
        f"with moved as (update call_logs set timestamp = {at(6)} where project_id = :p and id = 1) "
        f"{EVALUATION} values (:p, 1, 1, 1)",
        {0: 1, 6: 2},
    ),
    "infinite times": (f"{CALL} values (:p, 'n', 1, 'infinity'), (:p, 'o', 1, '-infinity')", {UNBOUNDED: 1}),
    "the end of time": (f"{CALL} values (:p, 'n', 1, '294276-12-31 00:00+00')", {UNBOUNDED: 1}),
    "before our era": (f"{CALL} values (:p, 'n', 1, '0045-03-15 00:00+00 BC')", {BEFORE_OUR_ERA: 1}),
    "move a call to infinity": (
        "update call_logs set timestamp = 'infinity' where project_id = :p and id = 1",
        {0: 1, UNBOUNDED: 1},
    ),
    "insert an agent": ("insert into agents (project_id, agent_name) values (:p, 'z')", {}),
    "rename an agent": ("update agents set agent_name = 'z' where project_id = :p and id = 1", {AGENTS: 1}),
    "exchange the names of agents": (
        "update agents set assistant_id = (3 - id)::text where project_id = :p",
        {AGENTS: 1},
    ),
    "give an agent its own name": ("update agents set agent_name = 'a' where project_id = :p and id = 1", {}),
    "touch an agent": ("update agents set updated_at = now() + interval '1 s' where project_id = :p", {}),
    "delete an agent": ("delete from agents where project_id = :p and id = 2", {AGENTS: 1}),
    "insert a metric": ("insert into metrics (project_id, name, evaluation_type) values (:p, 'z', 'enum')", {}),
    "rename a metric": ("update metrics set name = 'z' where project_id = :p and id = 1", {METRICS: 1}),
    "another type": ("update metrics set evaluation_type = 'rating' where project_id = :p and id = 1", {METRICS: 1}),
    "add enum values": (
        "update metrics set enum_values = array['x'], updated_at = now() + interval '1 s' where project_id = :p",
        {},
    ),
    "delete a metric with its evaluations": (
        "delete from metrics where project_id = :p and id = 1",
        {METRICS: 1, 0: 1, 1: 1, 2: 1, 3: 1},
    ),
    "delete no metric": ("delete from metrics where project_id = :p and id = 99", {}),
}


@pytest.mark.parametrize(("statement", "marks"), CASES.values(), ids=CASES.keys())
async def test_marks_of_a_statement(made: Writer, statement: str, marks: dict[int, int]) -> None:
    assert await made.marked(statement) == marks


async def test_what_is_rolled_back_marks_nothing(made: Writer) -> None:
    assert await made.marked("begin", "delete from call_logs where project_id = :p", "rollback") == {}
    assert (
        await made.marked(
            "begin", "savepoint s", "delete from call_logs where project_id = :p", "rollback to s", "commit"
        )
        == {}
    )


async def test_deleting_all_of_a_project(made: Writer) -> None:
    for table in ("call_logs", "agents", "metrics"):
        await made.run(f"delete from {table} where project_id = :p")
    await made.run("delete from projects where id = :p")
    assert await made.value("select count(*) from projects where id = :p") == 0


async def test_a_project_with_agents_can_be_deleted(made: Writer) -> None:
    await made.run("delete from call_logs where project_id = :p", "delete from projects where id = :p")
    assert await made.value("select count(*) from agents where project_id = :p") == 0


def _call(call_id: str, time: str, *values: float) -> CallRecord:
    metrics = [{"metric": "m", "type": "numeric", "value": value} for value in values]
    return parse_call({"call_id": call_id, "agent": "a", "timestamp": time, "metrics": metrics})


async def _upsert(sessions: Sessions, project_id: int, *records: CallRecord) -> None:
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, records)


async def test_upserts(sessions: Sessions, made: Writer) -> None:
    before = await made.sums()

    async def marked(*records: CallRecord) -> dict[int, bool]:
        nonlocal before
        await _upsert(sessions, made.project_id, *records)
        after = await made.sums()
        changed = {slot: True for slot, changes in after.items() if changes != before.get(slot)}
        before = after
        return changed

    assert await marked(_call("n", "2026-02-10T02:00:00Z", 1), _call("o", "2026-02-10T02:14:59Z")) == {8: True}
    assert await marked(_call("n", "2026-02-10T02:00:00Z", 2)) == {8: True}
    assert await marked(_call("n", "2026-02-10T03:00:00Z", 2)) == {8: True, 12: True}
    assert await marked(_call("c2", "2026-02-10T00:15:00Z")) == {1: True}


async def test_copy(own_database_url: URL, database_server: DatabaseServer) -> None:
    """COPY is not to be had under row-level security, so this is how a superuser fills tables."""
    async with (
        writer(own_database_url, 1) as own,
        writer(database_server.admin.set(database=own_database_url.database), 1) as superuser,
    ):
        await own.run("insert into projects (id, name) overriding system value values (1, 'one')")
        await fill(own)
        before = await own.sums()
        columns = "copy call_logs (project_id, call_id, agent_id, timestamp) from stdin"
        async with superuser.connection.cursor() as cursor, cursor.copy(columns) as copy:
            for minute in (0, 14, 15):
                await copy.write_row((1, f"n{minute}", 1, f"2026-02-10 01:{minute}+00"))
        after = await own.sums()
        assert {slot: after[slot] - before.get(slot, 0) for slot in after if after[slot] != before.get(slot)} == {
            4: 1,
            5: 1,
        }


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("truncate metric_evaluations", 1),
        ("truncate call_logs cascade", 2),
        ("truncate agents cascade", 3),
        ("truncate metrics cascade", 2),
    ],
)
async def test_truncated_tables_mark_every_project(own_database_url: URL, statement: str, tables: int) -> None:
    async with writer(own_database_url, 1) as one, writer(own_database_url, 2) as two:
        await one.run("insert into projects (id, name) overriding system value values (1, 'one'), (2, 'two')")
        await fill(one)
        assert await one.marked(statement) == {EVERYTHING: tables}
        assert await two.sums() == {EVERYTHING: tables}


async def test_truncated_projects_leave_marks_too(own_database_url: URL) -> None:
    """The next project of the same number must not be taken for the one that was."""
    async with writer(own_database_url, 1) as one:
        await one.run("insert into projects (id, name) overriding system value values (1, 'one')")
        await fill(one)
        assert EVERYTHING in await one.marked("truncate projects restart identity cascade")


async def test_temporary_tables_of_the_same_names_are_ignored(own_database_url: URL) -> None:
    async with writer(own_database_url, 1) as one:
        await one.run("insert into projects (id, name) overriding system value values (1, 'one')")
        await fill(one)
        before = await one.sums()
        await one.run(
            "create temporary table call_logs (like public.call_logs)",
            "create temporary table change_marks (like public.change_marks)",
            "update public.metric_evaluations set number_value = 9 where project_id = :p and id = 2",
            "update public.call_logs set duration = 9 where project_id = :p and id = 3",
            "drop table pg_temp.call_logs, pg_temp.change_marks",
        )
        after = await one.sums()
    assert {slot: changes - before.get(slot, 0) for slot, changes in after.items()} == {0: 0, 1: 1, 2: 1, 3: 0}


async def test_marks_of_others_cannot_be_seen_or_changed(made: Writer, other_project_id: int) -> None:
    await made.run(f"insert into change_marks (project_id, slot, changes) values ({other_project_id}, 1, 1)")
    assert await made.run(f"select * from change_marks where project_id = {other_project_id}") == []
    await made.run(f"delete from change_marks where project_id = {other_project_id}")
    with pytest.raises(Exception, match="row-level security"):
        await made.run(f"update change_marks set project_id = {other_project_id} where project_id = :p")
    await made.run(f"select set_config('dialboard.project_id', '{other_project_id}', false)")
    assert await made.run(f"select slot, changes from change_marks where project_id = {other_project_id}") == [(1, 1)]


async def test_versions_are_the_sums_of_marks_before_and_after_compacting(
    sessions: Sessions, made: Writer, other_project_id: int
) -> None:
    await made.run(
        f"insert into change_marks (project_id, slot, changes) values ({other_project_id}, {BASE}, 1)",
        *["update call_logs set duration = 1 where project_id = :p and id = 1"] * 5,
        "update agents set agent_name = 'z' where project_id = :p and id = 1",
    )

    async def read() -> tuple[list[int], int, int, int, int]:
        async with sessions.read(made.project_id) as session:
            versions = await read_versions(session, made.project_id, BASE - 1, BASE + 3)
        return versions.slots.tolist(), versions.everything, versions.agents, versions.metrics, versions.first

    before = await read()
    assert before == ([0, 7, 2, 2], 0, 1, 0, BASE - 1)
    async with sessions.write(made.project_id) as session:
        assert await compact_changes(session, made.project_id) == 6
    assert await read() == before
    async with sessions.write(made.project_id) as session:
        assert await compact_changes(session, made.project_id) == 0


async def test_versions_of_a_project_without_marks(sessions: Sessions, project_id: int) -> None:
    async with sessions.read(project_id) as session:
        versions = await read_versions(session, project_id, BASE, BASE + 2)
    assert (versions.slots.tolist(), versions.everything) == ([0, 0], 0)


async def test_slots_are_those_of_the_marks(sessions: Sessions, made: Writer) -> None:
    async with sessions.read(made.project_id) as session:
        begin = await session.scalar(sa.text("select min(timestamp) from call_logs"))
    assert begin.timestamp() == BASE * 900
