"""Conditions of which there are many, put into SQL with pauses: SQLAlchemy does it in one piece on the event loop.

The compiled text of a statement is what it would be without, but for parentheses around so many conditions at a time.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.util.concurrency import await_only, in_greenlet

CONDITIONS = 100
"""Conditions between two pauses, which take some milliseconds."""


class _Paused(Grouping[bool]):
    """Conditions before which the compiler lets others go on with their work."""

    inherit_cache = True
    operator: Any = None
    """Otherwise that of the conditions, as a grouping has the attributes of what is in it: SQLAlchemy would take them
    out again, to put them beside those of the other groups."""


@compiles(_Paused)
def _compile_paused(element: _Paused, compiler: SQLCompiler, **options: Any) -> str:
    if in_greenlet():  # of SQLAlchemy, which runs the compiler for a coroutine
        await_only(asyncio.sleep(0))
    return f"({compiler.process(element.element, **options)})"


def with_pauses(
    together: Callable[..., ColumnElement[bool]], conditions: Sequence[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """The conditions put together by ``and_`` or ``or_``, in groups where they are many."""
    if len(conditions) <= CONDITIONS:
        return together(*conditions)
    return together(*(_Paused(together(*part)) for part in _parts(conditions)))


def _parts(conditions: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[ColumnElement[bool]]]:
    for start in range(0, len(conditions), CONDITIONS):
        yield conditions[start : start + CONDITIONS]
