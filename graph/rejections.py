"""What was wrong with the input of a write, as typed errors of its payload: one error for each thing."""

from collections.abc import Mapping
from typing import assert_never

import strawberry

from graph import errors
from graph.errors import Error, ErrorCode
from resolvers import rejections
from resolvers.rejections import Rejection


def error_of(rejection: Rejection, ids: Mapping[str, strawberry.ID]) -> Error:
    """The error of one rejection. ``ids`` are the global ids of the input by the path at which they were given."""
    path = rejection.path
    match rejection:
        case rejections.InvalidValue(message=message, allowed=allowed):
            return errors.InvalidInput.of(message, path, allowed)
        case rejections.LimitExceeded(message=message):
            return errors.InvalidInput.of(message, path, code=ErrorCode.LIMIT_EXCEEDED)
        case rejections.InvalidId(message=message, allowed=allowed):
            return errors.InvalidInput.of(message, path, allowed, code=ErrorCode.INVALID_ID)
        case rejections.NotFound(type_name=type_name):
            return errors.NotFound.of(type_name, ids[path], path)
        case rejections.VersionConflict(type_name=type_name, expected=expected, current=current):
            return errors.VersionConflict.of(type_name, expected, current, path)
        case rejections.WrongFilter(fault=fault, origin=origin):
            return errors.InvalidFilter.of(origin, (fault,), path)
        case rejections.WrongWidget(fault=fault):
            return errors.InvalidWidget.of((fault,), path)
        case _:
            assert_never(rejection)
