"""Keeps what went wrong inside from clients: they get an id, the log gets the rest."""

import logging
import uuid
from collections.abc import Sequence

from graphql import GraphQLError

from graph.errors import ErrorCode

_log = logging.getLogger("dialboard.graph")


def is_internal(error: GraphQLError) -> bool:
    """Whether the error is of our making: an exception that no code raised for clients to see."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)


def report(error: BaseException | None, path: Sequence[str | int]) -> str:
    """Logs an exception that clients may not see, and returns the id that they are told instead."""
    error_id = uuid.uuid4().hex[:12]
    _log.error("internal error", exc_info=error, extra={"error_id": error_id, "path": ".".join(map(str, path))})
    return error_id


def masked(error: GraphQLError) -> GraphQLError:
    """The error as clients may see it. The exception behind it is logged with the id that they are told."""
    error_id = report(error.original_error, error.path or ())
    return GraphQLError(
        f"Internal error (id {error_id}).",
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": ErrorCode.INTERNAL_ERROR.value, "id": error_id},
    )


def mask_internal(errors: list[GraphQLError]) -> None:
    """Replaces the internal errors of a response in place."""
    if any(map(is_internal, errors)):
        errors[:] = [masked(error) if is_internal(error) else error for error in errors]
