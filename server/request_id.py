"""The id of the request that is being answered, for the log, the trail and errors."""

from contextvars import ContextVar

from structlog.typing import EventDict, WrappedLogger

CURRENT_REQUEST_ID = ContextVar[str | None]("request_id", default=None)
"""Of the current task, and of those that it starts; None where no request is answered."""


def with_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor of structlog that adds the id to a line of the log."""
    id = CURRENT_REQUEST_ID.get()
    if id is not None:
        event.setdefault("request_id", id)
    return event
