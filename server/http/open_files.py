"""How many files and sockets the process may have open."""

import sys

_OTHERS = 64
"""Descriptors for everything but the connections of clients and of the database: the log, the loop, libraries."""


def raise_limit() -> int | None:
    """Raises the limit of open files to the highest that the process may set itself.

    Returns:
        The limit; None where there is none.
    """
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):
            pass  # Some systems refuse what they call the hard limit.
    return None if soft == resource.RLIM_INFINITY else soft


def connections_within(limit: int | None, pool_size: int) -> int | None:
    """How many clients can be connected within a limit of open files; None for any number.

    Args:
        pool_size: connections to the database.
    """
    return None if limit is None else max(1, limit - pool_size - _OTHERS)
