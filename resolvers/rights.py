"""What the request's key may do."""

from dataclasses import dataclass

from filters import NOTHING_MASKED, MaskedFields
from models import Role
from models.call_fields import MASKABLE


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of a request.

    Attributes:
        role: of its key.
        can_introspect: whether it may read the schema, and is told near names of fields that do not exist.
        masked: the fields of calls whose values it must not find out.
    """

    role: Role
    can_introspect: bool = True
    masked: MaskedFields = NOTHING_MASKED


OWNER = Rights(Role.ADMIN)
"""The rights of commands, whose user has the database itself."""

SEES_NUMBERS = frozenset({Role.ANALYST, Role.ADMIN})
"""The roles that customers' numbers are never masked for: those that can change what they see."""


def rights_of(role: Role, *, mask_customer_numbers: bool) -> Rights:
    """The rights of a key in a project that masks customers' numbers, or one that does not."""
    is_masked = mask_customer_numbers and role not in SEES_NUMBERS
    return Rights(role, masked=MaskedFields(MASKABLE) if is_masked else NOTHING_MASKED)
