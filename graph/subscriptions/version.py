"""Versions that clients hand back."""

from typing import Annotated

import strawberry

from graph.arguments import plain_text

_LONGEST = 50_000
"""Characters of a version: one of calls names every transaction that was under way."""

Since = Annotated[
    str | None,
    strawberry.argument(
        description="The `version` of the last event that was received. The first event has all changes since then, "
        "and there is none if nothing has changed. Without it, the first event comes at once."
    ),
]


def checked_version(since: str | None) -> str | None:
    """A version that was given; one that is not known is no error.

    Raises:
        RequestError: it is too long to be one, or has a character that no version has.
    """
    return None if since is None else plain_text("since", since, _LONGEST)
