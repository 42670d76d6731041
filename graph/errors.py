"""What a client can do wrong, in two forms: errors that end a field, and typed errors that are part of an answer.

``RequestError`` ends a field and appears in the response's ``errors`` with a code in its extensions. The types that
implement ``Error`` are answers: members of the chart union, and the ``errors`` of a mutation's payload.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import strawberry
from graphql import GraphQLError

from aggregation.question.faults import FaultOrigin
from aggregation.question.faults import WidgetFault as WidgetFaultRow
from filters import FilterFault as FilterFaultRow
from graph.enums import register
from graph.fault_codes import FaultCode, InvalidFilterOrigin


class ErrorCode(StrEnum):
    """Kinds of errors, for programs to branch on."""

    INVALID_FILTER = "INVALID_FILTER"
    INVALID_WIDGET = "INVALID_WIDGET"
    TIME_RANGE_TOO_OLD = "TIME_RANGE_TOO_OLD"
    TIME_RANGE_TOO_LONG = "TIME_RANGE_TOO_LONG"
    QUERY_TIMEOUT = "QUERY_TIMEOUT"
    INVALID_ID = "INVALID_ID"
    INVALID_CURSOR = "INVALID_CURSOR"
    INVALID_INPUT = "INVALID_INPUT"
    PAGE_SIZE = "PAGE_SIZE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    COST_EXCEEDED = "COST_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_IN_USE = "IDEMPOTENCY_KEY_IN_USE"
    UNAVAILABLE = "UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    INTERNAL_ERROR = "INTERNAL_ERROR"


register(
    ErrorCode,
    "Kinds of errors, for use by programs. An error in the `errors` list of a response has it in `extensions.code`.",
    {
        ErrorCode.INVALID_FILTER: "A filter is invalid: its structure, a field, an operator or a value.",
        ErrorCode.INVALID_WIDGET: "A widget's definition cannot be plotted.",
        ErrorCode.TIME_RANGE_TOO_OLD: "The chart's window begins too far in the past.",
        ErrorCode.TIME_RANGE_TOO_LONG: "The chart's window is too long.",
        ErrorCode.QUERY_TIMEOUT: "The database took too long, or the request's deadline passed.",
        ErrorCode.INVALID_ID: "An ID is malformed, or belongs to a different type than expected.",
        ErrorCode.INVALID_CURSOR: "A cursor was not returned by this connection.",
        ErrorCode.INVALID_INPUT: "An input's value is not allowed.",
        ErrorCode.PAGE_SIZE: "A page size is below 1 or above the connection's limit.",
        ErrorCode.LIMIT_EXCEEDED: "A limit of the request or of one of its arguments was exceeded.",
        ErrorCode.COST_EXCEEDED: "The request exceeds the maximum cost, or its response is too large.",
        ErrorCode.RATE_LIMITED: "The budget of the key or the project is used up for now.",
        ErrorCode.PERSISTED_QUERY_NOT_FOUND: "No document is registered for the project under the ID in the request.",
        ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED: "The server does not accept the IDs of documents.",
        ErrorCode.DOCUMENT_NOT_TRUSTED: "The server only runs registered documents, and this one is not registered.",
        ErrorCode.FORBIDDEN: "The key's role does not allow it; see `role` and `allowed` in the extensions.",
        ErrorCode.NOT_FOUND: "The object does not exist in this project.",
        ErrorCode.VERSION_CONFLICT: "The object has changed since the expected version.",
        ErrorCode.IDEMPOTENCY_KEY_REUSED: "The idempotency key was used before for a different request.",
        ErrorCode.IDEMPOTENCY_KEY_IN_USE: "A request with the same idempotency key is still running. Try again later.",
        ErrorCode.UNAVAILABLE: "The database is unreachable, full or read-only; the message says which.",
        ErrorCode.OVERLOADED: "The server is too busy and did not start this part of the request. Try again later.",
        ErrorCode.INTERNAL_ERROR: "An unexpected error on the server. The server's log has the details under the "
        "error ID.",
    },
)


class RequestError(GraphQLError):
    """Ends the field that raises it; its message is fit for people.

    Args:
        details: further members of ``extensions``, beside ``code``.
    """

    def __init__(self, code: ErrorCode, message: str, **details: Any) -> None:
        super().__init__(message, extensions={"code": code.value, **details})
        self.code = code


def _one_of(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


_SINGLE_ORIGINS = [origin.value for origin in FaultOrigin if origin is not FaultOrigin.EFFECTIVE]


@strawberry.interface(description="An error that is returned as part of the data.")
class Error:
    code: ErrorCode = strawberry.field(description="The kind of error.")
    message: str = strawberry.field(description="A description of the error in English.")
    path: str | None = strawberry.field(
        default=None, description="JSON pointer (RFC 6901) to the invalid part of the input, if there is one."
    )


@strawberry.type(description="One error in a filter.")
class FilterFault:
    code: FaultCode = strawberry.field(description="The kind of error.")
    message: str = strawberry.field(description="A description of the error in English.")
    path: str = strawberry.field(description="JSON pointer (RFC 6901) into the filter.")
    allowed: list[str] = strawberry.field(
        description="The allowed values at that location; empty if they cannot be listed."
    )
    suggestion: str | None = strawberry.field(
        description="The name that was probably intended, if there is a similar one."
    )

    @classmethod
    def of(cls, fault: FilterFaultRow) -> "FilterFault":
        return cls(
            code=FaultCode(fault.code),
            message=fault.message,
            path=fault.path,
            allowed=list(fault.allowed),
            suggestion=fault.suggestion,
        )


@strawberry.type(description="One error in a widget's definition.")
class WidgetFault:
    code: FaultCode = strawberry.field(description="The kind of error.")
    message: str = strawberry.field(description="A description of the error in English.")
    path: str = strawberry.field(description="JSON pointer (RFC 6901) into the widget's definition.")
    allowed: list[str] = strawberry.field(
        description="The allowed values at that location; empty if they cannot be listed."
    )

    @classmethod
    def of(cls, fault: WidgetFaultRow) -> "WidgetFault":
        return cls(code=FaultCode(fault.code), message=fault.message, path=fault.path, allowed=list(fault.allowed))


@strawberry.type(description="A filter is invalid. All its errors are listed; the message combines their messages.")
class InvalidFilter(Error):
    origin: str = strawberry.field(
        description=f"Where the filter comes from: {_one_of(_SINGLE_ORIGINS)}; {FaultOrigin.EFFECTIVE} if "
        "the combination of all of them is invalid. `path` points into that filter.",
        deprecation_reason="Use filterOrigin, which is an enum.",
    )
    filter_origin: InvalidFilterOrigin = strawberry.field(
        description="Where the filter comes from. `path` points into that filter."
    )
    faults: list[FilterFault] = strawberry.field(description="All its errors.")

    @classmethod
    def of(cls, origin: str, faults: Sequence[FilterFaultRow], path: str | None = None) -> "InvalidFilter":
        """The error of the faults. ``path`` replaces the first fault's, for inputs that hold the filter deeper down."""
        return cls(
            code=ErrorCode.INVALID_FILTER,
            message=" ".join(fault.message for fault in faults),
            path=faults[0].path if path is None else path,
            origin=origin,
            filter_origin=InvalidFilterOrigin(FaultOrigin(origin)),
            faults=[FilterFault.of(fault) for fault in faults],
        )


