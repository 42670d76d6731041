"""Pages of the rows of a LIST, and their cursors."""

from aggregation.question.query import MAX_TOP
from aggregation.question.row_order import MAX_PLACE, RowOrder, RowPage
from graph.pagination import decode_cursor, encode_cursor, invalid_cursor


def first_rows(order: RowOrder | None) -> RowPage:
    """The page that rows without a cursor are of, however many are shown."""
    return RowPage(order, MAX_TOP)


def row_page(order: RowOrder | None, first: int, after: str | None) -> RowPage:
    """The page after a cursor.

    Raises:
        RequestError: it is no cursor of rows in this order.
    """
    numbers = decode_cursor(_kind(order), after, 1)
    place = 0 if numbers is None else numbers[0]
    if not 0 <= place <= MAX_PLACE:
        raise invalid_cursor()
    return RowPage(order, first, place)


def row_cursor(order: RowOrder | None, place: int) -> str:
    """The cursor of a row by its place in an order, counted from 1."""
    return encode_cursor(_kind(order), place)


def _kind(order: RowOrder | None) -> str:
    return "rows" if order is None else f"rows-{order.field.value}-{order.direction.value}"
