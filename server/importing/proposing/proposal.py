"""What a file's columns probably mean, as a mapping."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from server.importing.observed import doubt
from server.importing.proposing.columns import Column, number_form, point_watch
from server.importing.proposing.names import (
    EXACT,
    LEAST,
    is_identifier,
    is_rating,
    is_sentiment,
    key_of,
    metric_of,
    words_of,
)
from server.importing.proposing.nulls import kept_words, null_texts, without_nulls
from server.importing.proposing.senses import (
    is_agent_code,
    is_amount,
    is_end,
    is_negated,
    is_part,
    is_start_or_end,
    is_whole,
    is_zone_of_times,
    unit_in,
)
from server.importing.proposing.spans import Moment, between, clocks
from server.importing.proposing.times import TimeGuess, guess_time, is_zone
from server.importing.proposing.toml_text import toml_text
from server.importing.values.cells import text_of
from server.importing.values.doubtful import readings_of
from server.importing.values.numbers import NumberForm
from server.importing.values.zones import allowed_zones

_MOST_METRICS = 30
_MOST_METADATA = 40
_LEAST_PHONE = 1_000_000
_A_DAY = 86_400
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Characters that a comment in TOML may not have."""
_LONG_SECONDS = 10_000
"""A duration that half of the calls reach is one in milliseconds."""
_YES = frozenset({"resolved", "success", "successful", "succeeded", "passed", "pass", "completed", "won", "ok", "good"})
_NO = frozenset({
    "unresolved", "not resolved", "failure", "failed", "fail", "unsuccessful", "lost", "open", "pending", "bad",
})  # fmt: skip
_ROLES = ("role", "speaker", "participant", "from")
_SAID = ("text", "content", "message", "utterance", "transcript")
_SINCE = ("secondsFromStart", "time_in_call_secs", "start", "offset")
_ROLE_NAMES = {"bot": "agent", "assistant": "agent", "ai": "agent", "user": "customer", "caller": "customer"}

_NOTHING: Mapping[str, object] = {}

