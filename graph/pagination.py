"""Connections in the manner of Relay: bounded pages, opaque cursors, a total that is counted only when asked for."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import strawberry

from graph.errors import ErrorCode, RequestError
from graph.scalars import BigInt

MAX_PAGE = 100
"""The most items of a page, but for call logs."""

MAX_CALLS_PAGE = 500
"""The most call logs of a page."""

DEFAULT_PAGE = 50
"""The items of a page where no number is given."""

FEWER = 20
"""The same of lists whose items are large."""

Node = TypeVar("Node")
Row = TypeVar("Row")

PAGE_LISTS = ("edges", "nodes")
"""The fields of a connection that have the items of its page."""

_BIGINT = range(-(2**63), 2**63)


@strawberry.type(description="The position of a page in the list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether there are items after this page. With `last`, that is whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before this page. Without `last`, that is whether `after` was given."
    )
    start_cursor: str | None = strawberry.field(
        description="The first item's cursor, for use as `before` to get the page before; null if the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The last item's cursor, for use as `after` to get the next page; null if the page is empty."
    )


@strawberry.type(description="One item of a page.")
class Edge(Generic[Node]):
    node: Node = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="The cursor of the item, for use as `after` or `before`. Opaque.")


@strawberry.type(description="A page of items.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The items of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Position of this page.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The items of this page, in order, without their cursors.")
    def nodes(self) -> list[Node]:
        return [edge.node for edge in self.edges]

    @strawberry.field(graphql_type=BigInt, description="The number of items on all pages. Counted only if requested.")
    async def total_count(self) -> int:
        return await self.count()


def page_size(size: int, limit: int = MAX_PAGE, name: str = "first") -> int:
    """An argument, when it is a page size.

    Raises:
        RequestError: it is below 1 or above the limit.
    """
    if 1 <= size <= limit:
        return size
    raise RequestError(ErrorCode.PAGE_SIZE, f"{name} is {size}, but must be from 1 to {limit}.", limit=limit)


@dataclass(frozen=True, slots=True)
class Paging:
    """What page of a list is asked for: the first or the last items, between two cursors."""

    size: int
    after: str | None
    before: str | None
    is_last: bool


def paging(
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    *,
    default: int = DEFAULT_PAGE,
    limit: int = MAX_PAGE,
) -> Paging:
    """The arguments of a connection, checked.

    Raises:
        RequestError: a size is below 1 or above the limit, or both are given.
    """
    if last is None:
        return Paging(page_size(default if first is None else first, limit), after, before, is_last=False)
    if first is not None:
        raise RequestError(ErrorCode.PAGE_SIZE, "first and last cannot be combined: give one of them.", limit=limit)
    return Paging(page_size(last, limit, "last"), after, before, is_last=True)


def encode_cursor(kind: str, *numbers: int) -> str:
    """The cursor of an item: the whole numbers that its place in the order depends on."""
    return base64.urlsafe_b64encode(":".join(("cursor", kind, *map(str, numbers))).encode()).decode()


_MOST_CHARACTERS = 1_000
"""No cursor is longer."""


def decode_cursor(kind: str, cursor: str | None, length: int, name: str = "after") -> tuple[int, ...] | None:
    """The numbers of a cursor that ``encode_cursor`` made for the same kind; None for no cursor.

    Raises:
        RequestError: it is no such cursor.
    """
    if cursor is None:
        return None
    if len(cursor) > _MOST_CHARACTERS:
        raise invalid_cursor(name)
    try:
        prefix, found, *parts = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii").split(":")
        numbers = tuple(int(part) for part in parts if len(part) <= 20)
    except (binascii.Error, UnicodeError, ValueError):
        prefix, found, numbers = "", "", ()
    made = prefix == "cursor" and found == kind and len(numbers) == length
    if made and all(number in _BIGINT for number in numbers) and encode_cursor(kind, *numbers) == cursor:
        return numbers
    raise invalid_cursor(name)


def invalid_cursor(name: str = "after") -> RequestError:
    """The error of a text that is no cursor of the list it was given to."""
    page = "startCursor" if name == "before" else "endCursor"
    return RequestError(
        ErrorCode.INVALID_CURSOR,
        f"{name} is not a cursor of this list. Use a cursor or {page} that the list returned.",
    )


def connect(
    rows: Sequence[Row],
    *,
    node: Callable[[Row], Node],
    cursor: Callable[[Row], str],
    has_more: bool,
    asked: Paging,
    count: Callable[[], Awaitable[int]],
) -> Connection[Node]:
    """The connection of one page's rows. ``count`` is called when the total is asked for."""
    edges = [Edge(node=node(row), cursor=cursor(row)) for row in rows]
    info = PageInfo(
        has_next_page=asked.before is not None if asked.is_last else has_more,
        has_previous_page=has_more if asked.is_last else asked.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info, count=count)
