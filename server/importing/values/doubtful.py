"""Numbers such as ``1.205``, of which only the whole column can tell whether they are fractions or thousands."""

import re

_NUMBER = re.compile(r"[^0-9.,]*([0-9]*)(?:\.([0-9]*))?[^0-9.,]*")
_ISO_DURATION = re.compile(r"P[0-9.,WDT]*[0-9.,]+[WDHMS]", re.IGNORECASE)
"""Its separator is always in front of a fraction."""
_GROUP = 3
"""Digits of a group of thousands."""


class PointWatch:
    """What the texts of a column, one after the other, say of the point in them.

    Attributes:
        text: the first number that can be read in both ways.
        line: of it.
        has_whole: whether there are whole numbers that have too few digits for a group of their own.
        is_certain: whether some number can only have a point in front of its fraction, or is written without groups.
    """

    __slots__ = ("has_whole", "is_certain", "line", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.line = 0
        self.has_whole = False
        self.is_certain = False

    @property
    def is_doubtful(self) -> bool:
        """Whether the column can be read in both ways."""
        return self.text is not None and not self.is_certain

    def see(self, text: str, line: int = 0) -> None:
        """Looks at one more text."""
        match = _NUMBER.fullmatch(text)
        if match is None or _ISO_DURATION.fullmatch(text.strip()):
            return
        whole, fraction = match.groups()
        if fraction is None:
            self.is_certain = self.is_certain or len(whole) > _GROUP
            self.has_whole = self.has_whole or bool(whole)
        elif len(fraction) == _GROUP and 0 < len(whole) <= _GROUP and whole[0] != "0":
            if self.text is None:
                self.text, self.line = text.strip(), line
        else:
            self.is_certain = True


def readings_of(text: str) -> tuple[str, str]:
    """A doubtful number as a fraction and as thousands."""
    match = _NUMBER.fullmatch(text)
    whole, fraction = match.groups() if match else (text, "")
    return f"{whole}.{fraction}", f"{whole}{fraction}"
