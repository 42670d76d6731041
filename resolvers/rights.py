"""What the request's key may do."""

from dataclasses import dataclass

from models import Role


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of a request: the role of its key."""

    role: Role


OWNER = Rights(Role.ADMIN)
"""The rights of commands, whose user has the database itself."""
