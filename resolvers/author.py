"""Who makes a change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """An API key by its number and name, or, without a number, a command by its name."""

    key_id: int | None
    name: str
