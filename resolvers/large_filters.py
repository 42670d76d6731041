"""Filters of many conditions, which are worked on beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")

LARGE = 50
"""Groups and conditions of a filter that are worked on on the event loop."""


def is_large(filters: object) -> bool:
    """Whether a filter has more groups and conditions than take a moment."""
    waiting, left = [filters], LARGE
    while waiting and left:
        left -= 1
        part = waiting.pop()
        if isinstance(part, dict):
            members = cast("dict[str, Any]", part).get("conditions")
            waiting += cast("list[Any]", members)[:LARGE] if isinstance(members, list) else ()
    return not left


async def worked_on(filters: object, work: Callable[[], T]) -> T:
    """The result of work on a filter: in a thread where the filter is large."""
    return await asyncio.to_thread(work) if is_large(filters) else work()
