"""What the request's key may do."""

from dataclasses import dataclass

from models import Role


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of a request.

    Attributes:
        role: of its key.
        can_introspect: whether it may read the schema, and is told near names of fields that do not exist.
    """

    role: Role
    can_introspect: bool = True


OWNER = Rights(Role.ADMIN)
"""The rights of commands, whose user has the database itself."""
