"""How each chart type is answered: a table by chart type, and what reads it."""

from collections.abc import Mapping
from typing import Any

from aggregation.answer.bars import BARS
from aggregation.answer.chart_answer import ChartAnswer, Lengths
from aggregation.answer.histograms import HISTOGRAMS
from aggregation.answer.line_results import LINES
from aggregation.answer.lists import LISTS
from aggregation.answer.pies import PIES
from aggregation.answer.results import ChartResult
from aggregation.answer.stats import STATS
from aggregation.answer.tables import Table, TableBounds
from aggregation.compute.needs import is_empty, needs_of
from aggregation.compute.plan import Answers
from aggregation.question.earlier_window import compared
from aggregation.question.query import ChartQuery
from models import ChartType

ANSWERS: Mapping[ChartType, ChartAnswer[Any]] = {
    ChartType.LINE: LINES,
    ChartType.BAR: BARS,
    ChartType.PIE: PIES,
    ChartType.LIST: LISTS,
    ChartType.STAT: STATS,
    ChartType.HISTOGRAM: HISTOGRAMS,
}


def assemble(query: ChartQuery, answers: Answers) -> ChartResult:
    """The result of any chart but a line."""
    make = ANSWERS[query.chart_type].assemble
    assert make is not None, "lines are made in aggregation.answer.line_results"
    return make(query, [answers.cells(need) for need in needs_of(query)])


def earlier_query(result: ChartResult) -> ChartQuery | None:
    """What to ask for the comparison of a chart that was just computed; lines are asked for beside their own."""
    query = result.query
    comparison = ANSWERS[query.chart_type].comparison
    if comparison is None or query.options.compare is None or is_empty(query):
        return None
    return compared(query, comparison.shown(result))


def with_comparison(result: ChartResult, earlier: ChartQuery, answers: Answers) -> ChartResult:
    """The chart with the comparison's numbers beside its own."""
    comparison = ANSWERS[earlier.chart_type].comparison
    assert comparison is not None, "a line has its comparison already"
    return comparison.beside(result, earlier, [answers.cells(need) for need in needs_of(earlier)])


def lengths_of(result: ChartResult) -> Lengths | None:
    """How long the lists of a chart are; None where arguments of the request bound them."""
    lengths = ANSWERS[result.query.chart_type].lengths
    return None if lengths is None else lengths(result)


def table_of(result: ChartResult, bounds: TableBounds) -> Table:
    """The table of a chart."""
    return ANSWERS[result.query.chart_type].table(result, bounds)
