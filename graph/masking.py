"""Keeps what went wrong inside from clients: they get an id, the log gets the rest."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from graph.errors import ErrorCode
from models.outages import OVERLOADED, outage_of
from models.request_use import LimitPassedError

_log = logging.getLogger("dialboard.graph")


def is_internal(error: GraphQLError) -> bool:
    """Whether the error is of our making: an exception that no code raised for clients to see."""
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)


@dataclass(frozen=True, slots=True)
class Failure:
    """What clients are told of an exception that they may not see; the log has the rest under the id."""

    code: ErrorCode
    message: str
    id: str
    retry_after: int | None = None

    @property
    def extensions(self) -> dict[str, object]:
        """What programs are told: the code, the id in the log, and the seconds after which to try again."""
        told: dict[str, object] = {"code": self.code.value, "id": self.id}
        return told if self.retry_after is None else {**told, "retryAfter": self.retry_after}


def report(error: BaseException | None, path: Sequence[str | int]) -> Failure:
    """Logs an exception that clients may not see, and returns what they are told instead."""
    error_id = f"{random.getrandbits(48):012x}"  # it is no secret, and the system's random numbers take longer
    details = {"error_id": error_id, "path": ".".join(map(str, path))}
    outage = outage_of(error)
    if outage is None:
        _log.error("internal error", exc_info=error, extra=details)
        return Failure(ErrorCode.INTERNAL_ERROR, f"Internal error (id {error_id}).", error_id)
    reason = (str(error).splitlines() or [""])[0]
    level = logging.WARNING if outage.code == OVERLOADED else logging.ERROR
    _log.log(level, "the database failed", extra={**details, "outage": outage.name, "reason": reason})
    code = ErrorCode(outage.code)
    return Failure(code, outage.message, error_id, outage.retry_after if outage.helps_to_wait else None)


def masked(error: GraphQLError) -> GraphQLError:
    """The error as clients may see it. The exception behind it is logged with the id that they are told."""
    if isinstance(error.original_error, LimitPassedError):
        return _at(
            error, str(error.original_error), {"code": ErrorCode.COST_EXCEEDED.value, **error.original_error.details}
        )
    told = report(error.original_error, error.path or ())
    return _at(error, told.message, told.extensions)


def _at(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    """Another error in the place of this one."""
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def mask_internal(errors: list[GraphQLError]) -> None:
    """Replaces the internal errors of a response in place."""
    if any(map(is_internal, errors)):
        errors[:] = [masked(error) if is_internal(error) else error for error in errors]
