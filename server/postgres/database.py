"""Connections to the database, and clear words where there are none."""

import asyncio
import time
from typing import Any, cast

import structlog
from psycopg import AsyncConnection
from sqlalchemy import URL, ExceptionContext, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.outages import Outage, outage_of
from models.pooler import POOLED
from models.signing import SERVING, Serving
from server.postgres.binary_results import BinaryCursor
from server.postgres.driver import DRIVER, UNPREPARED
from server.user_error import UserError

OLDEST_VERSION = 15
_CONNECT_SECONDS = 10
_READ_ONLY_SECONDS = 1.0
"""Seconds between two times that a database which refuses changes has all connections to it replaced."""
_EXAMPLE = "postgresql://user:password@host:5432/database"
_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.database")


class DatabaseError(UserError):
    """The database cannot be used; the message says why, without the password."""


def parse_url(address: str, variable: str = "DATABASE_URL") -> URL:
    """Reads a database address, the value of that variable.

    Raises:
        DatabaseError: it is none, or one of another kind of database.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise DatabaseError(f"{variable} is not a valid URL. Use a URL such as {_EXAMPLE}.") from None
    if url.drivername not in _SCHEMES:
        raise DatabaseError(
            f"{variable} begins with {url.drivername!r}. Dialboard requires PostgreSQL, for example {_EXAMPLE}."
        )
    if not url.database:
        raise DatabaseError(f"{variable} does not name a database. Use a URL such as {_EXAMPLE}.")
    return url.set(drivername=DRIVER)


def make_engine(url: URL, pool_size: int, serving: Serving | None = None, *, is_pooled: bool = False) -> AsyncEngine:
    """An engine whose connections are checked before they are handed out.

    Args:
        serving: what it works with where its role is not the owner of the tables.
        is_pooled: whether a connection pooler is in between.
    """
    options: dict[str, Any] = {SERVING: serving} if serving else {}
    engine = create_async_engine(
        url,
        execution_options={**options, POOLED: True} if is_pooled else options,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "application_name": "dialboard",
            "connect_timeout": _CONNECT_SECONDS,
            "cursor_factory": BinaryCursor,
            **(UNPREPARED if is_pooled else {}),
        },
    )
    event.listen(engine.sync_engine, "handle_error", _Renewing())
    return engine


class _Renewing:
    """Drops connections to a database that is read-only: they keep the setting that they were made with."""

    def __init__(self) -> None:
        self._again_at = 0.0

    def __call__(self, context: ExceptionContext) -> None:
        """Drops the connection of an error that says so, and now and then all that are older."""
        if outage_of(context.sqlalchemy_exception) is Outage.READ_ONLY:
            now = time.monotonic()
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = now >= self._again_at
            if context.invalidate_pool_on_disconnect:
                self._again_at = now + _READ_ONLY_SECONDS


async def check(url: URL) -> bool:
    """Connects once, to fail early and clearly.

    Returns:
        Whether a connection pooler is in between: it tells clients other process numbers than those of the servers.

    Raises:
        DatabaseError: it is not reachable, refuses us, or is older than PostgreSQL 15.
    """
    engine = make_engine(url, pool_size=1, is_pooled=True)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS + 5), engine.connect() as connection:
            row = (await connection.execute(text(_PROBE))).one()
            raw = await connection.get_raw_connection()
            told = cast("AsyncConnection[Any]", raw.driver_connection).info.backend_pid
    except OperationalError as error:
        raise DatabaseError(f"Cannot connect to {_shown(url)}: {_reason(error)}") from None
    except TimeoutError:
        raise DatabaseError(f"Cannot connect to {_shown(url)}: no response.") from None
    finally:
        await engine.dispose()
    judge(url, row.version, row.bypasses)
    return told != row.process


_PROBE = """
select current_setting('server_version_num')::int / 10000 as version, rolsuper or rolbypassrls as bypasses,
    pg_backend_pid() as process
from pg_roles where rolname = current_user
"""


def judge(url: URL, version: int, bypasses: bool) -> None:
    """Refuses a server that is too old; warns of a role that row-level security does not bind."""
    if version < OLDEST_VERSION:
        raise DatabaseError(f"{_shown(url)} is PostgreSQL {version}; Dialboard requires {OLDEST_VERSION} or newer.")
    if bypasses:
        _log.warning(
            "the database role bypasses row-level security, which also separates projects; use an ordinary role",
            role=url.username,
        )


def _shown(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _reason(error: OperationalError) -> str:
    """The driver's own words on one line; it never repeats the password."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    return " ".join(lines)
