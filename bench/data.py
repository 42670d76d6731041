"""Calls for the benchmarks, made inside of PostgreSQL: over the last 30 days, with three evaluations each.

They are written in the order of their times, as calls arrive.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

CALL_TABLES = ("call_logs", "metric_evaluations")
TABLES = (*CALL_TABLES, "agents", "metrics")
STORED = ("preaggregates", "preaggregate_days")
METRICS = (("latency", "numeric"), ("satisfaction", "rating"), ("sentiment", "enum"))

FILL_CALLS = """
insert into call_logs (project_id, call_id, agent_id, timestamp, duration, success, is_reviewed, customer_number,
                       call_ended_reason, dropoff_point, topic, metadata)
select %(project)s, 'call-' || n, (%(agents)s::bigint[])[1 + n %% 8],
       now() - interval '1 minute' - (%(calls)s - n + random()) / %(calls)s * interval '29.9 days',
       case when n %% 50 > 0 then round((20 + 400 * power(random(), 2))::numeric, 1)::double precision end,
       case when n %% 20 > 0 then random() < 0.72 end,
       n %% 5 = 0,
       '+1555' || lpad((n %% 90000)::text, 7, '0'),
       (array['customer_ended_call', 'agent_ended_call', 'transferred', 'timeout', 'error'])
         [1 + floor(5 * power(random(), 2))::int],
       (array['greeting', 'identification', 'payment', null, null])[1 + n %% 5],
       (array['billing', 'cancellation', 'support', 'sales', 'delivery', 'returns', 'account', 'other'])
         [1 + floor(8 * random())::int],
       jsonb_build_object('org_name', 'Org ' || (n %% 40), 'region', (array['US', 'EU', 'APAC'])[1 + n %% 3])
from generate_series(1, %(calls)s) n
"""

_FILL_EVALUATIONS = """
insert into metric_evaluations (project_id, call_log_id, metric_id, number_value, text_value)
select project_id, id, (%(metrics)s::bigint[])[kind],
       case kind when 1 then round((0.3 + 2 * power(random(), 3))::numeric, 3) when 2 then floor(random() * 6) end,
       case kind when 3 then (array['positive', 'neutral', 'negative'])[1 + floor(3 * random())::int] end
from call_logs, generate_series(1, 3) kind
where project_id = %(project)s
"""

_PLAIN_INDEXES = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
where indrelid = any(%s::regclass[]) and not indisunique
order by 1
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """The project that was filled, and its metrics by name."""

    project_id: int
    metrics: dict[str, int]


def fill(connection: psycopg.Connection, calls: int, name: str = "bench") -> Filled:
    """Makes a project of ``calls`` calls; ``settle`` is to follow.

    The connection is a superuser's: it leaves out the triggers, those that check foreign keys above all, which the
    rows fulfil as they are made. A check each of the 20 million would double the time.
    """
    connection.execute("set session_replication_role = replica")
    project = _one(connection, "insert into projects (name) values (%s) returning id", (name,))
    agents = [
        _one(
            connection,
            "insert into agents (project_id, agent_name) values (%s, %s) returning id",
            (project, f"Agent {n}"),
        )
        for n in range(8)
    ]
    metrics = {
        name: _one(
            connection,
            "insert into metrics (project_id, name, evaluation_type) values (%s, %s, %s) returning id",
            (project, name, kind),
        )
        for name, kind in METRICS
    }
    with _without_plain_indexes(connection):
        connection.execute(FILL_CALLS, {"project": project, "agents": agents, "calls": calls})
        connection.execute(_FILL_EVALUATIONS, {"project": project, "metrics": list(metrics.values())})
    connection.commit()
    return Filled(project, metrics)


@contextmanager
def _without_plain_indexes(connection: psycopg.Connection) -> Generator[None]:
    """Drops the indexes that are not unique, and makes them again at the end: faster than keeping them meanwhile."""
    indexes = connection.execute(_PLAIN_INDEXES, (list(CALL_TABLES),)).fetchall()
    for name, _ in indexes:
        connection.execute(f"drop index {name}".encode())
    yield
    for _, definition in indexes:
        connection.execute(str(definition).encode())


def settle(connection: psycopg.Connection) -> None:
    """Leaves the tables as autovacuum would in time, and the cache written out, so that nothing is left to do later."""
    connection.commit()
    connection.autocommit = True
    for table in TABLES:
        connection.execute(f"vacuum (freeze, analyze) {table}".encode())
    connection.execute("checkpoint")


def sizes(connection: psycopg.Connection) -> dict[str, int]:
    """Bytes of the tables with their indexes, of what is stored of charts, likewise, and of the states alone in it."""
    statement = "select coalesce(pg_total_relation_size(to_regclass(%s)), 0)"
    of_rows = sum(_one(connection, statement, (table,)) for table in TABLES)
    stored = sum(_one(connection, statement, (table,)) for table in STORED)
    of_states = _one(connection, "select coalesce(sum(octet_length(state)), 0) from preaggregate_days", ())
    return {"bytes_of_tables_and_indexes": of_rows, "bytes_stored_of_charts": stored, "bytes_of_states": of_states}


def _one(connection: psycopg.Connection, statement: str, parameters: tuple[object, ...]) -> int:
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return int(row[0])
