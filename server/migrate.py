"""Brings a database to the newest version of the tables."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, create_engine

import migrations

_one_at_a_time = threading.Lock()
"""Alembic keeps its state in a module, so that two threads of a process must take turns."""

DRIVER = "postgresql+psycopg"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config


def head() -> str:
    """The revision that this version of the program works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def current(connection: Connection) -> str | None:
    """The revision a database is at; None where nothing was migrated yet."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: URL) -> str:
    """Migrates to the newest revision and returns it. Safe to call from several servers at once; blocks meanwhile.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = create_engine(url.set(drivername=DRIVER), poolclass=NullPool)
    config = _config()
    with _one_at_a_time, engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head()
