"""How long calls took from their start to their end, which tells the unit of a column of durations."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from server.importing.proposing.spans import Moment
from server.importing.values.cells import CellRefused, text_of
from server.importing.values.times import TimeForm, moment_of, to_time

_A_DAY = 86_400
A_MINUTE = 60
"""Seconds by which numbers of minutes, and times of the day in minutes, can be off."""
_OTHERS = {"minutes": (60.0, A_MINUTE), "milliseconds": (0.001, 1.5)}


def spans(start: Moment, end: Moment) -> list[float | None]:
    """The seconds between start and end of each row. An end that is told by the time of the day alone, and that is
    before the start, is on the next day."""
    lengths: list[float | None] = []
    for began, ended in zip(_moments(start), _moments(end), strict=True):
        seconds = None if began is None or ended is None else (ended - began).total_seconds()
        is_next_day = seconds is not None and seconds < 0 and end.columns[0] is start.columns[0]
        lengths.append(seconds + _A_DAY if seconds is not None and is_next_day else seconds)
    return lengths


def told_unit(numbers: Sequence[float | None], lengths: Sequence[float | None]) -> str | None:
    """The unit other than seconds in which numbers are the lengths in all rows; None where there is none, or where
    they are that in seconds as well."""
    rows = [
        (number, length)
        for number, length in zip(numbers, lengths, strict=False)
        if number is not None and length is not None
    ]
    if not any(number > 0 for number, _ in rows) or all(abs(number - length) <= A_MINUTE for number, length in rows):
        return None
    return next(
        (
            unit
            for unit, (factor, off) in _OTHERS.items()
            if all(abs(number * factor - length) <= off for number, length in rows)
        ),
        None,
    )


def _moments(moment: Moment) -> Iterator[datetime | None]:
    form = moment.guess.form
    convert = to_time(None if form is None else TimeForm((form,)))
    for raws in zip(*(column.raws for column in moment.columns), strict=True):
        raw = raws[0] if len(raws) == 1 else " ".join(text_of(one).strip() for one in raws if one is not None)
        try:
            yield None if raw in (None, "") else moment_of(convert(raw, UTC))
        except CellRefused:
            yield None
