"""Databases that older versions made, with calls in them, become the same as new ones, and lose nothing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL

import migrations
from migrations.versions.v0004_change_marks import TRIGGERS
from models import Base
from server.postgres.migrate import alembic_config, head, upgrade

FOLDER = Path(migrations.__file__).parent
SUMS = FOLDER / "SHA256SUMS"
REVISIONS = sorted(one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions())
OLDER = [revision for revision in REVISIONS if revision != head()]

FILL = """
    insert into projects (id, name) overriding system value values (700, 'Old'), (701, 'Other');
    select set_config('dialboard.project_id', '700', false);
    insert into agents (project_id, id, agent_name) overriding system value values (700, 1, 'Ada');
    insert into metrics (project_id, id, name, evaluation_type) overriding system value
        values (700, 1, 'latency', 'numeric'), (700, 2, 'mood', 'enum');
    insert into call_logs (project_id, id, call_id, agent_id, timestamp, duration, topic, metadata)
        overriding system value
        select 700, n, 'c' || n, 1, '2026-01-01 00:00+00'::timestamptz + n * interval '7 min', n, 'billing', '{"n": 1}'
        from generate_series(1, 500) n;
    insert into metric_evaluations (project_id, id, call_log_id, metric_id, number_value) overriding system value
        select 700, n, n, 1, n / 100.0 from generate_series(1, 500) n;
    insert into dashboards (project_id, id, name, filters) overriding system value
        values (700, 1, 'Board', '{"field": "topic", "op": "eq", "value": "billing"}');
    insert into widgets (project_id, id, dashboard_id, name, field, chart_type, aggregation, time_period)
        overriding system value values (700, 1, 1, 'Calls', 'duration', 'bar', 'count', 'day'),
        (700, 2, 1, 'Average', 'duration', 'stat', 'avg', 'day');
"""
ROWS = {
    "calls": "select count(*), sum(duration), count(distinct call_id), min(metadata::text) from call_logs",
    "evaluations": "select count(*), sum(number_value), count(distinct call_log_id) from metric_evaluations",
    "dashboards": "select name, filters::text from dashboards",
    "widgets": "select name, field, chart_type::text, aggregation::text, time_period::text from widgets where id = 1",
}
SHADOW = 'create temp table call_logs (project_id bigint, id bigint, call_id text, "timestamp" timestamptz)'
UPDATE = "update metric_evaluations set number_value = 900 where project_id = 700 and id = 3"
VERSION = "select coalesce(sum(changes), 0)::int from change_marks where slot > -1000000000"


def _to(url: URL, revision: str) -> None:
    config = alembic_config()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _rows(url: URL) -> dict[str, list[object]]:
    with _connected(url) as connection:
        connection.execute("select set_config('dialboard.project_id', '700', false)")
        return {name: list(connection.execute(query.encode()).fetchall()) for name, query in ROWS.items()}


def _connected(url: URL) -> psycopg.Connection:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(dsn, autocommit=True)


def _as_first_made(url: URL) -> None:
    """Gives the triggers the form in which databases of the first weeks have them."""
    with _connected(url) as connection:
        for (table, event), (tables, body) in TRIGGERS.items():
            referencing = f"referencing {tables} " if tables else ""
            for statement in (
                f"drop trigger mark_{event} on {table}",
                f"create or replace function mark_{table}_{event}() returns trigger language plpgsql "
                f"set search_path from current as $$ begin {body} return null; end $$",
                f"create trigger mark_{event} after {event} on {table} {referencing}"
                f"for each statement execute function mark_{table}_{event}()",
            ):
                connection.execute(statement.encode())


def _filled(url: URL, revision: str) -> dict[str, list[object]]:
    _to(url, revision)
    with _connected(url) as connection:
        connection.execute(FILL.encode())
    return _rows(url)


def _differences(url: URL) -> list[object]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def _marks_of_a_shadowed_update(url: URL) -> int:
    """How many marks the update of an evaluation leaves where a temporary table has the name of ours."""
    with _connected(url) as connection:
        connection.execute("select set_config('dialboard.project_id', '700', false)")
        before = _number(connection, VERSION)
        with connection.transaction():
            connection.execute(SHADOW)
            connection.execute(UPDATE)
        return _number(connection, VERSION) - before


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("revision", OLDER)
def test_an_older_database_with_calls_becomes_a_new_one(empty_database_url: URL, revision: str) -> None:
    before = _filled(empty_database_url, revision)
    assert before["calls"] == [(500, 125_250.0, 500, '{"n": 1}')]
    upgrade(empty_database_url)
    assert _rows(empty_database_url) == before
    assert _differences(empty_database_url) == []
    assert _marks_of_a_shadowed_update(empty_database_url) == 1


def test_triggers_as_they_were_first_made_are_replaced(empty_database_url: URL) -> None:
    before = _filled(empty_database_url, "0005")
    _as_first_made(empty_database_url)
    assert _marks_of_a_shadowed_update(empty_database_url) == 0, "what was wrong with them"
    upgrade(empty_database_url)
    assert _rows(empty_database_url)["calls"] == before["calls"]
    assert _marks_of_a_shadowed_update(empty_database_url) == 1
    with _connected(empty_database_url) as connection:
        made = connection.execute(
            "select tgrelid::regclass::text, tgname, tgtype & 2 = 2 from pg_trigger where tgname like 'mark_%'"
        ).fetchall()
        assert {(table, name) for table, name, _ in made} == {(table, f"mark_{event}") for table, event in TRIGGERS}
        assert {name for _, name, is_before in made if is_before} == {"mark_truncate"}
        paths = connection.execute(
            "select distinct proconfig::text from pg_proc where proname like 'mark_%'"
        ).fetchall()
        assert [path for (path,) in paths] == ['{"search_path=public, pg_temp"}']


def test_periods_that_had_no_effect_are_gone(empty_database_url: URL) -> None:
    _filled(empty_database_url, "0005")
    upgrade(empty_database_url)
    with _connected(empty_database_url) as connection:
        connection.execute("select set_config('dialboard.project_id', '700', false)")
        rows = connection.execute("select chart_type::text, time_period::text from widgets order by id").fetchall()
    assert rows == [("bar", "day"), ("stat", None)]


def test_what_was_stored_before_is_built_again(empty_database_url: URL) -> None:
    _filled(empty_database_url, "0005")
    upgrade(empty_database_url)
    with _connected(empty_database_url) as connection:
        connection.execute("select set_config('dialboard.project_id', '701', false)")
        assert _number(connection, "select sum(changes)::int from change_marks where slot = -2000000000") >= 1


def _landed() -> Iterator[tuple[str, str]]:
    for line in SUMS.read_text().splitlines():
        digest, name = line.split()
        yield name, digest


def test_landed_migrations_are_never_changed() -> None:
    """A database that ran a migration does not run it again: write a new one, and run ``make digests``."""
    files = {f"versions/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest() for file in _versions()}
    assert dict(_landed()) == files


def _versions() -> list[Path]:
    return sorted((FOLDER / "versions").glob("v*.py"))
