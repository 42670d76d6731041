"""Pages of lists that are ordered by the numbers of their rows."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from graph.pagination import Connection, Paging, connect, decode_cursor, encode_cursor
from resolvers.loaders.slices import Page, Slice

Row = TypeVar("Row")
Node = TypeVar("Node")


async def numbered_page(
    kind: str,
    asked: Paging,
    *,
    page: Callable[[Slice], Awaitable[Page[Row]]],
    node: Callable[[Row], Node],
    number: Callable[[Row], int],
    count: Callable[[], Awaitable[int]],
) -> Connection[Node]:
    """The connection of a page.

    Args:
        kind: the type of the rows, which their cursors are of.

    Raises:
        RequestError: a cursor is none of this list.
    """
    after = decode_cursor(kind, asked.after, 1)
    before = decode_cursor(kind, asked.before, 1, "before")
    found = await page(Slice(asked.size, after[0] if after else None, before[0] if before else None, asked.is_last))
    return connect(
        found.rows,
        node=node,
        cursor=lambda row: encode_cursor(kind, number(row)),
        has_more=found.has_more,
        asked=asked,
        count=count,
    )
