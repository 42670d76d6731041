"""Tables for people, as commands print them."""

from collections.abc import Sequence
from datetime import datetime

NOTHING = "-"
"""What stands where there is no value."""
_LEAST = 8
"""The cells that a column which gives way keeps."""


def table(
    heads: Sequence[str], rows: Sequence[Sequence[object]], *, width: int | None = None, shrinking: str | None = None
) -> str:
    """Lines of aligned columns below their heads. The last column is not padded.

    Args:
        width: the cells that a line should have at most; None for any number.
        shrinking: the head of the column whose texts are shortened where lines are too wide.
    """
    from server.terminal.cells import left, printable, widest

    texts = [list(heads), *([NOTHING if cell is None else printable(str(cell)) for cell in row] for row in rows)]
    widths = [widest([line[column] for line in texts]) for column in range(len(heads))]
    excess = 0 if width is None else sum(widths) + 2 * (len(widths) - 1) - width
    if shrinking is not None and excess > 0:
        column = list(heads).index(shrinking)
        widths[column] = max(widths[column] - excess, min(widths[column], _LEAST))
    return "\n".join(
        "  ".join(left(cell, size) for cell, size in zip(line, widths, strict=True)).rstrip() for line in texts
    )


def moment(time: datetime | None) -> str | None:
    """A time to the second, as commands print it; None where there is none."""
    return time.isoformat(timespec="seconds") if time else None
