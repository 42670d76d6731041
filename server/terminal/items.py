"""What the charts of bars have as bars: buckets of time, slices, rows of a list, ranges of a histogram."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from models import Aggregation, TimePeriod
from server.terminal.bars import Bar, Section
from server.terminal.cells import printable
from server.terminal.quantities import count, number, percent, unit_of

NULL, OTHER, EMPTY = "(no value)", "(other)", "(empty)"
PARTIAL = "*"
"""Marks a bucket that the window covers only in part."""


def name_of(label: str | None, *, is_other: bool = False) -> str:
    """A label as it is shown."""
    if is_other:
        return OTHER
    return NULL if label is None else printable(label) or EMPTY


def bucket_sections(chart: dict[str, Any], latest: int | None = None) -> list[Section]:
    """The series of a BAR; of each, the latest buckets alone where their number is limited."""
    period = TimePeriod[chart["timePeriod"]]
    zone, is_grouped = ZoneInfo(chart["window"]["timeZone"]), _is_grouped(chart["series"])
    is_count = chart["aggregation"] == Aggregation.COUNT.name
    starts = [datetime.fromisoformat(bucket["start"]) for bucket in chart["series"][0]["buckets"]]
    labels = list(_bucket_labels(starts, period, zone))
    first = first_shown(chart, latest)
    unmarked = " " if has_partial(chart, first) else ""  # so that values stay below each other

    def bar(label: str, bucket: dict[str, Any]) -> Bar:
        share = percent(100 * bucket["share"]) if is_grouped and bucket["share"] is not None else None
        samples = None if is_count else bucket["sampleCount"]
        return Bar(label, bucket["value"], share, samples, mark=PARTIAL if bucket["isPartial"] else unmarked)

    return [
        _section(
            series, is_grouped, (bar(*pair) for pair in zip(labels[first:], series["buckets"][first:], strict=True))
        )
        for series in chart["series"]
    ]


def first_shown(chart: dict[str, Any], latest: int | None) -> int:
    """The number of the first bucket that is shown, which is that of the earlier ones that are not."""
    return 0 if latest is None else max(len(chart["series"][0]["buckets"]) - latest, 0)


def has_partial(chart: dict[str, Any], first: int) -> bool:
    """Whether the window covers one of the buckets from that one on only in part."""
    return any(bucket["isPartial"] for series in chart["series"] for bucket in series["buckets"][first:])


def slice_section(chart: dict[str, Any]) -> Section:
    """The slices of a PIE."""
    return Section(
        None,
        tuple(
            Bar(
                name_of(one["label"], is_other=one["isOther"]),
                one["value"],
                percent(one["percentage"]),
                is_quiet=one["isOther"] or one["label"] is None,
            )
            for one in chart["slices"]
        ),
    )


def row_section(chart: dict[str, Any]) -> Section:
    """The rows of a LIST. The labels of two groupings stand beside each other."""
    is_count = chart["aggregation"] == Aggregation.COUNT.name
    return Section(
        None,
        tuple(
            Bar(
                " · ".join(map(name_of, row["labels"])),
                row["value"],
                percent(row["percentage"]),
                None if is_count else row["sampleCount"],
                is_quiet=None in row["labels"],
            )
            for row in chart["rows"]
        ),
    )


def bin_sections(chart: dict[str, Any]) -> list[Section]:
    """The series of a HISTOGRAM."""
    unit = unit_of(chart["fieldName"])
    suffix = f" {unit}" if unit else ""
    is_grouped = _is_grouped(chart["series"])
    return [
        _section(
            series,
            is_grouped,
            (
                Bar(f"{number(one['from'])} – {number(one['to'])}{suffix}", one["value"], percent(one["percentage"]))
                for one in series["bins"]
            ),
        )
        for series in chart["series"]
        if series["bins"]
    ]


def _is_grouped(series: list[dict[str, Any]]) -> bool:
    return len(series) > 1 or any(one["label"] is not None or one["isOther"] for one in series)


def _section(series: dict[str, Any], is_grouped: bool, bars: Iterable[Bar]) -> Section:
    if not is_grouped:
        return Section(None, tuple(bars))
    note = f"({count(series['sampleCount'], 'value')})"
    return Section(name_of(series["label"], is_other=series["isOther"]), tuple(bars), note)


def _bucket_labels(starts: Iterable[datetime], period: TimePeriod, zone: ZoneInfo) -> Iterator[str]:
    """The beginnings of buckets by the calendar of the chart. Times that a clock shows twice have their offset."""
    local = [start.astimezone(zone) for start in starts]
    years = {time.year for time in local}
    seen = [time.replace(tzinfo=None, fold=0) for time in local]
    times = Counter(seen) if _is_of_clock(period) else Counter[datetime]()
    for time, wall in zip(local, seen, strict=True):
        year = f" {time.year}" if len(years) > 1 else ""
        match period:
            case TimePeriod.MONTH:
                yield f"{time:%b} {time.year}"
            case TimePeriod.WEEK:
                yield f"from {time.day:2} {time:%b}{year}"
            case TimePeriod.DAY:
                yield f"{time:%a} {time.day:2} {time:%b}{year}"
            case TimePeriod.HOUR | TimePeriod.FIVE_MINUTES | TimePeriod.FIFTEEN_MINUTES | TimePeriod.THIRTY_MINUTES:
                offset = f" {time:%z}" if times[wall] > 1 else ""
                yield f"{time.day:2} {time:%b}{year} {time:%H:%M}{offset}"
            case TimePeriod.AUTO:
                yield time.isoformat(timespec="minutes")
            case _:
                assert_never(period)


def _is_of_clock(period: TimePeriod) -> bool:
    """Whether buckets can be shorter than a day."""
    match period:
        case TimePeriod.MONTH | TimePeriod.WEEK | TimePeriod.DAY | TimePeriod.AUTO:
            return False
        case TimePeriod.HOUR | TimePeriod.FIVE_MINUTES | TimePeriod.FIFTEEN_MINUTES | TimePeriod.THIRTY_MINUTES:
            return True
        case _:
            assert_never(period)
