"""Moving the calls of a file in time, so that the newest is now."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from server.importing.reading import LineFault, Reading


def newest_timestamp(readings: Iterable[Reading]) -> datetime | None:
    """The latest start of a call; None when there is no call."""
    return max((reading.record.timestamp for reading in readings if reading.record), default=None)


def shifted(reading: Reading, by: timedelta) -> Reading:
    """The line with its call moved; rejected when that leaves the calendar."""
    if reading.record is None or not by:
        return reading
    try:
        timestamp = reading.record.timestamp + by
    except OverflowError:
        fault = LineFault(1, f"the call cannot be shifted by {by}; allowed: times that stay within the years 1 to 9999")
        return replace(reading, record=None, faults=(fault,))
    return replace(reading, record=replace(reading.record, timestamp=timestamp))
