"""Alembic's entry: runs the revisions on the connection handed over, else (``alembic`` command) on ``DATABASE_URL``.

Everything happens in one transaction that holds an advisory lock from its start, so of two servers that start
at once one migrates and the other waits, then finds nothing left to do.
"""

import os

from alembic import context
from sqlalchemy import Connection, create_engine, make_url, text

from models import Base

LOCK_KEY = 0x64_69_61_6C_62
"""Key of the advisory lock: "dialb" in ASCII."""


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        context.run_migrations()


def _run() -> None:
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        _migrate(given)
        return
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("Set DATABASE_URL to the database that the alembic command shall work on.")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), connect_args={"prepare_threshold": None})
    with engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


_run()
