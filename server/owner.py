"""The role that owns the tables, for what concerns all projects."""

from sqlalchemy.ext.asyncio import AsyncEngine

from models.signing import serving
from server.user_error import UserError


class RoleError(UserError):
    """A role cannot do what it is there for; the message says which setting would help."""


def owner_of(engine: AsyncEngine) -> AsyncEngine:
    """An engine of the role that owns the tables, for what concerns all projects.

    Raises:
        RoleError: this process does not know that role's address.
    """
    role = serving(engine)
    if role is None:
        return engine
    if role.owner is None:
        raise RoleError("This needs the role that owns the tables: set DIALBOARD_OWNER_DATABASE_URL to its address.")
    return role.owner
