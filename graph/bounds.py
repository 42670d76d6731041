"""Bounds of numbers that clients choose."""

from aggregation.answer.item_bounds import ItemBound
from graph.errors import ErrorCode, RequestError


def within(name: str, value: int | None, default: int, most: int, least: int = 1) -> int:
    """The value, or the default where none was given.

    Raises:
        RequestError: it is below ``least`` or above ``most``.
    """
    chosen = default if value is None else value
    if least <= chosen <= most:
        return chosen
    raise RequestError(ErrorCode.LIMIT_EXCEEDED, f"{name} is {chosen}, but must be {least} to {most}.", limit=most)


def bounded(bound: ItemBound, given: int | None) -> int:
    """How many items of a chart an argument asks for.

    Raises:
        RequestError: it is out of bounds.
    """
    return within(bound.name, given, bound.default, bound.most, bound.least)
