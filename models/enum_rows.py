"""Tables with exactly one row for each member of an enum."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TypeVar

Member = TypeVar("Member", bound=Enum)
Row = TypeVar("Row")


def one_row_each(
    members: type[Member], rows: Iterable[Row], member_of: Callable[[Row], Member], table: str
) -> dict[Member, Row]:
    """The rows by member, in the order of the enum.

    Args:
        table: the module that has the rows, for the message.

    Raises:
        LookupError: a member has no row, or two.
    """
    found: dict[Member, list[Row]] = {member: [] for member in members}
    for row in rows:
        found[member_of(row)].append(row)
    wrong = [member.name for member, own in found.items() if len(own) != 1]
    if wrong:
        raise LookupError(f"Not exactly one row of {table} for: {', '.join(wrong)}.")
    return {member: row for member, (row,) in found.items()}
