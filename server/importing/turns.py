"""Transcripts from lists of turns."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from server.importing.compiling import Compiled, compiled, compiled_condition
from server.importing.places import DocumentPlaces, Places
from server.importing.targets import Turns
from server.importing.values.cells import CellRefused
from server.importing.values.times import moment_of

Transcript = Callable[[Any, Mapping[str, object]], list[dict[str, object]] | None]
"""Takes a row and the call's values, and returns the transcript of the native format; None where there are no turns.

Raises:
    CellRefused: a turn that cannot be read.
"""


def compiled_turns(turns: Turns, places: Places[Any]) -> tuple[Transcript, Compiled]:
    """Compiles the reading of a transcript; and where the list stands."""
    source = compiled(turns.turns, places)
    inner = DocumentPlaces()
    role, text = compiled(turns.role, inner).read, compiled(turns.text, inner).read
    time = compiled(turns.time, inner).read if turns.time else None
    skip = [compiled_condition(condition, inner) for condition in turns.skip]
    is_absolute = turns.is_absolute

    def turn_of(item: Any, begin: datetime | None) -> dict[str, object] | None:
        if not isinstance(item, dict):
            raise CellRefused("it is not an object", "objects with a role and a text")
        said = None if any(holds(item) for holds in skip) else text(item)
        if said is None:
            return None
        turn = {"role": role(item), "text": said}
        moment = time(item) if time else None
        if moment is not None and is_absolute:
            moment = None if begin is None else max(0.0, (moment_of(moment) - begin).total_seconds())
        return turn if moment is None else {**turn, "time": moment}

    def read(row: Any, call: Mapping[str, object]) -> list[dict[str, object]] | None:
        items = cast("list[object] | None", source.read(row))
        begin = _begin(call) if items and is_absolute else None
        found: list[dict[str, object]] = []
        for place, item in enumerate(items or (), start=1):
            try:
                turn = turn_of(item, begin)
            except CellRefused as refused:
                named = f"{' and '.join(refused.cells)}: " if refused.cells else ""
                refused.message = f"turn {place}: {named}{refused.message}"
                refused.cells = source.cells(row)
                raise
            if turn is not None:
                found.append(turn)
        return found or None

    return read, source


def _begin(call: Mapping[str, object]) -> datetime | None:
    """When a call began; None where that is not known, which is a fault of its own."""
    try:
        return moment_of(call.get("timestamp"))
    except CellRefused:
        return None
