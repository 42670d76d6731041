"""Many times at once: kept as numbers, since making thousands of Python's own takes longer than all else about them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, overload

import numpy as np

from filters.instants import EPOCH

Numbers = np.ndarray[Any, np.dtype[np.int64]]


class Instants(Sequence[datetime]):
    """Times in UTC, made one by one when looked at. ``microseconds`` since the epoch is what they are kept as."""

    __slots__ = ("microseconds",)

    def __init__(self, microseconds: Numbers) -> None:
        self.microseconds = microseconds

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Instants":
        """POSIX seconds as times, to the microsecond."""
        return cls(np.rint(np.asarray(seconds, dtype=np.float64) * 1_000_000).astype(np.int64))

    def __len__(self) -> int:
        return len(self.microseconds)

    def __iter__(self) -> Iterator[datetime]:
        return (EPOCH + timedelta(microseconds=number) for number in self.microseconds.tolist())

    @overload
    def __getitem__(self, index: int) -> datetime: ...
    @overload
    def __getitem__(self, index: slice) -> "Instants": ...
    def __getitem__(self, index: int | slice) -> "datetime | Instants":
        if isinstance(index, slice):
            return Instants(self.microseconds[index])
        return EPOCH + timedelta(microseconds=int(self.microseconds[index]))
