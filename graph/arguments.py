"""Arguments that several fields share."""

from typing import Annotated

import strawberry

from graph.errors import ErrorCode, RequestError
from graph.pagination import DEFAULT_PAGE, FEWER, MAX_CALLS_PAGE, MAX_PAGE

MAX_SEARCH = 200
"""Characters of a search text."""

Id = Annotated[strawberry.ID, strawberry.argument(description="A global ID. An ID of another type is an error.")]
_RANGE = f"1 to {MAX_PAGE}; other values are an error."
_CALLS = f"1 to {MAX_CALLS_PAGE}; other values are an error."
_UNLESS = f"The default is {DEFAULT_PAGE}, unless `last` is given."
_FEWER = f"The default is {FEWER}, unless `last` is given."
_NO_FIRST = "Cannot be combined with `first`."

First = Annotated[
    int | None, strawberry.argument(description=f"The maximum number of items from the start: {_RANGE} {_UNLESS}")
]
FirstFewer = Annotated[
    int | None, strawberry.argument(description=f"The maximum number of items from the start: {_RANGE} {_FEWER}")
]
Last = Annotated[
    int | None, strawberry.argument(description=f"The maximum number of items from the end: {_RANGE} {_NO_FIRST}")
]
FirstCalls = Annotated[
    int | None, strawberry.argument(description=f"The maximum number of calls from the start: {_CALLS} {_UNLESS}")
]
LastCalls = Annotated[
    int | None, strawberry.argument(description=f"The maximum number of calls from the end: {_CALLS} {_NO_FIRST}")
]
After = Annotated[str | None, strawberry.argument(description="Returns the items after this cursor.")]
Before = Annotated[str | None, strawberry.argument(description="Returns the items before this cursor.")]


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
