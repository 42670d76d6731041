"""Whether three ways to compute a chart agree; the benchmark measures nothing before they do.

Counts must be equal, averages within 1e-9 of each other, and percentiles within the error that the chart itself tells.
A line is thinned in different ways by the three, so that only the number of its points before thinning is compared.
"""

import math
from datetime import UTC, datetime
from typing import Any

from bench.dozen import Chart
from bench.window import TimeRange

_NEAR = 1e-9

Numbers = dict[tuple[object, ...], tuple[float, int]]
"""The value and the count of each bar, slice or row."""


class Disagreement(RuntimeError):
    """Two ways to compute a chart gave different numbers."""


def time_range_of(answer: dict[str, Any]) -> TimeRange:
    """The time that a chart covers."""
    window = answer["window"]
    return TimeRange(datetime.fromisoformat(window["start"]), datetime.fromisoformat(window["end"]))


def answered(answer: dict[str, Any]) -> Numbers:
    """The numbers of a GraphQL answer."""
    match answer["__typename"]:
        case "BarChart":
            return {
                _bar_key(bucket["timeInterval"], series["label"]): (bucket["value"], bucket["sampleCount"])
                for series in answer["series"]
                for bucket in series["buckets"]
                if bucket["sampleCount"]
            }
        case "PieChart":
            return {(slice_["label"],): (slice_["value"], slice_["value"]) for slice_ in answer["slices"]}
        case "ListChart":
            return {(row["label"],): (row["value"], row["sampleCount"]) for row in answer["rows"]}
        case "StatChart":
            both = {True: ("value", "sampleCount"), False: ("previousValue", "previousSampleCount")}
            return {
                (_text(key),): (answer[value], answer[count]) for key, (value, count) in both.items() if answer[count]
            }
        case "LineChart":
            return {(): (answer["totalPoints"], answer["totalPoints"])}
        case other:
            raise Disagreement(f"The benchmark cannot compare a {other}.")


def of_rows(chart: Chart, rows: list[tuple[Any, ...]]) -> Numbers:
    """The numbers of the rows that a chart's SQL gave."""
    if chart.definition.chart_type == "line":
        count = sum(row[-1] for row in rows)
        return {(): (count, count)}
    kept = (row for row in rows if row[-1])
    return {tuple(_text(part) for part in row[: chart.keys]): (row[chart.keys], row[-1]) for row in kept}


def compare(chart: Chart, ours: Numbers, theirs: Numbers, whose: str, error: float = 0) -> None:
    """Raises where two ways differ; ``error`` is the relative one that the chart tells of its percentiles.

    Raises:
        Disagreement: with the first difference.
    """
    if ours.keys() != theirs.keys():
        few = sorted(map(str, ours.keys() ^ theirs.keys()))[:4]
        raise Disagreement(f"{chart.name}: only Dialboard or only {whose} has {', '.join(few)}")
    for key, (value, count) in ours.items():
        other, other_count = theirs[key]
        if count != other_count or not math.isclose(value, other, rel_tol=max(error, _NEAR), abs_tol=_NEAR):
            raise Disagreement(f"{chart.name} at {key}: {value} of {count} here, {other} of {other_count} with {whose}")


def _bar_key(time: str, label: str | None) -> tuple[object, ...]:
    day = _text(datetime.fromisoformat(time))
    return (day,) if label is None else (day, label)


def _text(part: object) -> object:
    match part:
        case bool():
            return str(part).lower()
        case datetime():
            aware = part.replace(tzinfo=UTC) if part.tzinfo is None else part.astimezone(UTC)
            return aware.isoformat()
        case _:
            return part
