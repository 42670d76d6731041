"""What the aggregation service refuses, in the words of the schema: as a member of the chart union or as an error."""

from typing import Any

from aggregation.question.faults import (
    ChartError,
    InvalidFilterError,
    InvalidWidgetError,
    QueryTimeoutError,
    TimeRangeTooLongError,
    TimeRangeTooOldError,
)
from graph.errors import (
    ErrorCode,
    InvalidFilter,
    InvalidWidget,
    QueryTimeout,
    RequestError,
    TimeRangeTooLong,
    TimeRangeTooOld,
)

ChartErrorMember = InvalidFilter | InvalidWidget | TimeRangeTooOld | TimeRangeTooLong | QueryTimeout


def error_member(error: ChartError) -> ChartErrorMember:
    """The member of the chart union that says why there is no chart."""
    match error:
        case InvalidFilterError():
            return InvalidFilter.of(error.origin, error.faults)
        case InvalidWidgetError():
            return InvalidWidget.of(error.faults)
        case TimeRangeTooOldError():
            return TimeRangeTooOld.of(str(error), error.days)
        case TimeRangeTooLongError():
            return TimeRangeTooLong.of(str(error), error.days)
        case QueryTimeoutError():
            return QueryTimeout.of(str(error), error.seconds)
        case _:
            raise error


def request_error(error: ChartError) -> RequestError:
    """The same for a field that has no union to answer with: an error with the faults in its extensions."""
    details: dict[str, Any] = {}
    match error:
        case InvalidFilterError():
            code = ErrorCode.INVALID_FILTER
            details["origin"] = error.origin
            details["faults"] = [
                {
                    "code": str(fault.code),
                    "message": fault.message,
                    "path": fault.path,
                    "allowed": list(fault.allowed),
                    "suggestion": fault.suggestion,
                }
                for fault in error.faults
            ]
        case InvalidWidgetError():
            code = ErrorCode.INVALID_WIDGET
            details["faults"] = [
                {"code": fault.code, "message": fault.message, "path": fault.path, "allowed": list(fault.allowed)}
                for fault in error.faults
            ]
        case TimeRangeTooOldError():
            code = ErrorCode.TIME_RANGE_TOO_OLD
        case TimeRangeTooLongError():
            code = ErrorCode.TIME_RANGE_TOO_LONG
        case QueryTimeoutError():
            code = ErrorCode.QUERY_TIMEOUT
        case _:
            raise error
    return RequestError(code, str(error), **details)
