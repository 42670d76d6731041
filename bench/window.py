"""The time range that the benchmarks' charts cover."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From ``start`` up to, but not including, ``end``."""

    start: datetime
    end: datetime

    @property
    def before(self) -> datetime:
        """Where the time range of equal length just before this one begins."""
        return self.start - (self.end - self.start)

    @classmethod
    def now(cls) -> Self:
        """The last 29 days."""
        end = datetime.now(UTC)
        return cls(end - timedelta(days=29), end)
