"""The colours of drawings, which can be read on dark and on light backgrounds: a contrast of 3 at least with both."""

PALETTE = ("color(32)", "color(166)", "color(30)", "color(170)", "color(136)", "color(99)")
"""Blue, orange, teal, pink, ochre, violet, of the 256 colours that are the same in every terminal."""
QUIET = "dim"
"""What stands behind the rest."""


def colour(number: int) -> str:
    """The colour of a series."""
    return PALETTE[number % len(PALETTE)]