Fits = Callable[[Column], bool]


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        content: of the mapping file.
        notes: what was guessed and should be looked at.
        unused: columns that have no use, each with the reason.
        questions: what has to be written into the mapping before it can be used.
    """

    content: dict[str, object]
    notes: tuple[str, ...]
    unused: tuple[tuple[str, str], ...]
    questions: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """The mapping file, for the calls of a file of that name."""
        comments = [
            f"# A proposed mapping for {name}. docs/importing.md explains every key.",
            *(f"# To be done: {question}" for question in self.questions),
            *(f"# {note}" for note in self.notes),
            *(f"# Not used: {column}: {reason}" for column, reason in self.unused),
        ]
        head = "\n".join(_CONTROL.sub(" ", comment) for comment in comments)
        return f"{head}\n\n{toml_text(self.content)}"


def propose(columns: Sequence[Column], *, is_table: bool, time_zone: str | None = None) -> Proposal | None:
    """Proposes a mapping; None where no column has a time, so that nothing could be a call.

    Args:
        columns: of a table, or what is at the paths of documents.
        time_zone: of local times.
    """
    return _Proposer(columns, time_zone, is_table=is_table).proposal()


@dataclass
class _Free:
    """The columns without a use so far."""

    columns: list[Column]
    unused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def best(self, meaning: str, fits: Fits) -> Column | None:
        """The column whose name fits a meaning best, of those that its content allows."""
        scored = [(column.likeness(meaning), column) for column in self.columns]
        able = [(score, column) for score, column in scored if score >= LEAST and fits(column)]
        return max(able, key=lambda one: one[0])[1] if able else None

    def take(self, meaning: str, fits: Fits) -> Column | None:
        """The same, which is used then."""
        column = self.best(meaning, fits)
        if column is not None:
            self.use(column)
        return column

    def use(self, *columns: Column) -> None:
        """Notes that columns are used."""
        self.columns = [column for column in self.columns if column not in columns]


class _Proposer:
    def __init__(self, columns: Sequence[Column], time_zone: str | None, *, is_table: bool) -> None:
        self._nulls = null_texts(columns)
        columns = [without_nulls(column) for column in columns]
        self._columns = columns
        self._free = _Free([column for column in columns if column.values])
        self._free.unused = [(column.name, "it is empty") for column in columns if not column.values]
        self._zone = time_zone
        self._is_table = is_table
        self._form = number_form(columns)
        self._times = {column.name: guess for column in columns if (guess := guess_time(column))}
        self._call: dict[str, object] = {}
        self._metrics: dict[str, object] = {}
        self._metadata: dict[str, object] = {}
        self._notes: list[str] = []
        self._questions: list[str] = []

    def proposal(self) -> Proposal | None:
        times = self._timestamp()
        if times is None:
            return None
        self._identifier()
        self._outcome()
        self._texts()
        self._agent()
        self._duration(times)
        transcript = self._transcript() if not self._is_table else None
        for column in [*self._free.columns]:
            self._other(column)
        self._note_words()
        content: dict[str, object] = {**self._settings(), "call": self._in_order()}
        for part, values in (("metadata", self._metadata), ("metrics", self._metrics), ("transcript", transcript)):
            if values:
                content[part] = values
        return Proposal(content, tuple(self._notes), tuple(self._free.unused), tuple(self._questions))

    def _settings(self) -> dict[str, object]:
        settings: dict[str, object] = {"null": self._nulls} if self._nulls else {}
        if self._form.decimal:
            settings["decimal"] = self._form.decimal
        if self._form.thousands:
            settings["thousands"] = self._form.thousands
        return settings

    def _in_order(self) -> dict[str, object]:
        order = (
            "call_id", "agent", "timestamp", "duration", "success", "is_reviewed", "customer_number",
            "call_ended_reason", "dropoff_point", "topic",
        )  # fmt: skip
        return {key: self._call[key] for key in order if key in self._call}

    def _timestamp(self) -> Moment | None:
        able = [column for column in self._free.columns if column.name in self._times]
        start = max(able, key=self._start_rank, default=None)
        if start is None:
            return None
        guess = self._times[start.name]
        joined = [] if guess.has_clock else clocks(self._free.columns, start, ends=False)
        moment = joined[0] if joined else Moment((start,), guess)
        self._free.use(*moment.columns)
        source = {**moment.source, **self._time_keys(moment.guess, start.name), **self._null(*moment.columns)}
        self._call["timestamp"] = start.name if source.keys() == {"column"} else source
        if not moment.guess.has_clock:
            self._notes.append(f"{start.name} has days without the time of the day: all calls begin at midnight.")
        if missing := len(start.raws) - len(start.values):
            self._notes.append(
                f"{missing} of the first {len(start.raws)} calls have no time in {start.name}; they are rejected."
            )
        return moment

    def _start_rank(self, column: Column) -> tuple[int, bool, float]:
        """How well a column of times fits the starts of calls: never an end where there is another."""
        own, has_clock = column.likeness("timestamp"), self._times[column.name].has_clock
        sense = 0 if is_end(column.label) else 2 if own >= EXACT and has_clock else 1
        return sense, len(column.values) == len(column.raws), own + (0.5 if has_clock else 0.0)

    def _time_keys(self, guess: TimeGuess, name: str) -> dict[str, object]:
        keys: dict[str, object] = {} if guess.form is None else {"format": guess.form}
        if guess.other is not None:
            self._notes.append(f"The times were read as {guess.form}; {guess.other} would fit as well.")
        self._questions += [f"{name} has times in {zone}; add {allowed_zones(zone)}." for zone in guess.unknown]
        if not guess.is_local:
            return keys
        if "utc" in words_of(name):
            return {**keys, "time_zone": "UTC"}
        if self._zone is None and (zone := next(filter(_has_zones, self._free.columns), None)) is not None:
            return {**keys, "time_zone": {"column": zone.name}}
        if self._zone is None:
            self._notes.append("The times have no zone and were read in UTC: change time_zone if they are of another.")
        return {**keys, "time_zone": self._zone or "UTC"}

    def _identifier(self) -> None:
        column = self._free.take("call_id", lambda one: one.is_unique and one.name not in self._times)
        if column is None:
            self._call["call_id"] = {"hash": "row"}
            self._notes.append("No column tells the calls apart: rows that are the same in all columns are one call.")
        else:
            self._call["call_id"] = self._source(column)

    def _texts(self) -> None:
        phone = self._free.take("customer_number", lambda one: one.is_phone)
        if phone is not None:
            self._call["customer_number"] = self._source(phone)
        for key in ("topic", "dropoff_point"):
            if (column := self._free.take(key, _is_category)) is not None:
                self._call[key] = self._source(column)

    def _outcome(self) -> None:
        success = self._free.take("success", lambda one: _successes(one) is not None and not is_negated(one.label))
        if success is not None:
            self._call["success"] = self._source(success, _with_values(_successes(success)))
        reason = self._free.take("call_ended_reason", _is_category)
        if reason is not None:
            self._call["call_ended_reason"] = self._source(reason)
        answered = self._free.best("answered", _is_plain_boolean)
        if answered is not None and ("success" not in self._call or "call_ended_reason" not in self._call):
            self._free.use(answered)
            if "success" not in self._call:
                self._call["success"] = self._source(answered)
                self._notes.append(f"success says whether a call was answered ({answered.name}).")
            else:
                self._call["call_ended_reason"] = self._source(answered, {"values": _answers(answered)})
        reviewed = self._free.take("is_reviewed", _is_plain_boolean)
        if reviewed is not None:
            self._call["is_reviewed"] = self._source(reviewed)

    def _agent(self) -> None:
        column = self._free.take("agent", self._is_agent)
        if column is None:
            self._call["agent"] = {"constant": "(none)"}
            self._notes.append("No column has the agent: all calls have the agent (none).")
            return
        self._call["agent"] = self._source(column)
        if (missing := len(column.raws) - len(column.values)) > 0:
            self._notes.append(
                f"{missing} of the first {len(column.raws)} calls have no agent; they get the agent (none)."
            )

    def _is_agent(self, column: Column) -> bool:
        if column.is_nested or column.name in self._times or is_amount(column.label):
            return False
        is_number = column.numbers(NumberForm()) is not None or column.numbers(self._form) is not None
        return is_agent_code(column.label) or not (is_number or column.is_boolean or column.duration_unit)

    def _duration(self, start: Moment) -> None:
        column = self._free.take("duration", lambda one: self._is_duration(one) and is_whole(one.label))
        if column is None and self._between(start):
            return
        column = column or self._free.take("duration", self._is_duration)
        if column is not None:
            self._call["duration"] = self._duration_source(column)

    def _between(self, start: Moment) -> bool:
        """Makes the duration of the start and the end of calls, where both are there."""
        end = self._end(start)
        if end is None or not start.guess.has_clock:
            return False
        self._free.use(*end.columns)
        source = self._call["timestamp"]
        zone = cast("dict[str, object]", source).get("time_zone") if isinstance(source, dict) else None
        if zone is None and end.guess.is_local:
            zone = self._zone or "UTC"
        self._call["duration"] = {**between(start, end, zone), **self._null(*start.columns, *end.columns)}
        return True

    def _end(self, start: Moment) -> Moment | None:
        ends = [column for column in self._free.columns if column.name in self._times and is_end(column.label)]
        end = max(ends, key=lambda one: (self._times[one.name].has_clock, one.likeness("ended_at")), default=None)
        if end is not None and self._times[end.name].has_clock:
            return Moment((end,), self._times[end.name])
        found = clocks(self._free.columns, end or start.columns[0], ends=True) if start.columns[1:] else []
        if found and end is None:
            self._notes.append(
                f"{found[0].columns[1].name} was read as a time of the day that a call begins on: calls that end after "
                "midnight are rejected."
            )
        return found[0] if found else None

    def _is_duration(self, column: Column) -> bool:
        if column.name in self._times or is_part(column.label, "".join(column.keys[-2:-1])):
            return False
        numbers = column.numbers(self._form)
        return column.duration_unit is not None or (numbers is not None and min(numbers) >= 0)

    def _duration_source(self, column: Column) -> object:
        if (unit := column.duration_unit) is not None:
            self._note_unit(column, unit)
            return {"column": column.name, "unit": unit, **self._null(column)}
        self._note_point(column)
        unit = self._counted_in(column)
        return self._source(column, {} if unit is None else {"unit": unit})

    def _note_words(self) -> None:
        """Notes texts that were taken for texts, and may mean no value."""
        for column in self._columns:
            for word in kept_words(column):
                self._notes.append(
                    f'{column.name}: {word} is a text; if it means no value, add null = ["{word}"] there.'
                )

    def _note_point(self, column: Column) -> None:
        """Notes numbers that can be read in two ways."""
        point = "," if self._form == NumberForm(".", ",") else "."
        watch = point_watch(column, point)
        if not watch.is_doubtful or watch.text is None or self._form.decimal == ",":
            return
        fraction, thousands = readings_of(watch.text)
        if self._form.decimal is None:
            self._notes.append(f"{column.name}: {doubt(watch.text)}.")
        elif point == ".":
            self._notes.append(
                f'{column.name}: {fraction} was read as a fraction; set decimal = "," and thousands = "." if it means '
                f"{thousands}."
            )
        else:
            self._notes.append(
                f'{column.name}: {watch.text.replace(".", ",")} was read as {thousands}; set decimal = "," without '
                f"thousands if it means {fraction}."
            )

    def _note_unit(self, column: Column, unit: str) -> None:
        if unit != "M:SS":
            return
        as_hours = (
            ' Its cells say hours and minutes: if they mean that, set unit = "HH:MM".'
            if column.has_minutes_as_hours
            else ""
        )
        self._notes.append(f"{column.name} was read as minutes and seconds (M:SS).{as_hours}")

    def _null(self, *columns: Column) -> dict[str, object]:
        """Texts of columns that mean no value, with those of the whole file, which they replace."""
        strays = sorted({stray for column in columns for stray in column.strays})
        return {"null": [*self._nulls, *strays]} if strays else {}

    def _source(self, column: Column, keys: Mapping[str, object] = _NOTHING) -> object:
        """A column as a source: its name alone where nothing else is to be said."""
        source = {"column": column.name, **keys, **self._null(column)}
        return source if len(source) > 1 else column.name

    def _counted_in(self, column: Column) -> str | None:
        """The unit of the numbers of a column; None for seconds of which no name tells that: import asks about those
        from a day on."""
        if (unit := unit_in(column.label, column.unit)) is not None:
            return unit
        numbers = sorted(column.numbers(self._form) or [0.0])
        if numbers[len(numbers) // 2] >= _LONG_SECONDS:
            self._notes.append(f"{column.name} was read as milliseconds: in seconds most calls would last for hours.")
            return "milliseconds"
        if numbers[-1] >= _A_DAY:
            self._questions.append(
                f"{column.name} has {numbers[-1]:g}, as seconds {numbers[-1] / 3600:,.1f} hours; add to duration "
                'unit = "milliseconds" or unit = "seconds".'
            )
        return None

    def _transcript(self) -> dict[str, object] | None:
        for column in self._free.columns:
            items = [item for raw in column.values if isinstance(raw, list) for item in cast("list[Any]", raw)]
            turns = [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
            role, said = _key_in(turns, _ROLES), _key_in(turns, _SAID)
            if not turns or len(turns) < len(items) or role is None or said is None:
                continue
            self._free.use(column)
            transcript: dict[str, object] = {"column": column.name, "role": role, "text": said}
            since = _key_in(turns, _SINCE)
            if since is not None and all(isinstance(turn.get(since), (int, float, type(None))) for turn in turns):
                transcript["time"] = since
            roles = {str(turn.get(role)) for turn in turns}
            named = {name: _ROLE_NAMES[name] for name in sorted(roles) if name in _ROLE_NAMES}
            return {**transcript, "roles": named} if named else transcript
        return None

    def _other(self, column: Column) -> None:
        """What becomes of a column that no value of a call takes."""
        reason = self._metric(column) or self._key(column)
        if reason:
            self._free.unused.append((column.name, reason))

    def _metric(self, column: Column) -> str | None:
        """Makes a metric of a column if it has amounts; otherwise, or if that works, tells nothing."""
        source = self._metric_source(column)
        if source is None:
            return None
        is_general = column.likeness("duration") >= EXACT
        label = " ".join(column.keys[-2:]) if is_general and column.keys else column.label
        name = _unused(metric_of(label), self._metrics)
        if len(self._metrics) >= _MOST_METRICS:
            return f"the first {_MOST_METRICS} columns of numbers became metrics"
        self._metrics[name] = {"column": column.name, **source, **self._null(column)}
        self._free.use(column)
        return None

    def _metric_source(self, column: Column) -> dict[str, object] | None:
        if column.name in self._times or column.is_boolean or column.is_nested or _is_clock(column):
            return None
        if (unit := column.duration_unit) is not None:
            self._note_unit(column, unit)
            return {"type": "numeric", "read_as": "duration", "unit": unit}
        if is_sentiment(column.label) and _is_category(column):
            return {"type": "enum"}
        numbers = column.numbers(self._form)
        is_phone = column.is_phone and numbers is not None and min(numbers) >= _LEAST_PHONE
        if numbers is None or is_phone or is_identifier(column.label):
            return None
        self._note_point(column)
        unit = {"unit": column.unit} if column.unit else {}
        if is_rating(column.label) and min(numbers) >= 0 and max(numbers) <= 5:
            return {"type": "rating", **unit}
        return {"type": "numeric", **unit}

    def _key(self, column: Column) -> str | None:
        """Makes metadata of a column; tells why not."""
        if column not in self._free.columns:
            return None
        if column.is_nested:
            return "it has lists or objects"
        if column.name in self._times or _is_clock(column):
            return "it has times, of which a call has one"
        if not column.is_short_text and not is_identifier(column.label):
            return "its texts are long, or different in nearly every row"
        if is_identifier(column.label) and not column.is_short_text:
            return "it is different in nearly every row"
        if len(self._metadata) >= _MOST_METADATA:
            return f"the first {_MOST_METADATA} others became metadata"
        key = _unused(key_of(column.label), self._metadata)
        self._metadata[key] = self._source(column, {"type": "boolean"} if column.is_boolean else {})
        return None


def _has_zones(column: Column) -> bool:
    """Whether a column has the time zones of the times."""
    return is_zone(column) and is_zone_of_times(column.keys or (column.name,))


def _is_plain_boolean(column: Column) -> bool:
    return column.is_boolean and not is_negated(column.label)


def _is_clock(column: Column) -> bool:
    """Whether a column has times of the day rather than durations."""
    has_name = words_of(column.label)[:1] == ("time",) or is_start_or_end(column.label)
    return column.duration_unit is not None and has_name


def _is_category(column: Column) -> bool:
    """Whether a column has texts that charts can group by."""
    return column.is_short_text and not column.is_nested and column.numbers(NumberForm()) is None


def _successes(column: Column) -> dict[str, bool] | None:
    """What a column's texts say of the success of calls: empty where they are booleans; None where that is not told."""
    if column.is_boolean:
        return {}
    texts = {text.casefold() for text in column.counts}
    if texts and texts <= _YES | _NO and len(texts) <= 6:
        return {text: text.casefold() in _YES for text in sorted(column.counts)}
    return None


def _with_values(values: dict[str, bool] | None) -> dict[str, object]:
    return {"values": values} if values else {}


def _answers(column: Column) -> dict[str, str]:
    yes = frozenset({"y", "yes", "true", "t", "1", "on"})
    return {
        text: "answered" if text.casefold() in yes else "not_answered" for text in sorted(map(text_of, column.counts))
    }


def _key_in(turns: Sequence[dict[str, Any]], names: Sequence[str]) -> str | None:
    return next((name for name in names if any(name in turn for turn in turns)), None)


def _unused(name: str, taken: dict[str, object]) -> str:
    place = 2
    found = name
    while found in taken:
        found = f"{name}_{place}"
        place += 1
    return found
