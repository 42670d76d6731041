"""When calls began and how they are told apart."""

from functools import partial

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.halves import with_half
from server.importing.proposing.names import EXACT, words_of
from server.importing.proposing.senses import is_end
from server.importing.proposing.spans import Moment, clocks, nameless_clocks
from server.importing.proposing.toml_text import toml_string
from server.importing.proposing.zones import time_zone
from server.importing.values.cells import CellRefused, SettingRequired, text_of
from server.importing.values.texts import to_identifier
from server.importing.values.zones import allowed_zones

_UTC = frozenset({"utc", "gmt"})
_LOCAL = frozenset({"local", "localtime"})

_SUMS = frozenset({
    "calls", "total", "number", "num", "no", "of", "count", "handled", "answered", "offered", "missed", "inbound",
    "outbound", "incoming", "outgoing",
})  # fmt: skip
"""Words of columns that have how many calls there were."""


def begin(draft: Draft) -> Moment | None:
    able = [column for column in draft.free.columns if column.name in draft.times]
    start = max(able, key=partial(_start_rank, draft), default=None)
    if start is None:
        return None
    start = next((one for one in able if _is_same_in_utc(draft, start, one)), start)
    guess = draft.times[start.name]
    moment = Moment((start,), guess) if guess.has_clock else _with_clock(draft, start)
    draft.free.use(*moment.columns)
    moment = with_half(draft, moment, ends=False)
    source = {**moment.source, **_time_keys(draft, moment), **draft.null(*moment.columns)}
    draft.call["timestamp"] = start.name if source.keys() == {"column"} else source
    if not moment.guess.has_clock:
        draft.notes.append(f"{start.name} has days without the time of the day: all calls begin at midnight.")
    if missing := len(start.raws) - len(start.values):
        draft.notes.append(
            f"{missing} of the first {len(start.raws)} calls have no time in {start.name}; they are rejected."
        )
    return moment


def _with_clock(draft: Draft, day: Column) -> Moment:
    """The days of a column with the times of the day of another: of one with the name of such times, or else of the
    only one that has some."""
    if named := clocks(draft.free.columns, day, ends=False):
        return named[0]
    alone = Moment((day,), draft.times[day.name])
    found = nameless_clocks(draft.free.columns, day)
    if len(found) == 1 and found[0].is_in_all_hours:
        return found[0]
    if found:
        names = " and ".join(moment.columns[1].name for moment in found)
        draft.guess(
            f"{day.name} has days alone, and {names} may have the times of the day: set columns = "
            f'["{day.name}", "{found[0].columns[1].name}"] as the timestamp if they do.'
        )
    return alone


def _start_rank(draft: Draft, column: Column) -> tuple[int, bool, float]:
    """How well a column of times fits the starts of calls: never an end where there is another."""
    own, has_clock = column.likeness("timestamp"), draft.times[column.name].has_clock
    sense = 0 if is_end(column.label) else 2 if own >= EXACT and has_clock else 1
    return sense, len(column.values) == len(column.raws), own + (0.5 if has_clock else 0.0)


def _is_same_in_utc(draft: Draft, start: Column, other: Column) -> bool:
    """Whether another column has local starts in UTC, or with their offsets: ``Start UTC`` beside ``Start (local)``."""
    words, others = ({*words_of(column.label)} for column in (start, other))
    is_told = not draft.times[other.name].is_local or not others.isdisjoint(_UTC)
    is_open = draft.times[start.name].is_local and words.isdisjoint(_UTC)
    is_whole = len(other.values) == len(start.values) and draft.times[other.name].has_clock
    return is_open and is_told and is_whole and words - _LOCAL - _UTC == others - _LOCAL - _UTC and other is not start


def _time_keys(draft: Draft, moment: Moment) -> dict[str, object]:
    guess, name = moment.guess, moment.columns[0].name
    keys: dict[str, object] = {} if guess.form is None else {"format": guess.form}
    if guess.other is not None:
        note = f"The times were read as {guess.form}; {guess.other} would fit as well."
        (draft.notes.append if guess.is_in_order else draft.guess)(note)
    draft.questions += [f"{name} has times in {zone}; add {allowed_zones(zone)}." for zone in guess.unknown]
    return {**keys, "time_zone": time_zone(draft, moment)} if guess.is_local else keys


def identify(draft: Draft) -> None:
    column = draft.free.take(
        "call_id", lambda one: one.is_unique and not _is_rounded(one) and one.name not in draft.times
    )
    rounded = draft.free.best("call_id", _is_rounded) if column is None else None
    if rounded is not None:
        draft.questions.append(
            f"{rounded.name} has {_rounded(rounded)}, which a spreadsheet has rounded: its last digits are lost, and "
            "several calls may have the same one; export the column as text, or take other columns as call_id = "
            '{ columns = [...] }, or leave it at { hash = "row" }.'
        )
    if column is not None:
        draft.call["call_id"] = draft.source(column)
        return
    draft.call["call_id"] = {"hash": "row"}
    repeated = draft.free.best("call_id", lambda one: _is_repeated(one) and one.name not in draft.times)
    if rounded is None and repeated is not None:
        text, count = repeated.counts.most_common(1)[0]
        draft.guess(
            f"{repeated.name} has {text!r} in {count} rows: every row was read as a call of its own; set call_id = "
            f"{toml_string(repeated.name)} and join = true above [call] if rows with the same one are one call."
        )
    else:
        draft.notes.append("No column tells the calls apart: rows that are the same in all columns are one call.")
        _note_sums(draft)


def _note_sums(draft: Draft) -> None:
    """Notes numbers of calls, which reports have that add up what is asked for: their rows are no calls."""
    named = (one for one in draft.free.columns if "calls" in (words := {*words_of(one.label)}) and words <= _SUMS)
    column = next((one for one in named if one.numbers(draft.form) is not None), None)
    if column is not None:
        draft.guess(
            f"{column.name} seems to have numbers of calls: then each row is a sum of several calls and not one, and a "
            "report that has a row for each call is needed."
        )


def _is_repeated(column: Column) -> bool:
    """Whether a column is named for the IDs of calls, and has some of them in several rows: each call may have a row
    for every leg of it."""
    is_named = column.likeness("call_id") >= EXACT and not column.is_nested
    return is_named and max(column.counts.values()) > 1 and not _is_rounded(column)


def _is_rounded(column: Column) -> bool:
    return _rounded(column) is not None


def _rounded(column: Column) -> str | None:
    """The first identifier of a column whose last digits a spreadsheet has dropped."""
    for raw in column.values:
        try:
            to_identifier(raw)
        except SettingRequired:
            return text_of(raw)
        except CellRefused:
            continue
    return None
