"""The table of aggregations: whole, the same in code, schema and documentation, and nothing of it can go unnoticed."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from aggregation.functions.merging import FromMoments, FromRecords, FromValues, Merging
from aggregation.functions.table import (
    FUNCTIONS,
    AggregationFunction,
    IntervalMethod,
    Result,
    aggregations_of,
    by_aggregation,
)
from models import Aggregation, DataType

PAGE = (Path(__file__).parents[3] / "docs" / "charts.md").read_text()
HEAD = "| aggregation | what it is | of | result | of no values | confidence interval | merges from |"


def merges_from(merging: Merging) -> str:
    match merging:
        case FromMoments():
            return "moments"
        case FromValues(data_types=data_types, is_exact=is_exact):
            kept = "" if data_types == (DataType.NUMBER,) else f" of {', '.join(data_types)}"
            return f"every value{kept}{', never a sketch' if is_exact else ''}"
        case FromRecords():
            return "records alone"


def documented(row: AggregationFunction) -> str:
    """The row as docs/charts.md has it."""
    intervals = "; ".join(f"{data_type}: {method}" for data_type, method in row.intervals.items())
    empty = "null" if row.empty is None else f"{row.empty:g}"
    cells = (row.aggregation.name, row.meaning, ", ".join(row.data_types), row.result, empty, intervals or "none")
    return f"| {' | '.join(cells)} | {merges_from(row.merging)} |"


def test_the_page_has_the_same_table() -> None:
    section = PAGE.partition(HEAD + "\n")[2]
    lines = section.partition("\n\n")[0].splitlines()
    assert lines[1:] == [documented(row) for row in FUNCTIONS.values()]


@pytest.mark.parametrize("data_type", DataType)
def test_the_page_has_the_same_valid_combinations(data_type: DataType) -> None:
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| {data_type} |"))
    assert line.split("|")[-2].split() == [aggregation.name for aggregation in aggregations_of(data_type)]


@pytest.mark.parametrize("entry", [field.name for field in fields(AggregationFunction)])
@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=lambda row: row.aggregation.name)
def test_a_row_without_an_entry_is_refused(row: AggregationFunction, entry: str) -> None:
    entries = {field.name: getattr(row, field.name) for field in fields(row)}
    assert AggregationFunction(**entries) == row
    del entries[entry]
    with pytest.raises(TypeError, match=entry):
        AggregationFunction(**entries)


@pytest.mark.parametrize("aggregation", Aggregation)
def test_an_aggregation_without_a_row_or_with_two_is_refused(aggregation: Aggregation) -> None:
    others = [row for row in FUNCTIONS.values() if row.aggregation is not aggregation]
    with pytest.raises(LookupError, match=rf": {aggregation.name}\."):
        by_aggregation(others)
    with pytest.raises(LookupError, match=rf": {aggregation.name}\."):
        by_aggregation([*FUNCTIONS.values(), FUNCTIONS[aggregation]])


def faults(row: AggregationFunction) -> list[str]:
    """What does not go together in a row, or is otherwise on the page."""
    found: list[str] = []
    if documented(row) not in PAGE.splitlines():
        found.append("the page has it otherwise")
    if not set(row.intervals) <= set(row.data_types):
        found.append("intervals of values that it does not take")
    if isinstance(row.merging, FromValues) and not set(row.merging.data_types) <= set(row.data_types):
        found.append("kept of values that it does not take")
    if (row.percentile is not None) != (IntervalMethod.ORDER_STATISTICS in row.intervals.values()):
        found.append("order statistics are for percentiles")
    return found


CHANGES: dict[str, tuple[Any, ...]] = {
    "meaning": ("", "Something else."),
    "data_types": ((), (DataType.STRING,)),
    "result": tuple(Result),
    "empty": (None, 0.0, 1.0),
    "merging": (
        FromRecords(),
        FromMoments((), lambda moments: moments.samples()),
        FromValues((DataType.NUMBER,), lambda values: values.distinct(), is_exact=False),
    ),
    "percentile": (None, 0.5),
    "intervals": ({}, {DataType.NUMBER: IntervalMethod.NORMAL}),
}
"""Other contents of an entry, of which those that differ from a row's own must be noticed."""


@pytest.mark.parametrize("entry", CHANGES)
@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=lambda row: row.aggregation.name)
def test_another_entry_is_noticed(row: AggregationFunction, entry: str) -> None:
    assert not faults(row)
    own = getattr(row, entry)
    for content in CHANGES[entry]:
        is_alike = own == content
        if entry == "merging":
            assert own is not None
            assert content is not None
            is_alike = merges_from(own) == merges_from(content)
        is_other_percentile = entry == "percentile" and own is not None and content is not None
        if not is_alike and not is_other_percentile:
            assert faults(replace(row, **{entry: content})), content


def test_every_entry_but_the_name_and_sql_is_changed() -> None:
    """SQL and percentiles are compared with PostgreSQL's own in ``test_sql``."""
    assert {field.name for field in fields(AggregationFunction)} == {*CHANGES, "aggregation", "sql"}
