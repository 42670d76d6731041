"""The codes of single faults, and where a wrong filter comes from, as enums of the schema.

Faults of filters and of widgets share one enum: a document that asks both for their ``code`` would otherwise be
refused, because fields of one name must have one type.
"""

from enum import Enum, StrEnum

from aggregation.question.faults import FaultOrigin
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


register(
    FaultCode,
    "Kinds of single errors in a filter or in a widget's definition.",
    {
        FaultCode.INVALID_SHAPE: "Part of a filter is no condition and no group, or a group cannot be used there.",
        FaultCode.UNKNOWN_KEY: "A condition or group has a key that is not known.",
        FaultCode.UNKNOWN_FIELD: "There is no such field.",
        FaultCode.UNKNOWN_OPERATOR: "There is no such operator.",
        FaultCode.WRONG_OPERATOR: "The field does not support the operator.",
        FaultCode.WRONG_TYPE: "A value has another type than the field and the operator need.",
        FaultCode.INVALID_VALUE: "A value has the right type, but is not valid.",
        FaultCode.INVALID_REGEX: "A regular expression is not valid.",
        FaultCode.MASKED_FIELD: "The field is masked for the key.",
        FaultCode.LIMIT_EXCEEDED: "A limit was exceeded.",
        FaultCode.INVALID_COMBINATION: "Chart type, field, aggregation and period do not go together.",
        FaultCode.REQUIRED: "Something is missing.",
        FaultCode.UNKNOWN_METRIC: "The project has no such metric.",
        FaultCode.INVALID_GROUP: "The grouping is not valid.",
    },
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
