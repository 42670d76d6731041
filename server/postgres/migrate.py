"""Brings a database to the newest version of the tables."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

import migrations
from server.postgres.driver import blocking_engine
from server.user_error import UserError

_one_at_a_time = threading.Lock()
"""Alembic keeps its state in a module, so that two threads of a process must take turns."""


class MigrationError(UserError):
    """The tables cannot be brought to the newest version; the message says why."""


def alembic_config() -> Config:
    """The settings that Alembic runs the migrations by."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config


def head() -> str:
    """The revision that this version of the program works with."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert revision is not None
    return revision


def current(connection: Connection) -> str | None:
    """The revision a database is at; None where nothing was migrated yet."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: URL) -> str:
    """Migrates to the newest revision and returns it. Safe to call from several servers at once; blocks meanwhile.

    Raises:
        MigrationError: the role may not make tables, or a newer version of the program made them already.
    """
    engine = blocking_engine(url)
    config = alembic_config()
    with _one_at_a_time, engine.connect() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except (CommandError, SQLAlchemyError) as error:
            raise MigrationError(f"Cannot migrate the tables to version {head()}: {_reason(error)}") from error
    return head()


def _reason(error: CommandError | SQLAlchemyError) -> str:
    """The first line of what was wrong, without the SQL."""
    if isinstance(error, CommandError):
        return f"they were created by a newer version of Dialboard ({error})"
    words = str(error.orig if isinstance(error, DBAPIError) else error)
    return words.strip().splitlines()[0]
