"""Text in the cells of a terminal: what it may contain, how wide it is, and how it is shortened.

Labels come from calls. A control character among them could move the cursor or change the colours, and one that changes
the direction of writing could rearrange a line, so both are written as escapes.
"""

import unicodedata

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """The text on one line, with control characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    category = unicodedata.category(character)
    if category not in ("Cc", "Cs", "Zl", "Zp") and character not in _DIRECTIONS:
        return character
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def shortened(text: str, width: int) -> str:
    """The text in at most so many cells; what is cut off is marked by an ellipsis."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + ELLIPSIS


def left(text: str, width: int) -> str:
    """The text in exactly so many cells, at their left."""
    fitting = shortened(text, width)
    return fitting + " " * (width - cell_len(fitting))


def right(text: str, width: int) -> str:
    """The text in exactly so many cells, at their right."""
    fitting = shortened(text, width)
    return " " * (width - cell_len(fitting)) + fitting


def widest(texts: "list[str] | tuple[str, ...]") -> int:
    """How many cells the widest of the texts has; 0 if there are none."""
    return max(map(cell_len, texts), default=0)
