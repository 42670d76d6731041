"""Keys of items: what tells an item of a chart from the others, and stays the same when its numbers change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

OTHER = "/*"
"""The end of the keys of the series that combines the others."""

WITHOUT = "/"
"""The key of a series without a label, of which the keys of its items have nothing."""


def of_series(label: str | None, is_other: bool) -> str:
    """The end of the keys of a series; a label can be any text, null is no label, and Other is no group."""
    return OTHER if is_other else "" if label is None else f"/={label}"


def of_group(label: str | None, is_other: bool = False) -> str:
    """The key of a series, slice or row itself. It is never empty."""
    return of_series(label, is_other) or WITHOUT


def keys_of(starts: Sequence[Any], series: str) -> list[str]:
    """The keys of items that begin at these times or numbers, in a series."""
    return [f"{_written(start)}{series}" for start in starts]


def _written(start: Any) -> str:
    return start.isoformat() if isinstance(start, datetime) else repr(start)


def keys_of_all(starts: Sequence[Any], groups: Sequence[str | None], are_other: Sequence[bool]) -> list[str]:
    """The keys of items of any series."""
    ends = map(of_series, groups, are_other)
    return [f"{_written(start)}{end}" for start, end in zip(starts, ends, strict=True)]
