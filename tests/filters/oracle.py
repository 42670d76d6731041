"""What a filter means, in plain Python over one call: written from the rules, not from the compiler.

A call is a dict: the columns of a call log, ``metadata`` (a dict), ``agent`` (a dict of ``id``, ``agent_name``,
``assistant_id``) and ``evaluations`` (a list of dicts of ``value``, ``metric`` (``id``, ``name``) and ``created_at``).
"""

import calendar
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Call = dict[str, Any]


def evaluate(filters: dict[str, Any] | None, call: Call, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the call passes the filter."""
    return not filters or _holds(filters, call, None, now, zone)


def _holds(node: dict[str, Any], call: Call, row: dict[str, Any] | None, now: datetime, zone: ZoneInfo) -> bool:
    if "field" in node:
        return _condition(node, call, row, now, zone)
    members = node["conditions"]
    if node["operator"] == "same_row":
        return any(all(_holds(member, call, each, now, zone) for member in members) for each in call["evaluations"])
    held = [_holds(member, call, row, now, zone) for member in members]
    return {"and": all(held), "or": any(held), "not": not all(held)}[node["operator"]]


def _condition(node: dict[str, Any], call: Call, row: dict[str, Any] | None, now: datetime, zone: ZoneInfo) -> bool:
    field, op, value = node["field"], node["op"], node["value"]

    def passes(actual: Any) -> bool:
        return _compare(op, actual, value, now, zone, as_json=field.startswith("metadata.") and "::" not in field)

    if not field.startswith("metric_evaluations."):
        return passes(of_clock(field, call["timestamp"], zone) if is_of_clock(field) else _of_call(field, call))
    if row is not None:
        return passes(_of_evaluation(field, row))
    if field == "metric_evaluations.value" and op == "isnull":
        return any(each["value"] is not None for each in call["evaluations"]) is not value
    return any(passes(_of_evaluation(field, each)) for each in call["evaluations"])


def is_of_clock(field: str) -> bool:
    return field.partition("@")[0] in ("hour_of_day", "day_of_week")


def of_clock(field: str, moment: datetime, zone: ZoneInfo) -> Any:
    """What the clock of the zone shows, or that of the one that the field names."""
    part, _, name = field.partition("@")
    local = moment.astimezone(ZoneInfo(name) if name else zone)
    return local.hour if part == "hour_of_day" else calendar.day_name[local.weekday()]


def _of_call(field: str, call: Call) -> Any:
    if field == "agent_id":
        return call["agent"]["id"]
    if field.startswith("agent."):
        return call["agent"][field.removeprefix("agent.")]
    if field.startswith("metadata."):
        return of_metadata(field, call["metadata"])
    return call[field]


def of_metadata(field: str, metadata: dict[str, Any]) -> Any:
    """A key's value as text, or as the type that is written behind it: then values of other types are none."""
    found = re.fullmatch(r"metadata\.(.+?)(::(number|boolean))?", field)
    assert found
    value = metadata.get(json.loads(found[1]) if re.fullmatch(r'".+"', found[1]) else found[1])
    match found[3]:
        case "number":
            return value if _is_number(value) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case _:
            return value if value is None or isinstance(value, str) else json_text(value)


def _of_evaluation(field: str, row: dict[str, Any]) -> Any:
    path = field.removeprefix("metric_evaluations.").split(".")
    return row["metric"][path[1]] if path[0] == "metric" else row[path[0]]


def json_text(value: Any) -> str:
    """A JSON value as PostgreSQL's jsonb writes it."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return json.dumps(value, ensure_ascii=False)


def _compare(op: str, actual: Any, value: Any, now: datetime, zone: ZoneInfo, *, as_json: bool) -> bool:
    if op == "isnull":
        return (actual is None) is value
    if op == "neq":
        return actual is None or not _equal(actual, value, now, zone, as_json)
    if actual is None:
        return False
    if op == "eq":
        return _equal(actual, value, now, zone, as_json)
    if op == "in":
        return any(_equal(actual, each, now, zone, as_json) for each in value)
    if op in ("contains", "startswith", "endswith"):
        if not isinstance(actual, str):
            return False
        text = value if isinstance(value, str) else json_text(value)
        return getattr(_Text(_lower(actual)), op)(_lower(text))
    if op == "regex":
        return isinstance(actual, str) and re.search(value, actual) is not None
    if op == "between":
        low, high = value
        return all(
            _compare(edge, actual, end, now, zone, as_json=as_json) for edge, end in (("gte", low), ("lte", high))
        )
    if isinstance(actual, datetime):
        first, last = moments(value, now, zone)
        is_today = value.startswith("today")
        return {
            "gt": actual >= (first if is_today else last) if last else actual > first,
            "gte": actual >= first,
            "lt": actual < (last if last and is_today else first),
            "lte": actual < last if last else actual <= first,
        }[op]
    if not _is_number(actual):
        return False
    return {"gt": actual > value, "gte": actual >= value, "lt": actual < value, "lte": actual <= value}[op]


class _Text(str):
    def contains(self, part: str) -> bool:
        return part in self


def _lower(text: str) -> str:
    return "".join(character.lower() for character in text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(actual: Any, value: Any, now: datetime, zone: ZoneInfo, as_json: bool) -> bool:
    if isinstance(actual, datetime):
        first, last = moments(value, now, zone)
        return first <= actual < last if last else actual == first
    if as_json and not isinstance(value, str):
        return actual == json_text(value)
    if _is_number(actual) and _is_number(value):
        return float(actual) == float(value)
    return type(actual) is type(value) and actual == value


@lru_cache
def moments(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """The instant that a time stands for; of a day its first instant and the next day's."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        day = date.fromisoformat(text)
        return _first(day, zone), _first(day + timedelta(days=1), zone)
    found = re.match(r"(now|today)(.*)$", text)
    if not found:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), None
    if "/" in text:
        return _rounded(found[1], found[2], now.astimezone(UTC), zone), None
    steps = [(int(count), unit) for count, unit in re.findall(r"([+-]\d+)(\w)", found[2])]
    if found[1] == "now":
        moment = now.astimezone(UTC)
        for count, unit in steps:
            moment = _step(moment, count, unit)
        return moment, None
    day = datetime.combine(now.astimezone(zone).date(), time())
    for count, unit in steps:
        if unit in "dwMqy":
            day = _step(day, count, unit)
    moved = sum((_step(datetime.min + timedelta(days=9999), count, unit) - (datetime.min + timedelta(days=9999))
                 for count, unit in steps if unit in "smh"), timedelta())  # fmt: skip
    return _first(day.date(), zone) + moved, _first(day.date() + timedelta(days=1), zone) + moved


