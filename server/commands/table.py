"""Tables for people, as commands print them."""

from collections.abc import Sequence
from datetime import datetime

NOTHING = "-"
"""What stands where there is no value."""


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines of aligned columns below their heads. The last column is not padded."""
    texts = [list(heads), *([NOTHING if cell is None else str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in texts) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in texts
    )


def moment(time: datetime | None) -> str | None:
    """A time to the second, as commands print it; None where there is none."""
    return time.isoformat(timespec="seconds") if time else None
