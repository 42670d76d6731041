"""Values of TOML by their types."""

from collections.abc import Mapping
from typing import cast

Table = Mapping[str, object]


def table_of(value: object) -> Table | None:
    """A value of TOML that is a table; None for others."""
    return cast("Table", value) if isinstance(value, dict) else None


def list_of(value: object) -> list[object] | None:
    """A value of TOML that is a list; None for others."""
    return cast("list[object]", value) if isinstance(value, list) else None
