"""The rules for statements find what they are there to find, and look at what the program runs."""

import pytest

from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from tests.recorded_statements import EXEMPT, OF_ALL_PROJECTS, ROOT, Recorded
from tests.sql_rules import faults

KEPT = {
    "a literal": "select 1 from call_logs where project_id = %(p)s",
    "a literal with a cast": "select 1 from call_logs c where c.project_id = %(p)s::BIGINT and c.id = 5",
    "a project": "select name from projects where id = %(p)s",
    "each table of a join": "select 1 from call_logs c join agents a on a.project_id = %s and a.id = c.agent_id "
    "where c.project_id = %s",
    "a sub-select with its own": "select 1 from call_logs c where c.project_id = %s and exists "
    "(select from agents a where a.project_id = %s and a.id = c.agent_id)",
    "a name of WITH": "with agents as (select 1 as id) select id from agents",
    "a temporary table": "select 1 from pg_temp.staged_calls",
    "values": "insert into agents (project_id, agent_name) values (%s, %s), (%s, %s)",
    "values beside numbers": "insert into agents (project_id, agent_name) select p0::bigint, p1 from "
    "(values (%s, %s, 0), (%s, %s, 1)) as sent(p0, p1, place) order by place returning id",
    "from another table with a literal": "insert into agents (project_id, agent_name) "
    "select %s, call_id from call_logs where project_id = %s",
    "excluded": "insert into budgets (project_id, points) values (%s, now()) "
    "on conflict (project_id) do update set points = excluded.points",
    "rows in order": "select 1 from agents where project_id = %s and (agent_name, id) > (%s, %s)",
    "a lock": "select id from agents where project_id = %s for update",
    "a percent sign": "select '%%' from agents where project_id = %s",
}
BROKEN = {
    "none": ("select 1 from call_logs where id = 1", "call_logs as call_logs without a literal project_id"),
    "of another table": (
        "select 1 from call_logs c join agents a on a.project_id = c.project_id where c.project_id = %s",
        "agents as a without a literal project_id",
    ),
    "only in one branch": ("select 1 from agents where project_id = %s or id = 3", "agents as agents without"),
    "unclear whose": (
        "select 1 from call_logs c join agents a on c.project_id = %s where project_id = %s",
        "agents as a without a literal project_id",
    ),
    "sub-select": (
        "select 1 from call_logs c where c.project_id = %s and exists (select from agents a where a.id = c.agent_id)",
        "agents as a without a literal project_id",
    ),
    "branch of a union": (
        "select id from agents where project_id = %s union all select id from agents",
        "agents as agents without",
    ),
    "projects": ("select name from projects", "projects as projects without a literal id"),
    "update": ("update agents set agent_name = 'x' where id = 3", "agents as agents without a literal project_id"),
    "update from": (
        "update agents a set agent_name = 'x' from call_logs c where a.project_id = %s and c.agent_id = a.id",
        "call_logs as c without a literal project_id",
    ),
    "delete": ("delete from widgets where id = %s", "widgets as widgets without a literal project_id"),
    "insert": ("insert into agents (agent_name) values ('x')", "inserts into agents without a literal project_id"),
    "insert from a table": (
        "insert into agents (project_id, agent_name) select project_id, call_id from call_logs where project_id = %s",
        "inserts into agents without a literal project_id",
    ),
    "insert in WITH": (
        "with made as (insert into agents (agent_name) values ('x') returning id) select id from made",
        "inserts into agents without a literal project_id",
    ),
    "now()": (
        "insert into agents (project_id, id) values (%s, 1) on conflict (id) do update set updated_at = now()",
        "DO UPDATE SET",
    ),
    "current_timestamp": (
        "insert into agents (project_id, id) values (%s, 1) on conflict (id) do update set at = current_timestamp",
        "DO UPDATE SET",
    ),
    "rows in a list": ("select 1 from agents where project_id = %s and (id, agent_name) in ((%s, %s))", "IN over rows"),
    "rows in a select": (
        "select 1 from agents where project_id = %s and (id, agent_name) in (select 1, 'x')",
        "IN over rows",
    ),
    "lock of a join": (
        "select 1 from call_logs c join pg_temp.staged_calls s using (call_id) where c.project_id = %s for update of c",
        "locks rows of a join",
    ),
    "set_config": ("select set_config('dialboard.project_id', %s, true)", "binds a project by set_config"),
}


@pytest.mark.parametrize("sql", KEPT.values(), ids=KEPT)
def test_kept(sql: str) -> None:
    assert faults(sql) == []


@pytest.mark.parametrize(("sql", "fault"), BROKEN.values(), ids=BROKEN)
def test_broken(sql: str, fault: str) -> None:
    found = faults(sql)
    assert len(found) == 1
    assert fault in found[0]


def test_what_is_exempt_is_there() -> None:
    assert [place for place in (*EXEMPT, *OF_ALL_PROJECTS) if not (ROOT / place).exists()] == []


async def test_statements_of_the_program_are_looked_at(
    sessions: Sessions, project_id: int, sql_rules: Recorded
) -> None:
    sql_rules.seen.clear()
    record = parse_call({"call_id": "a", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z"})
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, [record])
    assert sql_rules.take_faults() == []
    places = [place for sql, place in sql_rules.seen.items() if sql.lstrip().startswith("with created as")]
    assert len(places) == 1
    assert places[0].startswith("models/ingest/upsert.py:")
