"""How long calls took."""

from functools import partial
from typing import cast

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.halves import with_half
from server.importing.proposing.senses import is_end, is_part, is_whole, unit_in
from server.importing.proposing.spans import Moment, between, clocks

_A_DAY = 86_400
_LONG_SECONDS = 10_000
"""A duration that half of the calls reach is one in milliseconds."""


def measure(draft: Draft, start: Moment) -> None:
    column = draft.free.take("duration", lambda one: _is_duration(draft, one) and is_whole(one.label))
    if column is None and _between(draft, start):
        return
    column = column or draft.free.take("duration", partial(_is_duration, draft))
    if column is not None:
        draft.call["duration"] = _duration_source(draft, column)


def _between(draft: Draft, start: Moment) -> bool:
    """Makes the duration of the start and the end of calls, where both are there."""
    end = _end(draft, start)
    if end is None or not start.guess.has_clock:
        return False
    draft.free.use(*end.columns)
    end = with_half(draft, end, ends=True)
    if "%p" in (start.guess.form or "") and "%H" in (end.guess.form or "") and len(start.columns) > 1:
        draft.guess(f"{end.columns[-1].name} has times without AM and PM, and those of the start have them.")
    source = draft.call["timestamp"]
    zone = cast("dict[str, object]", source).get("time_zone") if isinstance(source, dict) else None
    if zone is None and end.guess.is_local:
        zone = draft.zone or "UTC"
    draft.call["duration"] = {**between(start, end, zone), **draft.null(*start.columns, *end.columns)}
    return True


def _end(draft: Draft, start: Moment) -> Moment | None:
    ends = [column for column in draft.free.columns if column.name in draft.times and is_end(column.label)]
    end = max(ends, key=lambda one: (draft.times[one.name].has_clock, one.likeness("ended_at")), default=None)
    if end is not None and draft.times[end.name].has_clock:
        return Moment((end,), draft.times[end.name])
    found = clocks(draft.free.columns, end or start.columns[0], ends=True) if start.columns[1:] else []
    if found and end is None:
        draft.notes.append(
            f"{found[0].columns[1].name} was read as a time of the day that a call begins on: calls that end after "
            "midnight are rejected."
        )
    return found[0] if found else None


def _is_duration(draft: Draft, column: Column) -> bool:
    if column.name in draft.times or is_part(column.label, "".join(column.keys[-2:-1])):
        return False
    numbers = column.numbers(draft.form)
    return column.duration_unit is not None or (numbers is not None and min(numbers) >= 0)


def _duration_source(draft: Draft, column: Column) -> object:
    if (unit := column.duration_unit) is not None:
        unit = draft.told_unit(column, unit)
        return {"column": column.name, "unit": unit, **draft.null(column)}
    draft.note_point(column)
    unit = _counted_in(draft, column)
    return draft.source(column, {} if unit is None else {"unit": unit})


def _counted_in(draft: Draft, column: Column) -> str | None:
    """The unit of the numbers of a column; None for seconds of which no name tells that: import asks about those
    from a day on."""
    if (unit := unit_in(column.label, column.unit)) is not None:
        return unit
    numbers = sorted(column.numbers(draft.form) or [0.0])
    if numbers[len(numbers) // 2] >= _LONG_SECONDS:
        draft.guess(f"{column.name} was read as milliseconds: in seconds most calls would last for hours.")
        return "milliseconds"
    if numbers[-1] >= _A_DAY:
        draft.questions.append(
            f"{column.name} has {numbers[-1]:g}, as seconds {numbers[-1] / 3600:,.1f} hours; add to duration "
            'unit = "milliseconds" or unit = "seconds".'
        )
    return None
