"""What a database error means to who is being served: that the database is away, full or too slow, and not why."""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError


@dataclass(frozen=True, slots=True)
class _Kind:
    message: str
    is_passing: bool


class Outage(Enum):
    """A failure that neither the request nor the program is to blame for. ``is_passing``: it may end by itself."""

    UNREACHABLE = _Kind("The database is not available at present. Try again in a few seconds.", True)
    LOST = _Kind(
        "The connection to the database was lost. What was being changed may have been stored or not: look before "
        "you change it again.",
        True,
    )
    BUSY = _Kind("All connections to the database are in use. Try again in a few seconds.", True)
    OUT_OF_MEMORY = _Kind("The database is out of memory for this. Ask for less at a time.", True)
    DISK_FULL = _Kind("The disk of the database is full, so nothing can be written. Free some space on it.", False)
    TOO_SLOW = _Kind(
        "The database took longer than a statement may (DIALBOARD_STATEMENT_TIMEOUT); it was not done.", True
    )

    @property
    def message(self) -> str:
        """A sentence for people."""
        return self.value.message

    @property
    def is_passing(self) -> bool:
        """Whether trying again may help without anybody doing something."""
        return self.value.is_passing


_BY_STATE = {
    "53100": Outage.DISK_FULL,
    "53200": Outage.OUT_OF_MEMORY,
    "53300": Outage.BUSY,
    "57014": Outage.TOO_SLOW,
    "57P01": Outage.LOST,
    "57P02": Outage.LOST,
    "57P03": Outage.UNREACHABLE,
}
"""By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage behind an error; None for any other error."""
    if isinstance(error, TimeoutError):  # of the pool
        return Outage.BUSY
    if not isinstance(error, DBAPIError):
        return None
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state in _BY_STATE:
        return _BY_STATE[state]
    if error.connection_invalidated:
        return Outage.LOST
    # Where there was no connection at all, there is no state and no statement.
    is_connecting = isinstance(error, OperationalError) and error.statement is None and state is None
    return Outage.UNREACHABLE if is_connecting else None
