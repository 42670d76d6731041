"""The numbers that JSON can hold on all of its ways: through readers and writers, and in the database."""

import math
from collections.abc import Iterator, Mapping
from typing import cast

from models.call_faults import pointer_token

MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1
"""The integers that every JSON reader and writer on the way can take."""

INFINITE = "JSON has no NaN and no infinite numbers"
TOO_LONG = "integers have at most 64 bits"


def number_fault(value: float) -> str | None:
    """What is wrong with a number; None where nothing is."""
    if isinstance(value, int):
        return None if MIN_INTEGER <= value <= MAX_INTEGER else TOO_LONG
    return None if math.isfinite(value) else INFINITE


def wrong_numbers(value: object) -> Iterator[tuple[str, str]]:
    """The numbers in a JSON value that it cannot hold: the JSON pointer of each, and what is wrong with it."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, item = waiting.pop()
        match item:
            case Mapping():
                members = [*cast("Mapping[object, object]", item).items()]
                waiting.extend((f"{path}/{pointer_token(str(key))}", child) for key, child in reversed(members))
            case list():
                children = [*enumerate(cast("list[object]", item))]
                waiting.extend((f"{path}/{index}", child) for index, child in reversed(children))
            case int() | float():
                if (fault := number_fault(item)) is not None:
                    yield path, fault
            case _:
                pass
