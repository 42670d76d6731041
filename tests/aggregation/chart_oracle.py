"""What a chart must show, in plain Python over a list of calls: written from the rules, not from the service.

Calls are dicts as in ``tests.filters.oracle``. Every item shown carries ``calls``: the ids of the calls behind
it, which is what its drill-down must select.
"""

import calendar
import itertools
import json
import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from aggregation.question.query import ChartScope, MetricRef, WidgetDefinition
from aggregation.question.row_order import Direction, RowOrderField, RowPage
from models import Aggregation, ChartType, EvaluationType, TimePeriod, Weekday
from tests.filters.oracle import evaluate, is_of_clock, moments, of_clock, of_metadata

Call = dict[str, Any]
MICROSECOND = timedelta(microseconds=1)
T = TypeVar("T")
STEP = timedelta(minutes=5)
TOO_OLD = "Timestamp filter value is too far in the past. Maximum allowed range is {} days."


class Refused(Exception):
    """A chart that has no answer."""


class TooOld(Refused):
    """The window begins too early; the message is the product's."""


class TooLong(Refused):
    """The window spans too much time."""


class TooMany(Refused):
    """The chart can have too many buckets, in its window or over all its series."""


class Empty(Refused):
    """The window holds no time."""


@dataclass(frozen=True)
class Record:
    """One thing that is plotted: a call, or one evaluation of it."""

    call: Call
    value: Any


@dataclass
class Item:
    """A bucket, slice, row, series or the number of a stat."""

    label: str | None = None
    is_other: bool = False
    value: Any = None
    samples: int = 0
    percentage: float | None = None
    start: datetime | None = None
    end: datetime | None = None
    is_partial: bool = False
    low: float | None = None
    high: float | None = None
    calls: frozenset[int] = frozenset()
    buckets: list["Item"] = field(default_factory=list)
    points: list[tuple[datetime, int, float]] = field(default_factory=list)


@dataclass
class Answer:
    """A chart: its window, how many values went in, and what it shows."""

    start: datetime
    end: datetime
    samples: int
    items: list[Item]
    total_rows: int = 0
    nulls: int = 0
    previous: Item | None = None
    overview: tuple[Any, ...] | None = None
    previous_overview: tuple[Any, ...] | None = None


# Filters and windows


def combine(*parts: Any) -> Any:
    given = [part for part in parts if part]
    return {"operator": "and", "conditions": given} if given else None


def without_top_times(filters: Any, ops: tuple[str, ...] | None = None) -> Any:
    """The filter without the timestamp conditions that must all hold (of the given operators)."""
    if not filters:
        return None
    if filters.get("field") == "timestamp" and (ops is None or filters["op"] in ops):
        return None
    if filters.get("operator") == "and":
        kept = [without_top_times(member, ops) for member in filters["conditions"]]
        return combine(*kept)
    return filters


