"""The codes of single faults, and where a wrong filter comes from, as enums of the schema.

Faults of filters and of widgets share one enum: a document that asks both for their ``code`` would otherwise be
refused, because fields of one name must have one type.
"""

from enum import Enum, StrEnum

from aggregation.question.faults import WIDGET_FAULT_MEANINGS, FaultOrigin
from filters.faults import FAULT_MEANINGS
from graph.enums import register


class FaultCode(StrEnum):
    """Kinds of faults of a filter or of a widget's definition."""

    INVALID_SHAPE = "INVALID_SHAPE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    UNKNOWN_OPERATOR = "UNKNOWN_OPERATOR"
    WRONG_OPERATOR = "WRONG_OPERATOR"
    WRONG_TYPE = "WRONG_TYPE"
    INVALID_VALUE = "INVALID_VALUE"
    INVALID_REGEX = "INVALID_REGEX"
    MASKED_FIELD = "MASKED_FIELD"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INVALID_COMBINATION = "INVALID_COMBINATION"
    REQUIRED = "REQUIRED"
    UNKNOWN_METRIC = "UNKNOWN_METRIC"
    INVALID_GROUP = "INVALID_GROUP"


_OF_FILTERS = {code.value: meaning for code, meaning in FAULT_MEANINGS.items()}
_OF_WIDGETS = {code.value: meaning for code, meaning in WIDGET_FAULT_MEANINGS.items()}


def _meaning(code: FaultCode) -> str:
    """What a code means: of both kinds of faults, where it is not the same."""
    of_filter, of_widget = _OF_FILTERS.get(code.value), _OF_WIDGETS.get(code.value)
    if of_filter and of_widget and of_filter != of_widget:
        return f"In a filter: {of_filter} In a widget: {of_widget}"
    return of_filter or of_widget or ""


register(
    FaultCode,
    "Kinds of single errors in a filter or in a widget's definition.",
    {code: _meaning(code) for code in FaultCode},
)


class InvalidFilterOrigin(Enum):
    """Where a wrong filter comes from."""

    DASHBOARD = FaultOrigin.DASHBOARD
    WIDGET = FaultOrigin.WIDGET
    REQUEST = FaultOrigin.REQUEST
    SCOPE = FaultOrigin.SCOPE
    TIME_RANGE = FaultOrigin.TIME_RANGE
    EFFECTIVE = FaultOrigin.EFFECTIVE


register(
    InvalidFilterOrigin,
    "Where a wrong filter comes from.",
    {
        InvalidFilterOrigin.DASHBOARD: "The dashboard's filters.",
        InvalidFilterOrigin.WIDGET: "The widget's own filters.",
        InvalidFilterOrigin.REQUEST: "The filters given in the request.",
        InvalidFilterOrigin.SCOPE: "The scope given in the request.",
        InvalidFilterOrigin.TIME_RANGE: "The time range given in the request.",
        InvalidFilterOrigin.EFFECTIVE: "The combination of all of them; no single one is wrong.",
    },
)
