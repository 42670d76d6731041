"""How the value over many records follows from what is known of some of them each: which parts, and what of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from aggregation.functions.moments import MomentPart, Moments
from models import DataType


class Values(Protocol):
    """All values of groups, each with how often it is there, as arrays with a number a group."""

    def percentile(self, share: float) -> Any:
        """The value that ``share`` of them are below, interpolated linearly; NaN of none."""
        ...

    def distinct(self) -> Any:
        """The number of distinct values."""
        ...


@dataclass(frozen=True, slots=True)
class FromMoments:
    """From moments: of SQL's cells as of those of pre-aggregates. ``parts`` are those that ``value`` uses."""

    parts: tuple[MomentPart, ...]
    value: Callable[[Moments], Any]


@dataclass(frozen=True, slots=True)
class FromValues:
    """From every value with how often it is there: kept in pre-aggregates, never folded in SQL.

    Attributes:
        data_types: of which values pre-aggregates can keep every one apart.
        is_exact: whether it must not come from a sketch.
    """

    data_types: tuple[DataType, ...]
    value: Callable[[Values], Any]
    is_exact: bool


@dataclass(frozen=True, slots=True)
class FromRecords:
    """From the records alone: nothing of it can be kept or folded."""


Merging = FromMoments | FromValues | FromRecords
