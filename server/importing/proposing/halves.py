"""AM and PM in a column of their own, which belong to the times of the day in another."""

import re

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.names import words_of
from server.importing.proposing.senses import is_end, is_start_or_end
from server.importing.proposing.spans import Moment
from server.importing.proposing.times import guess_joined, joined_texts

_HALF = re.compile(r"[ap](?:\.?m\.?)?", re.IGNORECASE)
_HOUR = re.compile(r"([0-9]{1,2})(?::|h)[0-9]{2}")


def is_half(column: Column) -> bool:
    """Whether a column has AM and PM alone."""
    has_name = {"am", "pm"} <= {*words_of(column.label)}
    return bool(column.texts) and all(_HALF.fullmatch(text) and (has_name or len(text) > 1) for text in column.counts)


def with_half(draft: Draft, moment: Moment, *, ends: bool) -> Moment:
    """Times together with the AM and PM that stand beside them.

    Args:
        ends: whether the times are those of the ends of calls.
    """
    if not moment.guess.has_clock or "%p" in (moment.guess.form or ""):
        return moment
    half = _nearest(draft, moment, ends=ends)
    if half is None:
        return moment
    joined = guess_joined(*moment.columns, half)
    if joined is not None and "%p" in (joined.form or ""):
        draft.free.use(half)
        return Moment((*moment.columns, half), joined)
    names = " and ".join(column.name for column in moment.columns)
    if _is_repeated(moment, half):
        draft.notes.append(f"{half.name} says AM and PM of times in {names} that have 24 hours; it is not needed.")
    else:
        draft.guess(
            f"{half.name} has AM and PM, which could not be joined to the times in {names}: they were left out."
        )
    return moment


def _nearest(draft: Draft, moment: Moment, *, ends: bool) -> Column | None:
    """The AM and PM of times: the first behind them, or else the first of all. Where the start or the end is named, it
    is that one."""
    names = [column.name for column in draft.columns]
    place = names.index(moment.columns[-1].name)
    halves = [
        column
        for column in draft.free.columns
        if is_half(column) and (is_end(column.label) == ends or not is_start_or_end(column.label))
    ]
    return min(halves, key=lambda one: (names.index(one.name) < place, names.index(one.name)), default=None)


def _is_repeated(moment: Moment, half: Column) -> bool:
    """Whether the hours say the same as AM and PM."""
    rows = joined_texts((*moment.columns, half))
    hours = [(match, row) for row in rows if (match := _HOUR.search(row)) is not None]
    return len(hours) == len(rows) and all(
        (int(match[1]) >= 12) == ("p" in row.split()[-1].casefold()) for match, row in hours
    )
