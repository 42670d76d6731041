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
    """The statements seen so far, and what was wrong with those of the running test."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self.faults: list[str] = []

    def start(self) -> None:
        """Listens to all engines of this process."""
        event.listen(Engine, "begin", _begin)
        event.listen(Engine, "before_cursor_execute", self._record)

    def take_faults(self) -> list[str]:
        """What was found since the last time."""
        found, self.faults = self.faults, []
        return found

    def _record(self, connection: Connection, _cursor: Any, sql: str, *_rest: Any) -> None:
        if binds(sql):
            connection.info[_BOUND] = True
        is_new = sql not in self.seen
        if not is_new and connection.info.get(_BOUND):
            return
        source = _source()
        if source is None or _is_exempt(source, sql):
            return
        found = faults(sql) if is_new else []
        self.seen[sql] = source
        if not connection.info.get(_BOUND) and named_tables(sql):
            found.append("runs before the transaction is bound to a project by SET LOCAL")
        self.faults += [f"{source}: {fault}\n{sql}" for fault in found]


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
