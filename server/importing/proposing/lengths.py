"""How long calls took."""

import re
from collections.abc import Sequence
from functools import partial
from typing import cast

from server.importing.proposing.absent import durations_by_content
from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.halves import with_half
from server.importing.proposing.names import EXACT
from server.importing.proposing.senses import is_end, is_part, is_whole, unit_in
from server.importing.proposing.span_lengths import A_MINUTE, spans, told_unit
from server.importing.proposing.spans import Moment, between, clocks
from server.importing.proposing.toml_text import toml_string
from server.importing.values.cells import CellRefused, text_of
from server.importing.values.durations import to_seconds

_CLOCK = re.compile(r"(?:[0-9]{1,3}:)?[0-5]?[0-9]:[0-5][0-9]")
_LEAST_PROOF = 2
"""Different durations that prove how they are written."""
_A_DAY = 86_400
_LONG_SECONDS = 10_000
"""A duration that half of the calls reach is one in milliseconds."""


def measure(draft: Draft, start: Moment) -> None:
    column = draft.free.take("duration", lambda one: _is_duration(draft, one) and is_whole(one.label))
    odd = draft.free.best("duration", partial(_is_odd, draft)) if column is None else None
    if odd is not None and (source := _mixed_source(draft, odd)) is not None:
        draft.free.use(odd)
        draft.call["duration"] = source
        return
    if column is None and _between(draft, start):
        return
    if column is None and (column := draft.free.take("duration", partial(_is_duration, draft))) is not None:
        _note_others(draft, column)
    if column is not None:
        draft.call["duration"] = _duration_source(draft, column, start)
    elif odd is None and (found := durations_by_content(draft)):
        names = " or ".join(one.name for one in found[:3])
        draft.guess(
            f"No column has the name of one for durations: the calls have none; set duration = {_suggested(found[0])} "
            f"if {names} has them."
        )


def _note_others(draft: Draft, column: Column) -> None:
    """Notes columns that are as much named for durations as one that may have those of a part."""
    score = column.likeness("duration")
    alike = [one.name for one in draft.free.columns if one.likeness("duration") >= score and _is_duration(draft, one)]
    if alike:
        draft.guess(f"{column.name} was read as the duration of calls; {' and '.join(alike[:3])} may be parts of it.")


def _suggested(column: Column) -> str:
    unit = column.duration_unit or unit_in(column.label, column.unit)
    name = toml_string(column.name)
    return name if unit is None else f'{{ column = {name}, unit = "{unit}" }}'


def _is_odd(draft: Draft, column: Column) -> bool:
    """Whether a column is named for durations, and has something that was not read as one."""
    is_named = is_whole(column.label) and column.likeness("duration") >= EXACT
    is_named = is_named and not is_part(column.label, "".join(column.keys[-2:-1]))
    return is_named and column.name not in draft.times and not _is_duration(draft, column)


def _mixed_source(draft: Draft, column: Column) -> object | None:
    """Durations of several forms, where each tells its own but for numbers of seconds; None where one is none."""
    if (numbers := column.numbers(draft.form)) is not None:
        draft.guess(f"{column.name} was not read as the duration of calls, because of {min(numbers):g} in it.")
        return None
    if _has_clocks_alone(column):
        draft.guess(f"{column.name} was read as M:SS where it has two parts, and as HH:MM:SS where it has three.")
        return draft.source(column, {"unit": ["HH:MM:SS", "M:SS"]})
    convert = to_seconds((), draft.form)
    for raw in column.values:
        try:
            convert(raw)
        except CellRefused:
            draft.guess(f"{column.name} was not read as the duration of calls, because of {text_of(raw)!r} in it.")
            return None
    if unit_in(column.label, None) != "seconds":
        draft.guess(
            f"{column.name} has durations with a unit, such as {_worded(column)!r}, and numbers without one, which "
            "were read as seconds."
        )
    return draft.source(column)


def _has_clocks_alone(column: Column) -> bool:
    return all(isinstance(raw, str) and _CLOCK.fullmatch(raw.strip()) for raw in column.values)


