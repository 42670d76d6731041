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


WARNING_MEANINGS = {
    WarningCode.SAME_ROW: "Different evaluations can match conditions on evaluations that are joined by `and`.",
    WarningCode.EMPTY_WINDOW: "Bounds on `timestamp` contradict each other.",
    WarningCode.NEVER_MATCHES: "Conditions contradict each other, or a condition or range can never be true.",
    WarningCode.UNKNOWN_METADATA_KEY: "None of the newest 10,000 calls has the metadata key.",
    WarningCode.WINDOW_TOO_OLD: "The filter begins before the time that charts may cover.",
}
"""What each code means, in one sentence; the documentation has them."""


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
