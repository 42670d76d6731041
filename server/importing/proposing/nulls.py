"""Texts that mean no value: those that always do, and those that are something else in other columns."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from server.importing.proposing.columns import NULLS, Column, is_mostly_numbers, without_strays
from server.importing.proposing.times import guess_time

_SOMETIMES = frozenset({"na"})
"""Texts that mean no value among amounts, times and booleans. Among others they may be Namibia or North America."""
_TYPED: tuple[Callable[[Column], object], ...] = (
    lambda column: column.duration_unit,
    lambda column: is_mostly_numbers(column) or None,
    guess_time,
    lambda column: column.is_boolean or None,
)
"""What a column of other things than texts is told by."""


def null_texts(columns: Sequence[Column]) -> list[str]:
    """The texts in columns that mean no value everywhere."""
    texts = (raw.strip() for column in columns for raw in column.raws if isinstance(raw, str))
    return sorted({text for text in texts if text.casefold() in NULLS})


def without_nulls(column: Column) -> Column:
    """A column without the texts that mean no value in it alone."""
    if not (words := _doubtful(column)):
        return without_strays(column)
    cleaned = _without(column, words)
    if cleaned.values and any(typed(cleaned) is not None for typed in _TYPED):
        return cleaned
    further = without_strays(cleaned)
    return replace(further, strays=tuple(sorted({*further.strays, *words}))) if further is not cleaned else column


def kept_words(column: Column) -> list[str]:
    """The texts of a column that were taken for texts, and may mean no value."""
    return sorted(_doubtful(column))


def _doubtful(column: Column) -> set[str]:
    return {raw.strip() for raw in column.raws if isinstance(raw, str) and raw.strip().casefold() in _SOMETIMES}


def _without(column: Column, words: set[str]) -> Column:
    raws = [None if isinstance(raw, str) and raw.strip() in words else raw for raw in column.raws]
    return replace(column, raws=raws, strays=tuple(sorted(words)))
