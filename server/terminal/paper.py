"""What drawings are made on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on.

    Attributes:
        width: in cells.
        height: the rows of a line's plot, or the most bars of a series; None for the usual rows, and all bars.
    """

    width: int
    height: int | None = None
    has_colours: bool = False
