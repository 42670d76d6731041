"""What was probably not meant, though it is valid."""

from dataclasses import dataclass
from enum import StrEnum

from filters.syntax import Node


class WarningCode(StrEnum):
    """Kinds of warnings."""

    SAME_ROW = "SAME_ROW"
    EMPTY_WINDOW = "EMPTY_WINDOW"
    NEVER_MATCHES = "NEVER_MATCHES"
    UNKNOWN_METADATA_KEY = "UNKNOWN_METADATA_KEY"
    WINDOW_TOO_OLD = "WINDOW_TOO_OLD"


@dataclass(frozen=True)
class FilterWarning:
    """Something odd about a valid filter.

    Args:
        code: what kind it is.
        message: a sentence for people.
        path: JSON pointer to the part of the filter.
        suggestions: names that were probably meant, nearest first.
        alternative: the whole filter as it was probably meant.
    """

    code: WarningCode
    message: str
    path: str
    suggestions: tuple[str, ...] = ()
    alternative: Node | None = None
