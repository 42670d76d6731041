"""Watches the SQL statements of an engine: how many, how long, how many rows. Their texts and values stay out."""

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import SpanKind
from sqlalchemy import event
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from server.telemetry.metrics import Metrics
from server.telemetry.traces import Traces

_VERB = re.compile(r"\s*([a-z]+)", re.IGNORECASE)
_VERBS = frozenset({"select", "with", "insert", "update", "delete", "merge", "set", "copy", "create", "analyze"})
_STARTED = "dialboard statement started"


def verb_of(sql: str) -> str:
    """The first word of a statement, in lower case; ``other`` for one that is rarely a first word."""
    found = _VERB.match(sql)
    word = found[1].lower() if found else ""
    return word if word in _VERBS else "other"


@contextmanager
def watching_statements(engine: AsyncEngine, metrics: Metrics, traces: Traces | None) -> Generator[None]:
    """Counts the statements of an engine until the block ends, and traces them if there are traces."""

    def before(connection: Connection, _cursor: Any, _sql: str, *_rest: Any) -> None:
        connection.info[_STARTED] = time.perf_counter(), time.time_ns()

    def after(connection: Connection, cursor: Any, sql: str, *_rest: Any) -> None:
        started, moment = connection.info[_STARTED]
        seconds, verb, rows = time.perf_counter() - started, verb_of(sql), cursor.rowcount
        metrics.statement(verb, seconds, rows)
        if traces is not None:
            attributes = {"db.system.name": "postgresql", "db.operation.name": verb, "db.response.returned_rows": rows}
            traces.past(verb, moment, seconds, attributes, SpanKind.CLIENT)

    def failed(_context: ExceptionContext) -> None:
        metrics.statement_failed()

    listeners = {"before_cursor_execute": before, "after_cursor_execute": after, "handle_error": failed}
    for name, listener in listeners.items():
        event.listen(engine.sync_engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            event.remove(engine.sync_engine, name, listener)
