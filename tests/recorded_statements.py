"""Holds every statement that the program runs during the tests to ``tests/sql_rules.py``.

Statements count that come from the program's own folders; those that tests run themselves do not. Each distinct one is
looked at once, and the test that ran it first fails.
"""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import greenlet
from sqlalchemy import Connection, Engine, event

from tests.sql_rules import binds, faults, named_tables

ROOT = Path(__file__).parents[1]
FOLDERS = ("aggregation", "filters", "graph", "models", "resolvers", "server")
OF_ALL_PROJECTS = {
    "server/projects.py": "the owner of the tables lists, finds and makes projects by name",
    "server/organisations.py": "the owner of the tables counts, adds and removes the projects of organisations",
    "server/demo/key.py": "the owner of the tables looks for the project of the demo, whose number is not known",
    "server/demo/service.py": "the owner of the tables makes the project of the demo",
}
"""Files that may name ``projects`` without a number, and why."""
EXEMPT = {"server/postgres": "migrations, grants and look-ups in the catalog"}
"""Folders whose statements are not looked at, and why."""


class Recorded:
    """The statements looked at so far, and those of the running test that are to be.

    Reading the syntax of a statement takes long, so it waits for the end of the test: what a test measures is the
    program's.
    """

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self._waiting: dict[tuple[str, str, bool], None] = {}

    def start(self) -> None:
        """Listens to all engines of this process."""
        event.listen(Engine, "begin", _begin)
        event.listen(Engine, "before_cursor_execute", self._record)

    def take_faults(self) -> list[str]:
        """What is wrong with the statements since the last time."""
        waiting, self._waiting = self._waiting, {}
        return [fault for source, sql, is_bound in waiting for fault in self._faults(source, sql, is_bound=is_bound)]

    def _faults(self, source: str, sql: str, *, is_bound: bool) -> list[str]:
        if _is_exempt(source, sql):
            return []
        found = [] if sql in self.seen else faults(sql)
        self.seen.setdefault(sql, source)
        if not is_bound and named_tables(sql):
            found.append("runs before the transaction is bound to a project by SET LOCAL")
        return [f"{source}: {fault}\n{sql}" for fault in found]

    def _record(self, connection: Connection, _cursor: Any, sql: str, *_rest: Any) -> None:
        if binds(sql):
            connection.info[_BOUND] = True
        is_bound = bool(connection.info.get(_BOUND))
        if is_bound and sql in self.seen:
            return
        source = _source()
        if source is not None:
            self._waiting[source, sql, is_bound] = None


def _is_exempt(source: str, sql: str) -> bool:
    if source.startswith(tuple(OF_ALL_PROJECTS)):
        return named_tables(sql) == {"projects"}
    return source.startswith(tuple(EXEMPT))


_BOUND = "dialboard_test_bound"


def _begin(connection: Connection) -> None:
    connection.info[_BOUND] = False


def _source() -> str | None:
    """The place in the program that runs a statement now; None where a test does it itself."""
    for frame in _frames():
        place = _place(frame.f_code.co_filename)
        if place is not None:
            return None if place.startswith("tests/") else f"{place}:{frame.f_lineno}"
    return None


@cache
def _place(file: str) -> str | None:
    """A file of the program or of a test, from the root; None for all others."""
    path = Path(file)
    if not path.is_relative_to(ROOT) or path.name in ("conftest.py", Path(__file__).name):
        return None
    place = path.relative_to(ROOT)
    return str(place) if place.parts[0] in (*FOLDERS, "tests") else None


def _frames() -> Iterator[FrameType]:
    """The frames of the running code, innermost first: those in SQLAlchemy's greenlet, then those that wait for it."""
    current = greenlet.getcurrent()
    frame: FrameType | None = sys._getframe(1)
    while True:
        while frame is not None:
            yield frame
            frame = frame.f_back
        if current.parent is None:
            return
        current = current.parent
        frame = current.gr_frame
