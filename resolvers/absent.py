"""What a client left out of an update, as apart from what it set to null."""

from enum import Enum, auto
from typing import Final


class Absent(Enum):
    """The type of ``ABSENT``: a value that was not given, so that what is stored stays."""

    ABSENT = auto()


ABSENT: Final = Absent.ABSENT