PERIODS: dict[str, Callable[[date], Any]] = {
    "d": lambda day: day,
    "w": lambda day: day.isocalendar()[:2],
    "M": lambda day: (day.year, day.month),
    "q": lambda day: (day.year, (day.month + 2) // 3),
    "y": lambda day: day.year,
}
"""What the days of one period have in common."""


def _rounded(name: str, rest: str, moment: datetime, zone: ZoneInfo) -> datetime:
    """Steps and roundings one after the other; the start of a period is found by going back day by day."""
    if name == "today":
        moment = _first(moment.astimezone(zone).date(), zone)
    for sign, count, unit in re.findall(r"([+-]|/)(\d*)(\w)", rest):
        local = moment.astimezone(zone)
        day = local.date()
        if sign == "/" and unit == "h":
            moment -= timedelta(microseconds=local.microsecond, seconds=local.second)
            while moment.astimezone(zone).minute:
                moment -= timedelta(minutes=1)
        elif sign == "/":
            while PERIODS[unit](day - timedelta(days=1)) == PERIODS[unit](day):
                day -= timedelta(days=1)
            moment = _first(day, zone)
        elif unit in "smh":
            moment = _step(moment, int(sign + count), unit)
        else:
            is_start = moment == _first(day, zone)
            moved = _step(local.replace(tzinfo=None), int(sign + count), unit)
            moment = _first(moved.date(), zone) if is_start else moved.replace(tzinfo=zone).astimezone(UTC)
    return moment


def _step(moment: datetime, count: int, unit: str) -> datetime:
    if unit in "Mqy":
        month = moment.year * 12 + moment.month - 1 + count * {"M": 1, "q": 3, "y": 12}[unit]
        last = calendar.monthrange(month // 12, month % 12 + 1)[1]
        return moment.replace(year=month // 12, month=month % 12 + 1, day=min(moment.day, last))
    names = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    return moment + timedelta(**{names[unit]: count})


def _first(day: date, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clocks show the day, found by looking for it minute by minute."""
    around = datetime.combine(day, time(), UTC)
    low, high = around - timedelta(hours=36), around + timedelta(hours=36)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        middle = middle.replace(second=0, microsecond=0)
        if middle == low:
            break
        if middle.astimezone(zone).date() >= day:
            high = middle
        else:
            low = middle
    return high