def window_of(filters: Any, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The earliest timestamp let through, and the first one after the latest."""
    if not filters:
        return None, None
    if filters.get("field") == "timestamp":
        return _bounds(filters["op"], filters["value"], now, zone)
    if filters.get("operator") not in ("and", "or"):
        return None, None
    parts = [window_of(member, now, zone) for member in filters["conditions"]]
    starts, ends = [part[0] for part in parts], [part[1] for part in parts]
    if filters["operator"] == "and":
        return max(filter(None, starts), default=None), min(filter(None, ends), default=None)
    first = None if None in starts else min(start for start in starts if start)
    return first, None if None in ends else max(end for end in ends if end)


def _bounds(op: str, value: Any, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    if op in ("neq", "isnull"):
        return None, None
    if op == "between":
        return _bounds("gte", value[0], now, zone)[0], _bounds("lte", value[1], now, zone)[1]
    first, following = moments(value, now, zone)
    after = following or first + MICROSECOND
    is_today = value.startswith("today") and following is not None
    return {
        "eq": (first, after),
        "gt": (first if is_today else after, None),
        "gte": (first, None),
        "lt": (None, after if is_today else first),
        "lte": (None, after),
    }[op]


# Time buckets


def local_key(instant: datetime, period: TimePeriod, zone: ZoneInfo, week_start: Weekday) -> Any:
    """What tells buckets apart: the local clock's and calendar's parts."""
    local = instant.astimezone(zone)
    day = local.date()
    match period:
        case TimePeriod.FIVE_MINUTES:
            return day, local.hour, local.minute // 5, local.utcoffset()
        case TimePeriod.FIFTEEN_MINUTES:
            return day, local.hour, local.minute // 15, local.utcoffset()
        case TimePeriod.THIRTY_MINUTES:
            return day, local.hour, local.minute // 30, local.utcoffset()
        case TimePeriod.HOUR:
            return day, local.hour, local.utcoffset()
        case TimePeriod.DAY:
            return day
        case TimePeriod.WEEK:
            first = {Weekday.MONDAY: 0, Weekday.SATURDAY: 5, Weekday.SUNDAY: 6}[week_start]
            return day - timedelta(days=(day.weekday() - first) % 7)
        case TimePeriod.MONTH:
            return date(day.year, day.month, 1)
        case TimePeriod.AUTO:
            raise ValueError("AUTO is no period of the calendar; the chart chooses one.")


@lru_cache(maxsize=500)
def buckets_of(
    start: datetime, end: datetime, period: TimePeriod, zone: ZoneInfo, week_start: Weekday
) -> tuple[tuple[Any, datetime, datetime], ...]:
    """Each bucket's key, start and end, found by walking the clock five minutes at a time."""

    def key(instant: datetime) -> Any:
        return local_key(instant, period, zone, week_start)

    if start >= end:
        return ()
    at = start.astimezone(UTC)
    at = at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
    while key(at - STEP) == key(at):
        at -= STEP
    edges = [at]
    while edges[-1] < end:
        current = key(at)
        while key(at) == current:
            at += STEP
        edges.append(at)
    return tuple((key(left), left, right) for left, right in pairwise(edges))


# Values, labels and measures


def measure(aggregation: Aggregation, values: Iterable[Any]) -> float | None:
    """An aggregation over values without nulls."""
    numbers = [value.timestamp() if isinstance(value, datetime) else value for value in values]
    match aggregation:
        case Aggregation.COUNT:
            return float(len(numbers))
        case Aggregation.COUNT_DISTINCT:
            return float(len(set(numbers)))
        case Aggregation.SUM:
            return math.fsum(numbers)
        case Aggregation.AVG:
            return math.fsum(numbers) / len(numbers) if numbers else None
        case Aggregation.MIN:
            return float(min(numbers)) if numbers else None
        case Aggregation.MAX:
            return float(max(numbers)) if numbers else None
        case Aggregation.STDDEV:
            return float(statistics.stdev(numbers)) if len(numbers) > 1 else None
        case Aggregation.P50 | Aggregation.P75 | Aggregation.P90 | Aggregation.P95 | Aggregation.P99:
            return percentile(sorted(numbers), int(aggregation.value[1:]) / 100) if numbers else None


def percentile(ordered: list[float], share: float) -> float:
    """Linear interpolation between the two nearest values."""
    place = share * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def to_twelve_digits(value: float) -> float:
    """What a LIST is ranked by: the same values added in another order are a tie."""
    return float(f"{value:.11e}")


def text_of(value: Any) -> str | None:
    """A value as a label."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value + 0.0).removesuffix(".0") if isinstance(value, float) else str(value)


def field_value(name: str, call: Call, zone: ZoneInfo) -> Any:
    if is_of_clock(name):
        value = of_clock(name, call["timestamp"], zone)
        return f"{value:02}" if isinstance(value, int) else value
    if name == "agent_id":
        return call["agent"]["id"]
    if name == "agent.agent_name":
        return call["agent"]["agent_name"]
    if name.startswith("metadata."):
        return of_metadata(name, call["metadata"])
    return call[name]


def metric_values(call: Call, metric_id: int) -> list[Any]:
    rows = (row for row in call["evaluations"] if row["metric"]["id"] == metric_id)
    return [row["value"] for row in rows if row["value"] is not None]


def rank(label: str | None) -> tuple[bool, str]:
    return label is None, label or ""


def labels_of(group: dict[str, Any], record: Record, plotted: int | None, zone: ZoneInfo) -> list[str | None]:
    """The groups that a record is in: one, but for metrics with several values; none for a number without a value.

    ``plotted`` is the metric that the records are evaluations of: grouped by itself, each has its own value.
    """
    if plotted is not None and group["type"] == "field" and group["field"] == f"metric:{plotted}":
        return [text_of(record.value)]
    if group["type"] == "field" and group["field"].startswith("metric:"):
        values = metric_values(record.call, int(group["field"].removeprefix("metric:")))
        return list({text_of(value) for value in values}) or [None]
    if group["type"] == "field":
        return [text_of(field_value(group["field"], record.call, zone))]
    if record.value is None:
        return []
    for bucket in group["buckets"]:
        if evaluate(of_number(bucket["condition"]), {"number": record.value}, datetime.now(UTC), ZoneInfo("UTC")):
            return [bucket["label"]]
    return [group.get("other_label", "Other")]


def of_number(condition: dict[str, Any]) -> dict[str, Any]:
    """A range's condition with its field filled in."""
    if "conditions" in condition:
        return {**condition, "conditions": [of_number(member) for member in condition["conditions"]]}
    return {**condition, "field": "number"}


def ids(records: Iterable[Record], *, valued: bool = True) -> frozenset[int]:
    return frozenset(record.call["id"] for record in records if not valued or record.value is not None)


def values(records: Iterable[Record]) -> list[Any]:
    return [record.value for record in records if record.value is not None]


def bin_edges(values: Iterable[float], most: int) -> list[float]:
    """The edges of a histogram: multiples of the narrowest of 1, 2, 2.5 and 5 times a power of ten that is enough."""
    with localcontext() as context:
        context.prec = 1_000
        found = [Decimal(repr(value + 0.0)) for value in values]
        low, high = min(found), max(found)
        if low == high:
            width = Decimal(1).scaleb(low.adjusted() - 1) if low else Decimal(1)
            first = (low / width).to_integral_value(ROUND_FLOOR)
            return [float(first * width), float((first + 1) * width)]
        power = (high - low).adjusted() - 3
        while True:
            for digits in ("1", "2", "2.5", "5"):
                width = Decimal(digits).scaleb(power)
                first, last = (
                    (end / width).to_integral_value(way) for end, way in ((low, ROUND_FLOOR), (high, ROUND_CEILING))
                )
                if last - first <= most:
                    return [float((first + at) * width) for at in range(int(last - first) + 1)]
            power += 1


def share(part: int, total: int) -> float:
    exact = Decimal(100 * part) / total if total else Decimal(0)
    return float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


# Charts


class ChartOracle:
    """Answers definitions over ``calls`` in a scope."""

    def __init__(self, calls: list[Call], scope: ChartScope) -> None:
        self.calls, self.scope, self.zone = calls, scope, ZoneInfo(scope.time_zone)

    def answer(self, definition: WidgetDefinition, top: int = 20) -> Answer:
        """The chart. Raises ``Refused``. ``top`` bounds a pie's slices; a grouping has its own."""
        start, end, records, inside = self._asked(definition)
        charts: dict[ChartType, Callable[..., Answer]] = {
            ChartType.BAR: self._bar,
            ChartType.LINE: self._line,
            ChartType.PIE: self._pie,
            ChartType.LIST: self._list,
            ChartType.HISTOGRAM: self._histogram,
        }
        if definition.chart_type is ChartType.STAT:
            return self._stat(definition, start, end, records)
        return charts[definition.chart_type](definition, start, end, inside, top)

    def _asked(
        self, definition: WidgetDefinition
    ) -> tuple[datetime, datetime, Callable[[datetime, datetime], list[Record]], list[Record]]:
        """The window, what reads the records of any time, and those of the window."""
        filters = self._effective(definition)
        start, end = self._window(filters)
        base = without_top_times(filters, ("eq", "gt", "gte", "lt", "lte", "between"))
        passing = [call for call in self.calls if evaluate(base, call, self.scope.now, self.zone)]
        if start is None:
            start = min((call["timestamp"] for call in passing if call["timestamp"] < end), default=end)

        def records(begin: datetime, finish: datetime) -> list[Record]:
            inside = (call for call in passing if begin <= call["timestamp"] < finish)
            return [record for call in inside for record in self._records(definition, call)]

        return start, end, records, records(start, end)

    def _effective(self, definition: WidgetDefinition) -> Any:
        scope, given = self.scope, self.scope.overrides
        own = given.filters if given.has_filters else definition.filters
        dashboard = scope.surroundings.filters
        if not given.has_time_range:
            return combine(dashboard, own, given.scope)
        conditions: list[Any] = []
        if given.time_from is not None:
            first = moments(given.time_from, scope.now, self.zone)[0]
            conditions.append({"field": "timestamp", "op": "gte", "value": first.isoformat()})
        if given.time_to is not None:
            first, following = moments(given.time_to, scope.now, self.zone)
            conditions.append({"field": "timestamp", "op": "lt", "value": (following or first).isoformat()})
        return combine(without_top_times(dashboard), without_top_times(own), given.scope, *conditions)

    def _window(self, filters: Any) -> tuple[datetime | None, datetime]:
        start, end = window_of(filters, self.scope.now, self.zone)
        end = end or self.scope.now
        longest = self.scope.max_window
        if longest is not None:
            if start is not None and start < self.scope.now - longest - timedelta(minutes=1):
                raise TooOld(TOO_OLD.format(longest.days))
            start = start or self.scope.now - longest
        if start is not None and start >= end:
            raise Empty("The time range is empty")
        if longest is not None and start is not None:
            tomorrow = moments("today", self.scope.now, self.zone)[1]
            assert tomorrow is not None
            spans = (end - start, _wall_clock(end, self.zone) - _wall_clock(start, self.zone))
            if end > tomorrow and min(spans) > longest + timedelta(minutes=1):
                raise TooLong(f"spans more than {longest.days} days")
        return start, end

    def _records(self, definition: WidgetDefinition, call: Call) -> list[Record]:
        if definition.field is None:
            return [Record(call, True)]
        if definition.metric_id is None:
            return [Record(call, field_value(definition.field, call, self.zone))]
        return [Record(call, value) for value in metric_values(call, definition.metric_id)]

    def _series(
        self, definition: WidgetDefinition, records: list[Record]
    ) -> list[tuple[str | None, bool, list[Record]]]:
        group = definition.group_by
        if group is None:
            return [(None, False, records)]
        members: dict[str | None, list[Record]] = {}
        for record in records:
            for label in labels_of(group, record, definition.metric_id, self.zone):
                members.setdefault(label, []).append(record)
        order = sorted(members, key=lambda label: (-len(values(members[label])), rank(label)))
        top = group.get("top") or self._usual_top(group)
        shown = self._in_order_of_clock(group.get("field"), order[:top], lambda label: label)
        series: list[tuple[str | None, bool, list[Record]]] = [(label, False, members[label]) for label in shown]
        hidden = set(order[top:])
        if hidden:
            other = [
                record
                for record in records
                if hidden.intersection(labels_of(group, record, definition.metric_id, self.zone))
            ]
            series.append((None, True, other))
        return series

    def _bar(
        self, definition: WidgetDefinition, start: datetime, end: datetime, records: list[Record], _top: int
    ) -> Answer:
        assert definition.aggregation is not None
        assert definition.time_period is not None
        period, week_start = definition.time_period, self.scope.week_start
        length = len(buckets_of(start, end, period, self.zone, week_start))
        if length > 10_000:
            raise TooMany("The window has more than 10,000 buckets of ")
        if length * self._most_series(definition) > 76_000:
            raise TooMany("but at most 76,000 buckets in all")
        items: list[Item] = []
        for label, is_other, members in self._series(definition, records):
            by_key: dict[Any, list[Record]] = {}
            for record in members:
                key = local_key(record.call["timestamp"], period, self.zone, week_start)
                by_key.setdefault(key, []).append(record)
            buckets: list[Item] = []
            for key, left, right in buckets_of(start, end, period, self.zone, week_start):
                inside = by_key.get(key, [])
                buckets.append(
                    Item(
                        label=label,
                        is_other=is_other,
                        value=measure(definition.aggregation, values(inside)),
                        samples=len(values(inside)),
                        start=left,
                        end=right,
                        is_partial=left < start or right > end,
                        calls=ids(inside),
                    )
                )
            items.append(Item(label, is_other, samples=len(values(members)), calls=ids(members), buckets=buckets))
        return Answer(start, end, len(values(records)), items)

    def _usual_top(self, group: dict[str, Any]) -> int:
        return 24 if group.get("field", "").startswith("hour_of_day") else 20

    def _in_order_of_clock(self, name: str | None, items: list[T], label: Callable[[T], str | None]) -> list[T]:
        """Hours by the clock, and days from the first one of the week; whatever else as it is."""
        if name is None or not is_of_clock(name):
            return items
        places = self._places(name)
        return sorted(items, key=lambda item: places.index(label(item) or ""))

    def _places(self, name: str) -> list[str]:
        """The labels of a clock in their order."""
        first = {Weekday.MONDAY: 0, Weekday.SATURDAY: 5, Weekday.SUNDAY: 6}[self.scope.week_start]
        days = [*calendar.day_name[first:], *calendar.day_name[:first]]
        return days if name.startswith("day") else [f"{hour:02}" for hour in range(24)]

    def _most_series(self, definition: WidgetDefinition) -> int:
        """As many as can be, whatever the calls are: booleans have three groups, numbers one a range and the rest."""
        group = definition.group_by
        if group is None:
            return 1
        top = group.get("top") or self._usual_top(group)
        if group["type"] == "bucket":
            return min(top, len(group["buckets"])) + 1
        name = group["field"]
        if is_of_clock(name):
            return min(top + 1, 24 if name.startswith("hour") else 7)
        of_metric = name.startswith("metric:")
        is_flag = name in ("success", "is_reviewed") or name.endswith("::boolean")
        if of_metric:
            kind = self.scope.metrics[int(name.removeprefix("metric:"))].evaluation_type
            is_flag = kind is EvaluationType.BINARY
        return min(top + 1, 3) if is_flag else top + 1

    def _line(
        self, definition: WidgetDefinition, start: datetime, end: datetime, records: list[Record], _top: int
    ) -> Answer:
        items: list[Item] = []
        for label, is_other, members in self._series(definition, records):
            points = [
                (record.call["timestamp"], record.call["id"], measure(Aggregation.MAX, [record.value]) or 0.0)
                for record in members
                if record.value is not None
            ]
            items.append(Item(label, is_other, samples=len(points), calls=ids(members), points=sorted(points)))
        return Answer(start, end, len(values(records)), items)

    def _by_value(self, records: list[Record]) -> list[tuple[str | None, list[Record]]]:
        members: dict[str | None, list[Record]] = {}
        for record in records:
            members.setdefault(text_of(record.value), []).append(record)
        return sorted(members.items(), key=lambda pair: (-len(pair[1]), rank(pair[0])))

    def _by_range(self, group: Any, records: list[Record]) -> list[tuple[str | None, list[Record]]]:
        """By given ranges, or by equal ones that cover the values; records without a value by themselves."""
        members: dict[str | None, list[Record]] = {}
        found = values(records)
        edges = bin_edges(found, group["max_bins"]) if group["type"] == "bins" and found else []
        for record in records:
            if record.value is None:
                label = None
            elif group["type"] == "bucket":
                (label,) = labels_of(group, record, None, self.zone)
            else:
                at = next(at for at, edge in enumerate(edges[1:]) if record.value < edge or at == len(edges) - 2)
                label = " to ".join(repr(edge).removesuffix(".0") for edge in edges[at : at + 2])
            members.setdefault(label, []).append(record)
        return sorted(members.items(), key=lambda pair: (-len(pair[1]), rank(pair[0])))

    def _pie(
        self, definition: WidgetDefinition, start: datetime, end: datetime, records: list[Record], top: int
    ) -> Answer:
        slices = self._by_range(definition.group_by, records) if definition.group_by else self._by_value(records)
        # Of days with equally many, those that come first in the week are shown.
        slices = sorted(
            self._in_order_of_clock(definition.field, slices, lambda slice: slice[0]), key=lambda slice: -len(slice[1])
        )
        items = [Item(label, value=len(of), calls=ids(of, valued=False)) for label, of in slices[:top]]
        items = self._in_order_of_clock(definition.field, items, lambda item: item.label)
        if rest := [record for _, of in slices[top:] for record in of]:
            items.append(Item(None, True, value=len(rest), calls=ids(rest, valued=False)))
        for item in items:
            item.samples, item.percentage = item.value, share(item.value, len(records))
        return Answer(start, end, len(records), items)

    def _list(
        self, definition: WidgetDefinition, start: datetime, end: datetime, records: list[Record], _top: int
    ) -> Answer:
        rows, total = self._rows(definition, records)
        if all(name and is_of_clock(name) for name in self._names(definition)):
            rows.sort(key=self._label_rank(definition))
        return Answer(start, end, total, rows[:100], total_rows=len(rows))

    def list_page(self, definition: WidgetDefinition, page: RowPage) -> list[Item]:
        """The rows of a list in an order that is asked for."""
        assert page.order is not None
        is_falling = page.order.direction is Direction.DESC
        *_, records = self._asked(definition)
        rows, _ = self._rows(definition, records)
        rows.sort(key=self._label_rank(definition))
        match page.order.field:
            case RowOrderField.LABEL:
                for at in reversed(range(len(self._names(definition)))):
                    known = [row for row in rows if self._parts(definition, row.label)[at] is not None]
                    known.sort(key=lambda row: self._label_rank(definition)(row)[at], reverse=is_falling)
                    rows = [*known, *(row for row in rows if self._parts(definition, row.label)[at] is None)]
            case RowOrderField.SAMPLE_COUNT:
                rows.sort(key=lambda row: -row.samples if is_falling else row.samples)
            case RowOrderField.VALUE:
                sign = -1 if is_falling else 1
                rows.sort(key=lambda row: (row.value is None, sign * to_twelve_digits(row.value or 0.0)))
        return rows[page.after : page.after + page.first]

    def _row_labels(self, definition: WidgetDefinition, record: Record) -> list[str | None]:
        """The labels of a record; of two groupings every pair, as JSON."""
        groups = [definition.group_by, *filter(None, [definition.group_by.get("then")])]
        found = [labels_of(group, record, definition.metric_id, self.zone) for group in groups]
        return found[0] if len(found) == 1 else [json.dumps(pair) for pair in itertools.product(*found)]

    def _parts(self, definition: WidgetDefinition, label: str | None) -> tuple[str | None, ...]:
        is_pair = definition.group_by and definition.group_by.get("then")
        return tuple(json.loads(label or "")) if is_pair else (label,)

    def _names(self, definition: WidgetDefinition) -> list[str | None]:
        """The field of each grouping, or the one that is plotted; None for ranges."""
        group = definition.group_by
        if not group:
            return [definition.field]
        return [one.get("field") for one in (group, group.get("then")) if one]

    def _label_rank(self, definition: WidgetDefinition) -> Callable[[Item], Any]:
        names = self._names(definition)

        def key(row: Item) -> Any:
            pairs = zip(names, self._parts(definition, row.label), strict=True)
            return [
                (False, self._places(name).index(label or "")) if name and is_of_clock(name) else rank(label)
                for name, label in pairs
            ]

        return key

    def _rows(self, definition: WidgetDefinition, records: list[Record]) -> tuple[list[Item], int]:
        """All rows, largest first, and how many values went in."""
        if definition.group_by is None:
            rows = [
                Item(label, value=float(len(of)), samples=len(of), calls=ids(of, valued=False))
                for label, of in self._by_value(records)
            ]
        else:
            members: dict[str | None, list[Record]] = {}
            for record in records:
                for label in self._row_labels(definition, record):
                    members.setdefault(label, []).append(record)
            aggregation = self._aggregation(definition)
            rows = [
                Item(label, value=measure(aggregation, values(of)), samples=len(values(of)), calls=ids(of))
                for label, of in members.items()
            ]
            by_label = self._label_rank(definition)
            rows.sort(key=lambda row: (row.value is None, -to_twelve_digits(row.value or 0.0), by_label(row)))
        total = len(values(records)) if definition.group_by else sum(row.samples for row in rows)
        for row in rows:
            row.percentage = share(row.samples, total)
        return rows, total

    def _histogram(
        self, definition: WidgetDefinition, start: datetime, end: datetime, records: list[Record], _top: int
    ) -> Answer:
        """The bins for the first bound that the scope asks for."""
        valued = [record for record in records if record.value is not None]
        most = next(iter(self.scope.options.bins), 20)
        edges = bin_edges([record.value for record in valued], most) if valued else []
        items: list[Item] = []
        for label, is_other, members in self._series(definition, valued):
            bins: list[Item] = []
            for at, (low, high) in enumerate(pairwise(edges)):
                is_last = at == len(edges) - 2
                inside = [one for one in members if low <= one.value < high or (is_last and one.value == high)]
                bins.append(
                    Item(
                        label,
                        is_other,
                        value=len(inside),
                        samples=len(inside),
                        percentage=share(len(inside), len(members)),
                        low=low,
                        high=high,
                        calls=ids(inside),
                    )
                )
            items.append(Item(label, is_other, samples=len(members), calls=ids(members), buckets=bins))
        return Answer(start, end, len(valued), items, nulls=len(records) - len(valued))

    def _stat(
        self,
        definition: WidgetDefinition,
        start: datetime,
        end: datetime,
        records: Callable[[datetime, datetime], list[Record]],
    ) -> Answer:
        now, before = records(start, end), records(start - (end - start), start)
        if definition.field is None:
            item = Item(value=None, samples=len(now), calls=ids(now))
            past = Item(value=None, samples=len(before))
            overviews = (self._overview(now), self._overview(before))
            return Answer(start, end, len(now), [item], 0, 0, past, *overviews)
        aggregation = self._aggregation(definition)
        item = Item(value=measure(aggregation, values(now)), samples=len(values(now)), calls=ids(now))
        past = Item(value=measure(aggregation, values(before)), samples=len(values(before)))
        return Answer(start, end, item.samples, [item], previous=past)

    def _aggregation(self, definition: WidgetDefinition) -> Aggregation:
        """Where none is given: the average of numbers, the count of everything else."""
        return definition.aggregation or (Aggregation.AVG if self._is_number(definition) else Aggregation.COUNT)

    def _is_number(self, definition: WidgetDefinition) -> bool:
        if definition.metric_id is None:
            return definition.field in ("duration", "agent_id") or (definition.field or "").endswith("::number")
        kind = self.scope.metrics[definition.metric_id].evaluation_type
        return kind in (EvaluationType.NUMERIC, EvaluationType.RATING)

    def _overview(self, records: list[Record]) -> tuple[Any, ...]:
        calls = [record.call for record in records]
        latency = next((metric for metric in self.scope.metrics.values() if metric.name == "latency"), None)
        return (
            len(calls),
            measure(Aggregation.AVG, [call["success"] for call in calls if call["success"] is not None]),
            measure(Aggregation.AVG, [call["duration"] for call in calls if call["duration"] is not None]),
            self._latency(calls, latency),
        )

    def _latency(self, calls: list[Call], metric: MetricRef | None) -> float | None:
        if metric is None:
            return None
        return measure(Aggregation.P95, [value for call in calls for value in metric_values(call, metric.id)])
