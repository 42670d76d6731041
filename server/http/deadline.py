"""The deadline of a request: the server's, or an earlier one that its client asks for."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from models.deadlines import Deadline

REQUEST_TIMEOUT = "X-Request-Timeout"
_SHORTEST = 0.1
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


def deadline_of(connection: HTTPConnection, longest: float) -> Deadline:
    """By when a request must be done that came now.

    Raises:
        HTTPException: its header is not a number of seconds, or is more than ``longest``.
    """
    given = connection.headers.get(REQUEST_TIMEOUT.lower())
    if given is None:
        return Deadline.after(longest)
    seconds = float(given) if _SECONDS.fullmatch(given) else 0.0
    if not _SHORTEST <= seconds <= longest:
        allowed = f"a number of seconds from {_SHORTEST:g} to {longest:g}, such as 2.5"
        raise HTTPException(400, f"The header {REQUEST_TIMEOUT} is {given[:20]!r}; it must be {allowed}.")
    return Deadline.after(seconds)
