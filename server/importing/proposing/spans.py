"""The time between the start and the end of calls, as a source of their duration."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from server.importing.proposing.columns import Column
from server.importing.proposing.names import LEAST, words_of
from server.importing.proposing.senses import is_end, is_part, is_start_or_end
from server.importing.proposing.times import TimeGuess, guess_joined

_CLOCK = re.compile(
    r"(?:[01]?[0-9]|2[0-3])[:h][0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:\s*[ap]\.?m\.?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The column with the starts or the ends of calls, or those with their days and times of the day, and how these are
    written."""

    columns: tuple[Column, ...]
    guess: TimeGuess

    @property
    def source(self) -> dict[str, object]:
        """Where it stands, for a mapping."""
        names = [column.name for column in self.columns]
        return {"columns": names} if len(names) > 1 else {"column": names[0]}

    @property
    def is_in_all_hours(self) -> bool:
        """Whether the times of the day are not all within the hour after midnight, as those of durations are."""
        return any(int(text.split(":")[0].split("h")[0]) for text in self.columns[-1].texts)


def clocks(columns: Sequence[Column], day: Column, *, ends: bool) -> list[Moment]:
    """What the columns with times of the day give together with one of days, those with the shortest names first.

    Args:
        ends: whether those of the ends of calls are asked for, or the others.
    """
    named = [
        column
        for column in columns
        if column is not day
        and is_end(column.label) == ends
        and not is_part(column.label)
        and ("time" in words_of(column.label) or is_start_or_end(column.label))
        and column.likeness("duration") < LEAST
    ]
    found = [
        (column, joined)
        for column in sorted(named, key=lambda one: len(words_of(one.name)))
        if (joined := guess_joined(day, column)) is not None
    ]
    return [Moment((day, column), joined) for column, joined in found]


def nameless_clocks(columns: Sequence[Column], day: Column) -> list[Moment]:
    """What the columns give together with one of days that have times of the day, whatever they are called."""
    able = [
        column
        for column in columns
        if column is not day
        and _has_clocks(column)
        and column.likeness("duration") < LEAST
        and not is_part(column.label)
        and not is_end(column.label)
    ]
    return [Moment((day, one), joined) for one in able if (joined := guess_joined(day, one)) is not None]


def _has_clocks(column: Column) -> bool:
    if column.texts and all(isinstance(raw, time) for raw in column.values):
        return True
    return bool(column.texts) and all(isinstance(raw, str) and _CLOCK.fullmatch(raw.strip()) for raw in column.values)


def between(start: Moment, end: Moment, time_zone: object) -> dict[str, object]:
    """The time between two moments, with the zone of those that have none."""
    form = start.guess.form
    has_one_day = bool(end.columns[1:]) and end.columns[0] is start.columns[0]
    more: dict[str, object] = {} if time_zone is None else {"time_zone": time_zone}
    if has_one_day:
        more["next_day"] = True
    if form == end.guess.form or (form is not None and form in (end.guess.other or "").split(" or ")):
        written = {} if form is None else {"format": form}
        return {"between": [_short(start.source), _short(end.source)], **written, **more}
    return {"between": [_written(start), _written(end)], **more}


def _written(moment: Moment) -> object:
    form = moment.guess.form
    return _short(moment.source if form is None else {**moment.source, "format": form})


def _short(source: dict[str, object]) -> object:
    return source["column"] if source.keys() == {"column"} else source