def _worded(column: Column) -> str:
    return next((text for text in column.texts if not text.isdigit()), column.texts[0])


def _between(draft: Draft, start: Moment) -> bool:
    """Makes the duration of the start and the end of calls, where both are there."""
    end = _end(draft, start)
    if end is None or not start.guess.has_clock:
        return False
    draft.free.use(*end.columns)
    _note_midnight(draft, start, end)
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
    return found[0] if found else None


def _note_midnight(draft: Draft, start: Moment, end: Moment) -> None:
    if end.columns[1:] and end.columns[0] is start.columns[0]:
        draft.notes.append(
            f"{end.columns[1].name} was read as a time of the day that a call begins on, or of the next day where it "
            "is before the start."
        )


def _is_duration(draft: Draft, column: Column) -> bool:
    if column.name in draft.times or is_part(column.label, "".join(column.keys[-2:-1])):
        return False
    numbers = column.numbers(draft.form)
    return column.duration_unit is not None or (numbers is not None and min(numbers) >= 0)


def _duration_source(draft: Draft, column: Column, start: Moment) -> object:
    if (unit := column.duration_unit) is not None:
        unit = _proven_clock(draft, column, start) or draft.told_unit(column, unit)
        return {"column": column.name, "unit": unit, **draft.null(column)}
    draft.note_point(column)
    unit = _counted_in(draft, column, start)
    return draft.source(column, {} if unit is None else {"unit": unit})


def _proven_clock(draft: Draft, column: Column, start: Moment) -> str | None:
    """The form of texts such as ``3:25`` that makes them the time from the start to the end in all of several rows;
    None where no form or more than one does."""
    end = _end(draft, start)
    if column.duration_unit != "M:SS" or end is None or len(column.counts) < _LEAST_PROOF:
        return None
    lengths = spans(start, end)
    fitting = [form for form in ("M:SS", "HH:MM") if _are_lengths(column, form, lengths)]
    if len(fitting) != 1:
        return None
    draft.notes.append(
        f"{column.name} was read as {fitting[0]}: that is the time from the start to the end in all rows."
    )
    return fitting[0]


def _are_lengths(column: Column, form: str, lengths: Sequence[float | None]) -> bool:
    convert = to_seconds([form])
    rows = [(raw, length) for raw, length in zip(column.raws, lengths, strict=True) if raw not in (None, "")]
    return all(
        length is not None and isinstance(seconds := convert(raw), float) and abs(seconds - length) <= A_MINUTE
        for raw, length in rows
    )


def _counted_in(draft: Draft, column: Column, start: Moment) -> str | None:
    """The unit of the numbers of a column; None for seconds of which no name tells that: import asks about those
    from a day on."""
    if (unit := unit_in(column.label, column.unit)) is not None:
        return unit if column.unit is None or unit_in("", column.unit) is None else "h m s"
    end = _end(draft, start)
    if end is not None and (unit := told_unit(column.numbers_by_row(draft.form), spans(start, end))) is not None:
        tell = draft.notes.append if len(column.values) > 1 else draft.guess
        tell(f"{column.name} was read as {unit}: that is the time from the start to the end in all rows.")
        return unit
    numbers = sorted(column.numbers(draft.form) or [0.0])
    if _LONG_SECONDS <= numbers[len(numbers) // 2] < _A_DAY * 1_000:
        draft.guess(f"{column.name} was read as milliseconds: in seconds most calls would last for hours.")
        return "milliseconds"
    if 0 < numbers[-1] < 1:
        draft.guess(
            f"{column.name} was read as days, as spreadsheets have times: in seconds no call would last for one; "
            "change the unit if it is another."
        )
        return "days"
    if numbers[-1] >= _A_DAY:
        draft.questions.append(
            f"{column.name} has {numbers[-1]:g}, as seconds {numbers[-1] / 3600:,.1f} hours; add to duration "
            'unit = "milliseconds" or unit = "seconds".'
        )
    return None
