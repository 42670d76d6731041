"""What an error means to who is being served: that the database is away, full or too slow, or that too much is asked
at once; and not why."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

UNAVAILABLE, OVERLOADED, QUERY_TIMEOUT = "UNAVAILABLE", "OVERLOADED", "QUERY_TIMEOUT"


@dataclass(frozen=True, slots=True)
class _Kind:
    message: str
    code: str = UNAVAILABLE
    retry_after: int | None = 5


class Outage(Enum):
    """A failure that neither the request nor the program is to blame for."""

    UNREACHABLE = _Kind("The database is currently not available. Try again in a few seconds.")
    LOST = _Kind(
        "The connection to the database was lost. The change may or may not have been saved; check before retrying."
    )
    OUT_OF_MEMORY = _Kind("The database ran out of memory. Request less data at a time.")
    DISK_FULL = _Kind(
        "The disk of the database is full, so nothing can be written. Free some disk space.", retry_after=None
    )
    READ_ONLY = _Kind("The database is currently read-only; nothing was changed.", retry_after=30)
    STOPPING = _Kind("The server is shutting down. The change may or may not have been saved; check before retrying.")
    BUSY = _Kind("All connections to the database are in use. Try again in a few seconds.", OVERLOADED, 2)
    QUEUE_FULL = _Kind("Too many requests are already waiting. Try again in a few seconds.", OVERLOADED, 2)
    WAITED_TOO_LONG = _Kind(
        "The server is overloaded; the request timed out in the queue. Try again in a few seconds.",
        OVERLOADED,
        2,
    )
    CLIENT_GONE = _Kind("The client disconnected before the request started.", OVERLOADED, None)
    LOCKED = _Kind("Timed out waiting for other changes; nothing was changed. Try again.", OVERLOADED, 2)
    TOO_SLOW = _Kind("The statement exceeded the limit DIALBOARD_STATEMENT_TIMEOUT; it was cancelled.", QUERY_TIMEOUT)
    TOO_LATE = _Kind(
        "The request exceeded the limit DIALBOARD_REQUEST_TIMEOUT, or X-Request-Timeout; this part was cancelled.",
        QUERY_TIMEOUT,
    )

    @property
    def message(self) -> str:
        """A sentence for people."""
        return self.value.message

    @property
    def code(self) -> str:
        """The code for programs: UNAVAILABLE, OVERLOADED or QUERY_TIMEOUT."""
        return self.value.code

    @property
    def helps_to_wait(self) -> bool:
        """Whether the same request may succeed later; one that takes too long takes as long then."""
        return self.code != QUERY_TIMEOUT

    @property
    def retry_after(self) -> int | None:
        """Seconds after which trying again may help; None where somebody must do something first."""
        return self.value.retry_after


class Overloaded(Exception):
    """Nothing was begun: there was no connection to be had in time, or nobody waits for it any more."""

    def __init__(self, outage: Outage) -> None:
        super().__init__(outage.message)
        self.outage = outage


class NothingChanged(DBAPIError):
    """The connection was lost where nothing had been changed: in what only reads, or at the start of a transaction."""

    @classmethod
    def by(cls, error: DBAPIError) -> "NothingChanged":
        """In place of the error that told of the lost connection."""
        assert error.orig is not None
        return cls(error.statement, error.params, error.orig, connection_invalidated=True)


class DeadlinePassed(Exception):
    """The request's time is up; what was being changed was rolled back."""

    def __init__(self) -> None:
        super().__init__(Outage.TOO_LATE.message)


_BY_STATE = {
    "25006": Outage.READ_ONLY,
    "25P03": Outage.LOST,
    "40P01": Outage.LOCKED,
    "53100": Outage.DISK_FULL,
    "53200": Outage.OUT_OF_MEMORY,
    "53300": Outage.BUSY,
    "55P03": Outage.LOCKED,
    "57014": Outage.TOO_SLOW,
    "57P01": Outage.LOST,
    "57P02": Outage.LOST,
    "57P03": Outage.UNREACHABLE,
}
"""By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_OF_STANDBYS = "during recovery"
"""In what PostgreSQL says when a standby, which only reads, is asked for what it has no state of its own for."""

_OF_POOLERS = ("query_wait_timeout", "no more connections allowed")
"""In what PgBouncer says when it had no connection for a transaction, which did not begin then."""


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage behind an error; None for any other error."""
    if isinstance(error, Overloaded):
        return error.outage
    if isinstance(error, DeadlinePassed):
        return Outage.TOO_LATE
    if isinstance(error, NothingChanged):
        return Outage.UNREACHABLE
    if isinstance(error, TimeoutError):  # of the pool
        return Outage.BUSY
    if not isinstance(error, DBAPIError):
        return None
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state in (None, "08P01") and any(refusal in str(error.orig) for refusal in _OF_POOLERS):
        return Outage.BUSY
    if state == "0A000" and _OF_STANDBYS in str(error.orig):
        return Outage.READ_ONLY
    if state in _BY_STATE:
        return _BY_STATE[state]
    if error.connection_invalidated:
        return Outage.LOST
    # Where there was no connection at all, there is no state and no statement.
    is_connecting = isinstance(error, OperationalError) and error.statement is None and state is None
    return Outage.UNREACHABLE if is_connecting else None
