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
    message, path = rejection.message, rejection.path
    match rejection:
        case rejections.InvalidValue(allowed=allowed, kind=kind):
            return errors.InvalidInput.of(message, path, allowed, code=ErrorCode[kind.name])
        case rejections.NotFound(type_name=type_name):
            return errors.NotFound.of(type_name, ids[path], path)
        case rejections.VersionConflict(expected=expected, current=current):
            return errors.VersionConflict.of(message, expected, current, path)
        case rejections.WrongFilter(fault=fault, origin=origin):
            return errors.InvalidFilter.of(origin, (fault,), path)
        case rejections.WrongWidget(fault=fault):
            return errors.InvalidWidget.of((fault,), path)
        case _:
            assert_never(rejection)
