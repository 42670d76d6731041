"""The two roles: one migrates and owns the tables, the other serves and owns nothing."""

from dataclasses import dataclass

from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError

from models.signing import Signer
from server.owner import RoleError
from server.postgres import grants
from server.postgres.driver import blocking_engine
from server.postgres.migrate import upgrade


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database is, for each role.

    Attributes:
        serving: for requests.
        owner: for migrations and for what concerns all projects; None where this process does not know it.
        is_pooled: whether a connection pooler is in front of the database.
    """

    serving: URL
    owner: URL | None
    is_pooled: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database that is ready to be served.

    Attributes:
        revision: the version of its tables.
        key: the database's key, which only those can read who may read everything.
        signer: signs projects by it for the role that serves; None where that role owns the tables.
    """

    revision: str
    key: tuple[int, int]
    signer: Signer | None


_OWNS = "select pg_get_userbyid(proowner) = session_user from pg_proc where oid = 'dialboard_project()'::regprocedure"
_KEY = "select (select last_value from signing_key_1), (select last_value from signing_key_2)"
_TURN = "select pg_advisory_xact_lock(hashtext('dialboard grants'))"
"""Two servers that start at once would change the same rows of the catalog."""
_SET_KEY = "select setval('signing_key_1', :first), setval('signing_key_2', :second)"


def prepare(addresses: Addresses, key: tuple[int, int] | None = None) -> Prepared:
    """Migrates the tables, grants the role that serves what it needs, and gets the key that signs projects. Blocks.

    Args:
        key: the key to use, where it is given. The owner stores it; without the owner it has to be the stored one.

    Raises:
        RoleError: the role that serves does not own the tables, and neither the owner's address nor a key is given.
        server.postgres.migrate.MigrationError: the tables cannot be migrated.
    """
    revision = upgrade(addresses.owner or addresses.serving)
    if _owns(addresses.serving):
        return Prepared(revision, _stored_key(addresses.serving), None)
    if addresses.owner is not None:
        key = _grant(addresses.owner, addresses.serving, key)
        return Prepared(revision, key, Signer(key))
    if key is None:
        raise RoleError(
            f"The role {addresses.serving.username!r} does not own the tables. Set DIALBOARD_OWNER_DATABASE_URL to the "
            "address for the role that does, or DIALBOARD_SIGNING_KEY to the key that `dialboard migrate` stored."
        )
    return Prepared(revision, key, Signer(key))


def _owns(url: URL) -> bool:
    with blocking_engine(url).connect() as connection:
        return bool(connection.scalar(text(_OWNS)))


def _stored_key(url: URL) -> tuple[int, int]:
    with blocking_engine(url).connect() as connection:
        return connection.execute(text(_KEY)).one().tuple()


def _grant(owner: URL, serving: URL, key: tuple[int, int] | None) -> tuple[int, int]:
    try:
        # One connection after the other: a pooler may have no second one while the first is held.
        with blocking_engine(serving).connect() as connection:
            name = str(connection.scalar(text("select session_user")))
        with blocking_engine(owner).begin() as connection:
            connection.execute(text(_TURN))
            grants.apply(connection, name)
            stored: tuple[int, int] = connection.execute(text(_KEY)).one().tuple()
            if key is not None and key != stored:
                connection.execute(text(_SET_KEY), {"first": key[0], "second": key[1]})
            return key or stored
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise RoleError(f"Cannot grant the role {serving.username!r} what it needs: {reason}") from error
