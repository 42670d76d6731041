"""What differs between two answers to one question: only the changed items of bars, lines and histograms, which can be
thousands, and whole answers of all others, whose shares and ranks change together.

An answer is told whole as well where its parts do not correspond: its series are others, it was thinned for several
bounds, or it compares with another line.
"""

from aggregation.answer.chart_answer import Lengths
from aggregation.answer.charts import ANSWERS, lengths_of
from aggregation.answer.item_changes import ChartChange, alike
from aggregation.answer.results import ChartResult


def size_of(result: ChartResult) -> int:
    """How many items an answer holds, about."""
    lengths: Lengths | None = lengths_of(result)
    return 100 if lengths is None else int(lengths.items)


def change_between(before: ChartResult, after: ChartResult) -> ChartChange | None:
    """What leads from one answer to a later one; None where they show the same."""
    if type(before) is not type(after):
        return ChartChange(after)
    changes = ANSWERS[after.query.chart_type].changes
    found = ChartChange(after) if changes.items is None else changes.items(before, after)
    if found.is_whole:
        is_same = changes.items is None and alike(changes.shown(before), changes.shown(after))
    else:
        is_same = not found.removed and not size_of(found.result) and changes.shown(before) == changes.shown(after)
    return None if is_same else found
