"""What the values of a chart of bins lie between: the first of its two passes."""

import math

from aggregation.compute.needs import needs_of
from aggregation.compute.plan import NOTHING, Answers
from aggregation.question.faults import InvalidWidgetError, WidgetFault, WidgetFaultCode
from aggregation.question.query import ChartQuery, Spread


def spread_of(query: ChartQuery, answers: Answers) -> Spread:
    """The spread of a chart of bins of which nothing else is known yet.

    Raises:
        InvalidWidgetError: some value is infinite or no number, which no range of equal width holds.
    """
    records, values, least, greatest = (next(iter(answers.cells(need)), NOTHING) for need in needs_of(query))
    nulls = records.samples - values.samples
    if least.value is None or greatest.value is None:
        return Spread(0, nulls)
    if not (math.isfinite(least.value) and math.isfinite(greatest.value)):
        message = "Some values are infinite or not a number (NaN), and no range of equal width holds them."
        raise InvalidWidgetError((WidgetFault(WidgetFaultCode.INVALID_VALUE, message, "/field"),))
    return Spread(values.samples, nulls, least.value + 0.0, greatest.value + 0.0)  # -0.0 is 0
