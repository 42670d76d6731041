"""Times and spans of time in the cells of a workbook: a number of days, which a format shows as hours, minutes and
seconds.

Who types ``3:25`` for three minutes and 25 seconds gets a cell of three hours and 25 minutes, shown as ``3:25``: only
the format of the cell tells what people see in it.
"""

import re
from datetime import time, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any

_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|AM/PM|A/P', re.IGNORECASE)
"""Of a format: texts, what stands for the width of a character, colours, languages, and halves of the day."""


class Parts(Enum):
    """What a format shows of a time."""

    HOURS_AND_MINUTES = "hours and minutes"
    MINUTES_AND_SECONDS = "minutes and seconds"
    OTHERS = "others"


class ShownTime(time):
    """A time of the day with the format that shows it."""

    number_format: str = ""


class ShownSpan(timedelta):
    """A span of time with the format that shows it."""

    number_format: str = ""


def with_format(raw: Any, number_format: str) -> Any:
    """What stands in a cell, with its format where that matters."""
    if type(raw) is time:
        shown = ShownTime(raw.hour, raw.minute, raw.second, raw.microsecond)
    elif type(raw) is timedelta:
        shown = ShownSpan(raw.days, raw.seconds, raw.microseconds)
    else:
        return raw
    shown.number_format = number_format
    return shown


def seconds_of(raw: time | timedelta) -> float:
    """The seconds since midnight, or of the span."""
    if isinstance(raw, timedelta):
        return raw.total_seconds()
    return raw.hour * 3600 + raw.minute * 60 + raw.second + raw.microsecond / 1_000_000


def clock_text(raw: time | timedelta) -> str:
    """A time or a span as hours, minutes and seconds."""
    minutes, seconds = divmod(seconds_of(raw), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{seconds:02g}"


def parts_of(raw: time | timedelta) -> Parts | None:
    """What the cell shows; None where the file has no formats."""
    return _parts(raw.number_format) if isinstance(raw, (ShownTime, ShownSpan)) else None


@lru_cache(256)
def _parts(number_format: str) -> Parts:
    shown = _NOT_SHOWN.sub("", number_format).partition(";")[0].casefold()
    has_hours, has_seconds = "h" in shown, "s" in shown
    if has_hours and not has_seconds:
        return Parts.HOURS_AND_MINUTES
    return Parts.MINUTES_AND_SECONDS if has_seconds and not has_hours else Parts.OTHERS
