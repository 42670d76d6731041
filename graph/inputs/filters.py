"""Filters given to a field, in either of their forms."""

from aggregation.question.faults import ChartError
from graph.chart_errors import request_error
from graph.inputs.call_log_filter import CallLogFilter, filter_json
from graph.scalars import JSON


def either_form(filters: JSON | None, where: CallLogFilter | None) -> JSON | None:
    """The filter in JSON, whichever form it was given in.

    Raises:
        RequestError: it was given in both, or the typed one says nothing of a field.
    """
    try:
        return filter_json(filters, where)
    except ChartError as error:
        raise request_error(error) from error
