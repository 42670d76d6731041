"""When calls began and how they are told apart."""

from functools import partial

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.names import EXACT, words_of
from server.importing.proposing.senses import is_end, is_zone_of_times
from server.importing.proposing.spans import Moment, clocks
from server.importing.proposing.times import TimeGuess, is_zone
from server.importing.values.zones import allowed_zones


def begin(draft: Draft) -> Moment | None:
    able = [column for column in draft.free.columns if column.name in draft.times]
    start = max(able, key=partial(_start_rank, draft), default=None)
    if start is None:
        return None
    guess = draft.times[start.name]
    joined = [] if guess.has_clock else clocks(draft.free.columns, start, ends=False)
    moment = joined[0] if joined else Moment((start,), guess)
    draft.free.use(*moment.columns)
    source = {**moment.source, **_time_keys(draft, moment.guess, start.name), **draft.null(*moment.columns)}
    draft.call["timestamp"] = start.name if source.keys() == {"column"} else source
    if not moment.guess.has_clock:
        draft.notes.append(f"{start.name} has days without the time of the day: all calls begin at midnight.")
    if missing := len(start.raws) - len(start.values):
        draft.notes.append(
            f"{missing} of the first {len(start.raws)} calls have no time in {start.name}; they are rejected."
        )
    return moment


def _start_rank(draft: Draft, column: Column) -> tuple[int, bool, float]:
    """How well a column of times fits the starts of calls: never an end where there is another."""
    own, has_clock = column.likeness("timestamp"), draft.times[column.name].has_clock
    sense = 0 if is_end(column.label) else 2 if own >= EXACT and has_clock else 1
    return sense, len(column.values) == len(column.raws), own + (0.5 if has_clock else 0.0)


def _time_keys(draft: Draft, guess: TimeGuess, name: str) -> dict[str, object]:
    keys: dict[str, object] = {} if guess.form is None else {"format": guess.form}
    if guess.other is not None:
        note = f"The times were read as {guess.form}; {guess.other} would fit as well."
        (draft.notes.append if guess.is_in_order else draft.guess)(note)
    draft.questions += [f"{name} has times in {zone}; add {allowed_zones(zone)}." for zone in guess.unknown]
    if not guess.is_local:
        return keys
    if "utc" in words_of(name):
        return {**keys, "time_zone": "UTC"}
    if draft.zone is None and (zone := next(filter(_has_zones, draft.free.columns), None)) is not None:
        return {**keys, "time_zone": {"column": zone.name}}
    if draft.zone is None:
        draft.notes.append("The times have no zone and were read in UTC: change time_zone if they are of another.")
    return {**keys, "time_zone": draft.zone or "UTC"}


def identify(draft: Draft) -> None:
    column = draft.free.take("call_id", lambda one: one.is_unique and one.name not in draft.times)
    if column is None:
        draft.call["call_id"] = {"hash": "row"}
        draft.notes.append("No column tells the calls apart: rows that are the same in all columns are one call.")
    else:
        draft.call["call_id"] = draft.source(column)


def _has_zones(column: Column) -> bool:
    """Whether a column has the time zones of the times."""
    return is_zone(column) and is_zone_of_times(column.keys or (column.name,))
