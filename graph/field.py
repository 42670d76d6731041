"""Fields whose description is the docstring of the function that answers them."""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry


def answered_by(resolver: Callable[..., Any]) -> Any:
    """A field of the schema. Its first paragraph of documentation is what clients read."""
    description = inspect.getdoc(resolver)
    assert description, f"{resolver.__name__} has no docstring, which would describe its field"
    return strawberry.field(resolver, description=" ".join(description.partition("\n\n")[0].split()))


def told_by(resolver: Callable[..., Any]) -> Any:
    """The same for a field that subscribes."""
    description = inspect.getdoc(resolver)
    assert description, f"{resolver.__name__} has no docstring, which would describe its field"
    return strawberry.subscription(resolver=resolver, description=" ".join(description.partition("\n\n")[0].split()))
