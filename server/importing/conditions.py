"""From the conditions of a mapping to plain functions of a row."""

import re
from collections.abc import Callable
from typing import Any

from server.importing.places import Places
from server.importing.targets import Condition
from server.importing.values.cells import is_empty, text_of

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def compiled_condition(condition: Condition, places: Places[Any]) -> Callable[[Any], bool]:
    """Compiles a condition to a function that says of a row whether it holds."""
    get, null = places.locate(condition.cell), condition.null
    is_empty_asked, starts, contains = condition.is_empty, condition.starts, condition.contains
    equals, differs = condition.equals, condition.differs
    within, beyond = condition.within, condition.beyond

    def holds(row: Any) -> bool:
        raw = get(row)
        nothing = is_empty(raw, null)
        text = "" if nothing else text_of(raw).strip().casefold()
        return (
            (is_empty_asked is None or nothing == is_empty_asked)
            and (equals is None or text in equals)
            and (differs is None or text not in differs)
            and (starts is None or text.startswith(starts))
            and (contains is None or any(part in text for part in contains))
            and (within is None or _is_within(text, within))
            and (beyond is None or not _is_within(text, beyond))
        )

    return holds


def _is_within(text: str, ends: tuple[float, float]) -> bool:
    return _NUMBER.fullmatch(text) is not None and ends[0] <= float(text) <= ends[1]
