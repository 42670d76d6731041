"""Keeps what went wrong inside from clients: they get an id, the log gets the rest."""

import logging
import uuid

from graphql import GraphQLError

from graph.errors import ErrorCode

_log = logging.getLogger("dialboard.graph")


def is_internal(error: GraphQLError) -> bool:
    """Whether the error is of our making: an exception that no code raised for clients to see."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)


def masked(error: GraphQLError) -> GraphQLError:
    """The error as clients may see it. The exception behind it is logged with the id that they are told."""
    error_id = uuid.uuid4().hex[:12]
    _log.error(
        "internal error",
        exc_info=error.original_error,
        extra={"error_id": error_id, "path": ".".join(map(str, error.path or ()))},
    )
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
