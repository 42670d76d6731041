"""Stats: from cells to the result, its comparison, and its table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aggregation.answer import drill_down
from aggregation.answer.chart_answer import Cells, Changes, ChartAnswer, ComparedAnswer
from aggregation.answer.compared import compared_number
from aggregation.answer.drill_down import Behind
from aggregation.answer.item_changes import number_of
from aggregation.answer.numbers import as_time, interval_of
from aggregation.answer.results import Overview, StatResult
from aggregation.answer.tables import Row, Table, TableBounds, compared_cells, with_compared
from aggregation.compute.needs import bounds
from aggregation.compute.plan import NOTHING, Cell
from aggregation.functions.table import FUNCTIONS
from aggregation.question.query import ChartQuery

OVERVIEW = ("total_calls", "success_rate", "average_duration", "p95_latency")
COLUMNS = (
    "value",
    "date_time_value",
    "sample_count",
    "previous_value",
    "previous_date_time_value",
    "previous_sample_count",
)


def _assemble(query: ChartQuery, parts: Cells) -> StatResult:
    start, end = bounds(query)
    now = [_at(part, 2) for part in parts] or [NOTHING]
    before = [_at(part, 1) for part in parts] or [NOTHING]
    if query.measured is None:
        value, previous = None, None
        overview, previous_overview = _overview(now), _overview(before)
        conditions: list[Any] = []
    else:
        assert query.aggregation is not None
        function = FUNCTIONS[query.aggregation]
        value, previous = function.or_empty(now[0].value), function.or_empty(before[0].value)
        overview, previous_overview = None, None
        conditions = drill_down.has_value(query.measured)
    return StatResult(
        query=query,
        start=start,
        end=end,
        sample_count=now[0].samples,
        value=value,
        date_time_value=as_time(query, value),
        previous_value=previous,
        previous_date_time_value=as_time(query, previous),
        previous_sample_count=before[0].samples,
        overview=overview,
        previous_overview=previous_overview,
        behind=Behind(query, start, end, conditions),
        interval=interval_of(query, now),
    )


def _at(cells: Sequence[Cell], position: int) -> Cell:
    return next((cell for cell in cells if cell.position == position), NOTHING)


def _overview(cells: Sequence[Cell]) -> Overview:
    """The overview of one window, from its cells in the order of ``aggregation.compute.needs``."""
    success, duration, latency = [*(cell.value for cell in cells[1:4]), None, None, None][:3]
    return Overview(total_calls=cells[0].samples, success_rate=success, average_duration=duration, p95_latency=latency)


def _shown(_: StatResult) -> tuple[str | None, ...]:
    return ()


def _beside(result: StatResult, earlier: ChartQuery, cells: Cells) -> StatResult:
    parts = [next(iter(part), NOTHING) for part in cells] or [NOTHING]
    if earlier.measured is None:
        return replace(result, compared_overview=_overview(parts))
    conditions = drill_down.has_value(earlier.measured)
    past = compared_number(earlier, parts[0], result.value, bounds(earlier), conditions)
    return replace(result, compared=past)


def _table(result: StatResult, _: TableBounds) -> Table:
    if result.overview is not None:
        return _overview_table(result)
    row: Row = (
        result.value,
        result.date_time_value,
        result.sample_count,
        result.previous_value,
        result.previous_date_time_value,
        result.previous_sample_count,
        *compared_cells(result.compared),
    )
    return with_compared(COLUMNS, [row], has_comparison=result.has_comparison)


def _overview_table(result: StatResult) -> Table:
    named = [("", result.overview), ("previous_", result.previous_overview)]
    if result.has_comparison:
        named.append(("compared_", result.compared_overview))
    columns = tuple(prefix + name for prefix, _ in named for name in OVERVIEW)
    return Table(columns, (tuple(cell for _, overview in named for cell in _overview_cells(overview)),), 1)


def _overview_cells(overview: Overview | None) -> Row:
    if overview is None:
        return (None,) * len(OVERVIEW)
    return overview.total_calls, overview.success_rate, overview.average_duration, overview.p95_latency


def _all_shown(result: StatResult) -> object:
    numbers = (result.value, result.date_time_value, result.sample_count, result.interval, result.overview)
    previous = (result.previous_value, result.previous_sample_count, result.previous_overview)
    return numbers, previous, number_of(result.compared), result.compared_overview


STATS = ChartAnswer(
    assemble=_assemble,
    comparison=ComparedAnswer(_shown, _beside),
    lengths=None,
    table=_table,
    changes=Changes(_all_shown),
)
