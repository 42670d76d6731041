"""Arguments that several fields share."""

from typing import Annotated

import strawberry

from graph.errors import ErrorCode, RequestError
from graph.pagination import MAX_CALLS_PAGE, MAX_PAGE

MAX_SEARCH = 200
"""Characters of a search text."""

Id = Annotated[strawberry.ID, strawberry.argument(description="A global ID. An ID of another type is an error.")]
First = Annotated[
    int, strawberry.argument(description=f"The maximum number of items: 1 to {MAX_PAGE}; other values are an error.")
]
FirstCalls = Annotated[
    int,
    strawberry.argument(description=f"The maximum number of calls: 1 to {MAX_CALLS_PAGE}; other values are an error."),
]
After = Annotated[str | None, strawberry.argument(description="Returns the items after this cursor.")]


def plain_text(name: str, text: str, most: int) -> str:
    """A text that the database can take.

    Raises:
        RequestError: it is too long, or has a character that no text in the database has.
    """
    if len(text) > most:
        message = f"{name} has {len(text):,} characters; at most {most} are allowed."
        raise RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit=most)
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestError(ErrorCode.INVALID_INPUT, f"{name} contains a NUL character or an unpaired surrogate.")
    return text
