"""Fields whose values are read together, for all objects of a list at once: a page of 500 calls asks for its agents
with one list of numbers, and no task for each call has to be woken.

What a list needs and is not there yet is found by completing it (``ReadFirstError``), read, and then it is completed
again, now with its values at hand.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from strawberry.types.field import StrawberryField

ReadTogether = Callable[[Any, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Reads the values of a field: takes the request's context and the objects, gives the value of each in their order."""

_KEY = "read_together"

_MOST_ROUNDS = 8
"""How often a list reads something: the values of one field can have such fields themselves."""


class ReadFirstError(Exception):
    """Some fields of objects have to be read before the objects can be completed."""

    def __init__(self, columns: Mapping[ReadTogether, Sequence[Any]]) -> None:
        super().__init__()
        self.columns = columns


def together(read: ReadTogether) -> Mapping[str, ReadTogether]:
    """The metadata of a field whose values can be read together; its resolver reads that of one object."""
    return {_KEY: read}


def read_together_of(field: StrawberryField) -> ReadTogether | None:
    """How to read the values of a field together, where that is possible."""
    return field.metadata.get(_KEY)


class Ready:
    """The values that were read together for one list, and for what is inside of it."""

    def __init__(self) -> None:
        self._values: dict[ReadTogether, dict[int, tuple[Any, Any]]] = {}
        self._rounds = 0

    def column(self, read: ReadTogether, rows: Sequence[Any]) -> list[Any] | None:
        """The values of objects; None where they are not read yet."""
        known = self._values.get(read, {})
        found = [known.get(id(row)) for row in rows]
        return None if None in found else [value for _, value in filter(None, found)]

    async def read(self, missing: Mapping[ReadTogether, Sequence[Any]], context: object) -> bool:
        """Reads what is needed first; False where that does not lead to an end."""
        self._rounds += 1
        if self._rounds > _MOST_ROUNDS:
            return False
        columns = missing.items()
        values = await asyncio.gather(*(read(context, rows) for read, rows in columns))
        for (read, rows), found in zip(columns, values, strict=True):
            # The objects are kept along with their values, so that no other one can come to have their identity.
            known = self._values.setdefault(read, {})
            known.update((id(row), (row, value)) for row, value in zip(rows, found, strict=True))
        return True
