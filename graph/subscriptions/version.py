"""Versions that clients hand back."""

from graph.arguments import plain_text

_LONGEST = 2_000
"""Characters of a version."""


def checked_version(since: str | None) -> str | None:
    """A version that was given; one that is not known is no error.

    Raises:
        RequestError: it is too long to be one, or has a character that no version has.
    """
    return None if since is None else plain_text("since", since, _LONGEST)
