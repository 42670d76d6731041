"""The labels of a list in an order, as the SQL of ``aggregation.compute.shapes.Ranking`` has them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aggregation.question.calendars import Calendar
from aggregation.question.row_order import Direction, RowOrder, RowOrderField


def in_order(
    codes: Iterable[int],
    order: RowOrder,
    calendars: Sequence[Calendar],
    values: Sequence[float | None],
    samples: Sequence[int],
    labels: Sequence[tuple[str | None, ...]],
) -> list[int]:
    """Codes of labels in an order: ties by label, no value and no label last in either direction.

    Args:
        values, samples, labels: of each code; values are those that are ranked by, and labels one of each grouping.
        calendars: of each grouping the labels in their order; empty where it is that of their characters.
    """

    def place(code: int, at: int) -> Any:
        label, calendar = labels[code][at], calendars[at]
        return calendar.index(label) if calendar and label is not None else label

    def by_label(found: list[int], direction: Direction) -> list[int]:
        for at in reversed(range(len(calendars))):
            found = _sorted(found, lambda code, at=at: place(code, at), direction)
        return found

    ties = by_label(list(codes), Direction.ASC)
    match order.field:
        case RowOrderField.VALUE:
            return _sorted(ties, values.__getitem__, order.direction)
        case RowOrderField.SAMPLE_COUNT:
            return _sorted(ties, samples.__getitem__, order.direction)
        case RowOrderField.LABEL:
            return by_label(ties, order.direction)


def _sorted(codes: list[int], key: Callable[[int], Any], direction: Direction) -> list[int]:
    """Sorted by a key, those without one last; what is equal in it stays as it is."""
    known = sorted((code for code in codes if key(code) is not None), key=key, reverse=direction is Direction.DESC)
    return [*known, *(code for code in codes if key(code) is None)]
