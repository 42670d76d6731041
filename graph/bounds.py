"""Bounds of numbers that clients choose."""

from graph.errors import ErrorCode, RequestError


def within(name: str, value: int | None, default: int, most: int) -> int:
    """The value, or the default where none was given.

    Raises:
        RequestError: it is below 1 or above ``most``.
    """
    chosen = default if value is None else value
    if 1 <= chosen <= most:
        return chosen
    raise RequestError(ErrorCode.LIMIT_EXCEEDED, f"{name} is {chosen}, but must be 1 to {most}.", limit=most)
