"""Types and inputs of the schema whose members come from a table."""

from collections.abc import Iterator
from typing import Any

Member = tuple[str, Any, Any]
"""A field of a class: its name, its type, its definition."""


def class_of(name: str, members: Iterator[Member], module: str) -> Any:
    """A class with these fields, for Strawberry to make a type or an input of."""
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": module}
    for attribute, kind, definition in members:
        namespace["__annotations__"][attribute] = kind
        namespace[attribute] = definition
    return type(name, (), namespace)
