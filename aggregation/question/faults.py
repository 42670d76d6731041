"""What can be wrong with a chart. Each is raised before or instead of running it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from filters import FilterFault
from filters.instants import rfc3339


class WidgetFaultCode(StrEnum):
    """Kinds of errors in a widget's definition."""

    INVALID_COMBINATION = "INVALID_COMBINATION"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    REQUIRED = "REQUIRED"
    UNKNOWN_METRIC = "UNKNOWN_METRIC"
    INVALID_GROUP = "INVALID_GROUP"
    INVALID_VALUE = "INVALID_VALUE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    MASKED_FIELD = "MASKED_FIELD"


WIDGET_FAULT_MEANINGS = {
    WidgetFaultCode.INVALID_COMBINATION: "Field, chart type, aggregation, period, grouping or comparison do not go "
    "together.",
    WidgetFaultCode.UNKNOWN_FIELD: "The field does not exist, or cannot be plotted.",
    WidgetFaultCode.REQUIRED: "Something is missing that the chart needs, such as an aggregation.",
    WidgetFaultCode.UNKNOWN_METRIC: "The metric does not exist in this project.",
    WidgetFaultCode.INVALID_GROUP: "The grouping is not built as it has to be, or the field cannot be grouped by.",
    WidgetFaultCode.INVALID_VALUE: "A value is not one that is allowed.",
    WidgetFaultCode.LIMIT_EXCEEDED: "The definition would have too many series, buckets, ranges or points.",
    WidgetFaultCode.MASKED_FIELD: "The field is masked for the API key.",
}
"""What each code means, in one sentence; the documentation has them."""


class FaultOrigin(StrEnum):
    """Where a filter that is wrong comes from."""

    DASHBOARD = "dashboard"
    WIDGET = "widget"
    REQUEST = "request"
    SCOPE = "scope"
    TIME_RANGE = "timeRange"
    EFFECTIVE = "effective"
    """All filters of a chart together: no single one is at fault."""


@dataclass(frozen=True, slots=True)
class WidgetFault:
    """One error in a widget's definition.

    Attributes:
        path: JSON pointer into the definition, keys as in the GraphQL input ("/field", "/groupBy/buckets/0").
        allowed: what would have been valid.
    """

    code: WidgetFaultCode
    message: str
    path: str
    allowed: tuple[str, ...] = ()


class ChartError(Exception):
    """A chart that has no answer. The message is fit for people."""


class InvalidWidgetError(ChartError):
    """The definition cannot be plotted."""

    def __init__(self, faults: tuple[WidgetFault, ...]) -> None:
        super().__init__(" ".join(fault.message for fault in faults))
        self.faults = faults


class InvalidFilterError(ChartError):
    """A filter is wrong; ``origin`` says which, by a value of ``FaultOrigin``."""

    def __init__(self, origin: str, faults: tuple[FilterFault, ...]) -> None:
        super().__init__(" ".join(fault.message for fault in faults))
        self.origin = FaultOrigin(origin)
        self.faults = faults


class TimeRangeTooOldError(ChartError):
    """The window begins too far in the past."""

    def __init__(self, days: int) -> None:
        super().__init__(f"Timestamp filter value is too far in the past. Maximum allowed range is {days} days.")
        self.days = days


class Asked(Enum):
    """What took too long: a sentence about it, and what would be quicker."""

    CHART = "The chart took longer than {seconds:g} seconds to compute. Narrow its time range or filters."
    CALLS = "The calls took longer than {seconds:g} seconds to find. Narrow the filters, or order them by time."
    CALL_COUNT = "The calls took longer than {seconds:g} seconds to count. Narrow the filters, or leave out totalCount."
    EXPORT = "The calls took longer than {seconds:g} seconds to read. Narrow the filters."
    OTHER = "This took longer than {seconds:g} seconds. Narrow the filters."


class TimeRangeTooLongError(ChartError):
    """The window spans more time than is allowed."""

    def __init__(self, days: int, start: datetime, end: datetime) -> None:
        super().__init__(
            f"The time range spans more than {days} days, from {rfc3339(start)} to {rfc3339(end)}. "
            f"Maximum allowed range is {days} days."
        )
        self.days = days


class QueryTimeoutError(ChartError):
    """PostgreSQL cancelled the statement after ``seconds``."""

    def __init__(self, seconds: float, asked: Asked = Asked.CHART) -> None:
        super().__init__(asked.value.format(seconds=seconds))
        self.seconds = seconds
