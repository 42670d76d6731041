"""What an input gives for a field, as apart from leaving it out."""

from typing import TypeVar

from strawberry import Some

from resolvers.absent import ABSENT, Absent

T = TypeVar("T")


def given(value: Some[T] | None) -> T | Absent:
    """The value, which may be null; ``ABSENT`` when the field was left out."""
    return ABSENT if value is None else value.value


def given_or_default(value: Some[T | None] | None) -> T | Absent:
    """The value; ``ABSENT`` when the field was left out or null, where null means the default."""
    return ABSENT if value is None or value.value is None else value.value
