"""Calls of which a file has several rows, such as one for each transfer: legs, joined by their ``call_id``."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from models.call_detail_values import Turn
from models.call_fields import CallValue
from models.call_record import CallRecord, MetricValue
from server.importing.reading import LineFault, Reading

MOST_CHARACTERS = 64 * 1024 * 1024
"""Most characters of rows whose calls may have further legs; beyond, the oldest call is taken for complete."""


_ENDED = "call_ended_reason"


class Rule(StrEnum):
    """What a call takes of its legs, which are in the order of their times. A leg without the value does not count."""

    FIRST = "first"
    LAST = "last"
    SUM = "sum"
    LONGEST = "longest"
    SPAN = "span"
    ANY = "any"
    ALL = "all"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Join:
    """How legs are joined.

    Attributes:
        rows: how many rows may stand between two legs of a call.
        duration: of ``FIRST``, ``LAST``, ``SUM``, ``LONGEST`` and ``SPAN``: from the start of the call to the last end.
        success: of ``FIRST``, ``LAST``, ``ANY`` and ``ALL``.
        agent: of ``FIRST``, ``LAST``, and ``ANSWERED``: the last leg that was a success, where one was, as of a call
            that rings several phones. What is of the last leg otherwise, such as the reason of the end, is of it, too.
        metrics: of ``FIRST``, ``LAST``, ``SUM``, and ``ALL``, which keeps the values of all legs.
    """

    rows: int = 10_000
    duration: Rule = Rule.SPAN
    success: Rule = Rule.ANY
    agent: Rule = Rule.FIRST
    metrics: Rule = Rule.FIRST


JOIN_RULES = {
    "duration": (Rule.SPAN, Rule.SUM, Rule.LONGEST, Rule.FIRST, Rule.LAST),
    "success": (Rule.ANY, Rule.ALL, Rule.FIRST, Rule.LAST),
    "agent": (Rule.FIRST, Rule.LAST, Rule.ANSWERED),
    "metrics": (Rule.FIRST, Rule.LAST, Rule.SUM, Rule.ALL),
}
"""The rules that are allowed for each."""


@dataclass
class Legs:
    """Joins the rows of one file. ``count`` is how many rows became part of the call of another row so far."""

    join: Join
    count: int = 0
    _open: "OrderedDict[str, list[Reading]]" = field(default_factory=OrderedDict[str, list[Reading]])
    _last: dict[str, int] = field(default_factory=dict[str, int])
    _characters: int = 0

    def joined(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        """The calls. One whose legs are not all good is not taken: its rows are, each for itself, at fault."""
        for number, reading in enumerate(readings):
            call_id = reading.record.call_id if reading.record else reading.call_id
            if call_id is None:
                yield reading
                continue
            self._open.setdefault(call_id, []).append(reading)
            self._open.move_to_end(call_id)
            self._last[call_id] = number
            self._characters += len(reading.text)
            while self._open and self._is_complete(next(iter(self._open)), number):
                yield from self._close()
        while self._open:
            yield from self._close()

    def _is_complete(self, call_id: str, number: int) -> bool:
        return number - self._last[call_id] > self.join.rows or self._characters > MOST_CHARACTERS

    def _close(self) -> Iterator[Reading]:
        call_id, legs = self._open.popitem(last=False)
        del self._last[call_id]
        self._characters -= sum(len(leg.text) for leg in legs)
        bad = next((leg for leg in legs if leg.record is None), None)
        if bad is None:
            self.count += len(legs) - 1
            yield one_call(legs, self.join)
            return
        fault = LineFault(
            1, f"a leg of the same call, in line {bad.line}, was rejected; allowed: calls of which all legs are valid"
        )
        yield from (leg if leg.record is None else replace(leg, record=None, faults=(fault,)) for leg in legs)


def one_call(legs: Sequence[Reading], join: Join) -> Reading:
    """The legs of a call as one. A row that is there again, as in exports of times that overlap, is no further leg."""
    if len(legs) == 1:
        return legs[0]
    different = {leg.text.rstrip("\r\n"): leg for leg in reversed(legs)}
    once = [leg for leg in legs if different[leg.text.rstrip("\r\n")] is leg]
    timed = sorted(((leg.record, leg.has_no_agent) for leg in once if leg.record), key=lambda leg: leg[0].timestamp)
    records = [record for record, _ in timed]
    in_turn = _in_turn(timed, join.agent)
    with_agent = [record.agent for record, has_no_agent in in_turn if not has_no_agent]
    first = records[0]
    record = CallRecord(
        call_id=first.call_id,
        agent=_one(with_agent, join.agent) if with_agent else first.agent,
        timestamp=first.timestamp,
        values=_values(records, [record for record, _ in in_turn], join),
        metadata={key: value for record in reversed(records) for key, value in record.metadata.items()},
        metrics=_metrics(records, [record for record, _ in in_turn], join.metrics),
        transcript=_transcript(records),
        feedback=next((record.feedback for record in reversed(records) if record.feedback), None),
        is_agent_given=bool(with_agent),
    )
    return replace(legs[0], record=record, has_no_agent=not with_agent, legs=tuple(legs))


def _in_turn(timed: list[tuple[CallRecord, bool]], rule: Rule) -> list[tuple[CallRecord, bool]]:
    """The legs, of which the last one is the one that counts: as they are, or those that were answered at the end."""
    match rule:
        case Rule.ANSWERED:
            return sorted(timed, key=lambda leg: leg[0].values.get("success") is True)
        case Rule.FIRST | Rule.LAST | Rule.SUM | Rule.LONGEST | Rule.SPAN | Rule.ANY | Rule.ALL:
            return timed


_PLACES = {Rule.LAST: -1, Rule.ANSWERED: -1}
"""Where the rules that take one leg take it; all others, where they do not apply, take the first."""


def _one(values: Sequence[Any], rule: Rule) -> Any:
    return values[_PLACES.get(rule, 0)]


def _values(records: Sequence[CallRecord], in_turn: Sequence[CallRecord], join: Join) -> dict[str, CallValue]:
    values = {key: value for record in reversed(records) for key, value in record.values.items()}
    reasons = [record.values[_ENDED] for record in in_turn if _ENDED in record.values]
    if reasons:
        values[_ENDED] = reasons[-1]  # a call ends as its last leg does
    if "duration" in values:
        values["duration"] = _duration(records, join.duration)
    successes = [record.values["success"] for record in records if "success" in record.values]
    if successes:
        values["success"] = _SUCCESSES[join.success](successes)
    return values


def _duration(records: Sequence[CallRecord], rule: Rule) -> float:
    timed = [
        (record.timestamp, duration)
        for record in records
        if isinstance(duration := record.values.get("duration"), float)
    ]
    if rule is Rule.SPAN:
        end = max(begin + timedelta(seconds=duration) for begin, duration in timed)
        return (end - records[0].timestamp).total_seconds()
    return _NUMBERS[rule]([duration for _, duration in timed])


_NUMBERS: dict[Rule, Callable[[list[float]], float]] = {
    Rule.FIRST: lambda numbers: numbers[0],
    Rule.LAST: lambda numbers: numbers[-1],
    Rule.SUM: sum,
    Rule.LONGEST: max,
}
_SUCCESSES: dict[Rule, Callable[[list[CallValue]], CallValue]] = {
    Rule.FIRST: lambda values: values[0],
    Rule.LAST: lambda values: values[-1],
    Rule.ANY: any,
    Rule.ALL: all,
}


def _metrics(records: Sequence[CallRecord], in_turn: Sequence[CallRecord], rule: Rule) -> tuple[MetricValue, ...]:
    given = [metric for record in records for metric in record.metrics]
    if rule is Rule.ALL:
        return tuple(given)
    legs: dict[str, list[list[MetricValue]]] = {}
    for record in in_turn if rule in _PLACES else records:
        of_leg: dict[str, list[MetricValue]] = {}
        for metric in record.metrics:
            of_leg.setdefault(metric.metric, []).append(metric)
        for name, values in of_leg.items():
            legs.setdefault(name, []).append(values)
    return tuple(metric for values in legs.values() for metric in _metric(values, rule))


def _metric(legs: Sequence[Sequence[MetricValue]], rule: Rule) -> Sequence[MetricValue]:
    numbers = [metric.value for values in legs for metric in values]
    if rule is Rule.SUM and all(type(number) is float for number in numbers):
        return [replace(legs[0][0], value=sum(number for number in numbers if type(number) is float))]
    return _one(legs, rule)


def _transcript(records: Sequence[CallRecord]) -> tuple[Turn, ...] | None:
    """The transcripts one after the other; their times are from the start of the call."""
    turns: list[Turn] = []
    for record in records:
        later = (record.timestamp - records[0].timestamp).total_seconds()
        turns += [
            turn if turn.time is None else replace(turn, time=turn.time + later) for turn in record.transcript or ()
        ]
    return tuple(turns) or None
