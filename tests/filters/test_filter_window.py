"""The time bounds of filters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from filters import OPERATORS, Checked, FieldType, Window, window
from filters.operators import Arity
from filters.selections import Absent, Not
from filters.window import without_bounds
from tests.filters.filter_cases import NOW, checked, condition, group


def time(op: str, value: str) -> dict[str, Any]:
    return condition("timestamp", op, value)


def day(number: int) -> datetime:
    return datetime(2025, 11, number, tzinfo=UTC)


TICK = timedelta(microseconds=1)
OTHER = condition("success", "eq", True)
FROM_3, TO_5 = time("gte", "2025-11-03"), time("lt", "2025-11-05")
IN_3 = group("and", time("gte", "2025-11-03"), time("lt", "2025-11-04"))
IN_7 = group("and", time("gte", "2025-11-07"), time("lt", "2025-11-08"))
NEVER = group("and", time("gte", "2025-11-01"), time("lt", "2025-10-01"))

WINDOWS: dict[str, tuple[object, Window]] = {
    "no filter": (None, Window()),
    "another field": (OTHER, Window()),
    "created_at is not the timestamp": (condition("created_at", "gte", "now-1d"), Window()),
    "gte": (FROM_3, Window(day(3), None)),
    "gt": (time("gt", "2025-11-03T00:00:00Z"), Window(day(3) + TICK, None)),
    "lt": (TO_5, Window(None, day(5))),
    "lte": (time("lte", "2025-11-05T00:00:00Z"), Window(None, day(5) + TICK)),
    "eq": (time("eq", "2025-11-05T00:00:00Z"), Window(day(5), day(5) + TICK)),
    "date gte": (time("gte", "2025-11-05"), Window(day(5), None)),
    "date gt": (time("gt", "2025-11-05"), Window(day(6), None)),
    "date lte": (time("lte", "2025-11-05"), Window(None, day(6))),
    "date lt": (time("lt", "2025-11-05"), Window(None, day(5))),
    "date eq": (time("eq", "2025-11-05"), Window(day(5), day(6))),
    "date neq": (time("neq", "2025-11-05"), Window()),
    "between": (
        condition("timestamp", "between", ["2025-11-03T00:00:00Z", "2025-11-05T00:00:00Z"]),
        Window(day(3), day(5) + TICK),
    ),
    "between dates": (condition("timestamp", "between", ["2025-11-03", "2025-11-05"]), Window(day(3), day(6))),
    "between a day and now": (condition("timestamp", "between", ["today-7d", "now"]), Window(day(3), NOW + TICK)),
    "not between": (group("not", condition("timestamp", "between", ["2025-11-03", "2025-11-05"])), Window()),
    "neq": (time("neq", "2025-11-05"), Window()),
    "isnull": (condition("timestamp", "isnull", False), Window()),
    "today eq": (time("eq", "today"), Window(day(10), day(11))),
    "today neq": (time("neq", "today"), Window()),
    "today gt": (time("gt", "today"), Window(day(10), None)),
    "today gte": (time("gte", "today"), Window(day(10), None)),
    "today lt": (time("lt", "today"), Window(None, day(11))),
    "today lte": (time("lte", "today"), Window(None, day(11))),
    "last microsecond": (time("lte", "9999-12-31T23:59:59.999999Z"), Window()),
    "and is tightest": (group("and", FROM_3, time("gte", "2025-11-01"), TO_5, time("lte", "now"), OTHER),
                        Window(day(3), day(5))),
    "nested and": (group("and", OTHER, group("and", FROM_3, group("and", TO_5))), Window(day(3), day(5))),
    "or is widest": (group("or", IN_3, IN_7), Window(day(3), day(8))),
    "or with an open end": (group("or", FROM_3, IN_7), Window(day(3), None)),
    "or with another field": (group("or", IN_3, OTHER), Window()),
    "or with what lets nothing through": (group("or", IN_3, NEVER), Window(day(3), day(4))),
    "or in and": (group("and", group("or", IN_3, IN_7), TO_5), Window(day(3), day(5))),
    "not bounds nothing": (group("not", FROM_3), Window()),
    "not beside and": (group("and", group("not", IN_7), FROM_3), Window(day(3), None)),
    "empty and": (group("or", IN_3, group("and")), Window()),
    "the last 7 days": (group("and", time("gte", "today-7d"), time("lte", "now")), Window(day(3), NOW + TICK)),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), WINDOWS.values(), ids=WINDOWS.keys())
def test_windows(raw: object, expected: Window) -> None:
    assert window(checked(raw)) == expected


@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if FieldType.DATETIME in row.types])
def test_every_operator_of_times_bounds_the_window_or_says_why_not(name: str) -> None:
    """What it selects is one time range, which is the window and leaves the filter; or it is not one time range."""
    row = OPERATORS[name]
    value = {Arity.PAIR: ["2025-11-03", "2025-11-05"], Arity.FLAG: False}.get(row.arity, "2025-11-05")
    tree = checked(condition("timestamp", name, value))
    bounds, rest = window(tree), without_bounds(tree)
    if isinstance(row.selects, Not | Absent):
        assert (bounds, rest) == (Window(), tree)
    else:
        assert bounds != Window()
        assert rest == Checked(None)


def test_a_time_that_nothing_comes_after() -> None:
    assert window(checked(time("gt", "9999-12-31T23:59:59.999999Z"))).is_empty
    assert window(checked(time("gt", "9999-12-31"))).start is not None


def test_bounds_that_exclude_each_other_make_an_empty_window() -> None:
    assert window(checked(NEVER)).is_empty
    assert window(checked(group("or", NEVER, NEVER))).is_empty
    assert not window(checked(IN_3)).is_empty


def test_today_is_that_of_the_zone() -> None:
    zone = "America/New_York"
    assert window(checked(time("eq", "today"), zone)) == Window(
        datetime(2025, 11, 10, 5, tzinfo=UTC), datetime(2025, 11, 11, 5, tzinfo=UTC)
    )
