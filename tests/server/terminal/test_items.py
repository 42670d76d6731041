"""What charts of bars have as bars."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.terminal.charts import draw
from server.terminal.items import bucket_sections
from server.terminal.paper import Paper


def chart(period: str, zone: str, *starts: datetime) -> dict[str, Any]:
    """A BAR with a bucket at each start, the first one partial."""
    buckets = [
        {"start": start.isoformat(), "value": 1.0, "sampleCount": 1, "share": 1.0, "isPartial": number == 0}
        for number, start in enumerate(starts)
    ]
    return {
        "window": {"start": starts[0].isoformat(), "end": starts[-1].isoformat(), "timeZone": zone},
        "timePeriod": period,
        "fieldName": "duration",
        "dataType": "NUMBER",
        "aggregation": "AVG",
        "sampleCount": len(starts),
        "relativeError": 0.0,
        "series": [{"label": None, "isOther": False, "sampleCount": len(starts), "buckets": buckets}],
    }


def labels(period: str, zone: str, *starts: datetime) -> list[str]:
    (section,) = bucket_sections(chart(period, zone, *starts))
    assert section.name is None
    return [bar.label for bar in section.bars]


def test_an_hour_that_the_clock_repeats_has_its_offset() -> None:
    first = datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert labels("HOUR", "Europe/Berlin", *(first + timedelta(hours=hour) for hour in range(4))) == [
        "25 Oct 01:00",
        "25 Oct 02:00 +0200",
        "25 Oct 02:00 +0100",
        "25 Oct 03:00",
    ]


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        ("FIFTEEN_MINUTES", ["31 Dec 2026 23:00", " 1 Jan 2027 23:00"]),
        ("DAY", ["Thu 31 Dec 2026", "Fri  1 Jan 2027"]),
        ("WEEK", ["from 31 Dec 2026", "from  1 Jan 2027"]),
        ("MONTH", ["Dec 2026", "Jan 2027"]),
    ],
)
def test_years_are_named_where_there_are_two(period: str, shown: list[str]) -> None:
    days = (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, 23, tzinfo=UTC))
    assert labels(period, "UTC", *days) == shown
    if period == "DAY":
        assert labels(period, "UTC", days[1], days[1] + timedelta(days=1)) == ["Fri  1 Jan", "Sat  2 Jan"]


def test_the_notes_tell_of_partial_buckets_hidden_ones_and_approximate_percentiles() -> None:
    days = [datetime(2026, 5, day, tzinfo=UTC) for day in range(1, 8)]
    widget: dict[str, Any] = {
        "name": "p95\x1b[2J",
        "chartType": "BAR",
        "timePeriod": "DAY",
        "groupBy": None,
        "metric": None,
        "dashboard": {"name": "Calls"},
        "data": {**chart("DAY", "UTC", *days), "aggregation": "P95", "relativeError": 0.01},
    }
    approximate = "Percentiles are approximate, with a relative error of at most 1.0%."
    hidden = [line.plain for line in draw(widget, Paper(60, height=3))]
    assert hidden[0] == "p95\\x1b[2J · Calls"
    assert [line.split("  ")[0] for line in hidden[4:7]] == ["Tue", "Wed", "Thu"]
    assert hidden[7:] == ["", "4 earlier buckets not shown (--height).", approximate]
    every = [line.plain for line in draw(widget, Paper(60))]
    assert every[4].endswith("1 s*")
    assert every[11:] == ["", "* The window covers only part of it.", approximate]