@strawberry.type(
    description="A widget's definition cannot be plotted. All its errors are listed; the message combines their "
    "messages."
)
class InvalidWidget(Error):
    faults: list[WidgetFault] = strawberry.field(description="All its errors.")

    @classmethod
    def of(cls, faults: Sequence[WidgetFaultRow], path: str | None = None) -> "InvalidWidget":
        """The error of the faults. ``path`` replaces the first fault's, for inputs that hold the widget deeper down."""
        return cls(
            code=ErrorCode.INVALID_WIDGET,
            message=" ".join(fault.message for fault in faults),
            path=faults[0].path if path is None else path,
            faults=[WidgetFault.of(fault) for fault in faults],
        )


@strawberry.type(description="The chart's window begins too far in the past.")
class TimeRangeTooOld(Error):
    max_days: int = strawberry.field(description="How many days back a chart's window can begin.")

    @classmethod
    def of(cls, message: str, days: int) -> "TimeRangeTooOld":
        return cls(code=ErrorCode.TIME_RANGE_TOO_OLD, message=message, max_days=days)


@strawberry.type(description="The chart's window is too long.")
class TimeRangeTooLong(Error):
    max_days: int = strawberry.field(description="The maximum length of a chart's window in days.")

    @classmethod
    def of(cls, message: str, days: int) -> "TimeRangeTooLong":
        return cls(code=ErrorCode.TIME_RANGE_TOO_LONG, message=message, max_days=days)


@strawberry.type(description="Computing the chart took too long and was cancelled.")
class QueryTimeout(Error):
    seconds: float = strawberry.field(description="The time limit of one statement, in seconds.")

    @classmethod
    def of(cls, message: str, seconds: float) -> "QueryTimeout":
        return cls(code=ErrorCode.QUERY_TIMEOUT, message=message, seconds=seconds)


@strawberry.type(
    description="The chart failed because of an unexpected error on the server. The server's log "
    "has the details under the error ID."
)
class InternalError(Error):
    error_id: str = strawberry.field(description="The ID to search for in the server's log.")


@strawberry.type(description="The object does not exist in this project.")
class NotFound(Error):
    missing_id: strawberry.ID = strawberry.field(description="The ID that was requested.")

    @classmethod
    def of(cls, type_name: str, id: strawberry.ID, path: str | None = None) -> "NotFound":
        return cls(
            code=ErrorCode.NOT_FOUND,
            message=f"The {type_name} {id!r} does not exist in this project.",
            path=path,
            missing_id=id,
        )


@strawberry.type(description="The object has changed since the expected version. Read it again before retrying.")
class VersionConflict(Error):
    expected_version: int = strawberry.field(description="The version given in the input.")
    current_version: int = strawberry.field(description="The current version of the object.")

    @classmethod
    def of(cls, message: str, expected: int, current: int, path: str | None = None) -> "VersionConflict":
        return cls(
            code=ErrorCode.VERSION_CONFLICT,
            message=message,
            path=path,
            expected_version=expected,
            current_version=current,
        )


@strawberry.type(description="An input's value is not allowed.")
class InvalidInput(Error):
    allowed: list[str] = strawberry.field(
        description="The allowed values at that location; empty if they cannot be listed."
    )

    @classmethod
    def of(
        cls, message: str, path: str | None, allowed: Sequence[str] = (), code: ErrorCode = ErrorCode.INVALID_INPUT
    ) -> "InvalidInput":
        return cls(code=code, message=message, path=path, allowed=list(allowed))


ERROR_TYPES = (
    InvalidFilter,
    InvalidWidget,
    TimeRangeTooOld,
    TimeRangeTooLong,
    QueryTimeout,
    InternalError,
    NotFound,
    VersionConflict,
    InvalidInput,
)
"""Every type that implements ``Error``."""
