"""Global ids: the base64 of ``Type:number``, where the number is the row's ``databaseId``.

What is counted within something else has the numbers of that first: the third revision of dashboard 12 is
``DashboardRevision:12:3``.
"""

import base64
import binascii
import re
from dataclasses import dataclass

import strawberry

from graph.errors import ErrorCode, RequestError

_NUMBERS = {
    **dict.fromkeys(("Dashboard", "Widget", "Agent", "Metric", "CallLog", "ApiKey"), 1),
    **dict.fromkeys(("Project", "Organisation", "MetricEvaluation", "AuditEvent"), 1),
    "DashboardRevision": 2,  # its dashboard, its number
    "ViewerKey": 2,  # the organisation that it belongs to, or 0; its number
    "Viewer": 3,  # the project, and its key: 0 and 0 where it has none
}
"""How many numbers the ids of each type have."""

NODE_TYPES = tuple(_NUMBERS)
"""The types that have global ids."""

MAX_ROW_ID = 2**63 - 1
_PLAIN = re.compile(r"([A-Za-z]+)((?::[0-9]{1,19}){1,3})", re.ASCII)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class NodeId:
    """A decoded global id. ``within`` has the numbers of what the row is counted in, if it is."""

    type_name: str
    row_id: int
    within: tuple[int, ...] = ()


class InvalidIdError(RequestError):
    """An id that is malformed, or of another type than the one asked for."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(ErrorCode.INVALID_ID, message, allowed=list(allowed))
        self.allowed = allowed


def encode(type_name: str, *numbers: int) -> strawberry.ID:
    """The global id of a row: its number, after those of what it is counted in, if it is."""
    return strawberry.ID(base64.b64encode(":".join((type_name, *map(str, numbers))).encode()).decode())


def decode(global_id: str, allowed: tuple[str, ...] = NODE_TYPES) -> NodeId:
    """The type and row that a global id names. Whether the row exists is not looked at.

    Raises:
        InvalidIdError: it is no global id, or not one of the allowed types.
    """
    shown = repr(global_id if len(global_id) <= _SHOWN else f"{global_id[:_SHOWN]}…")
    types = " or ".join(allowed) if allowed != NODE_TYPES else "Dashboard, Widget or another in `allowed`"
    expected = f"Expected an ID of type {types}."
    try:
        plain = base64.b64decode(global_id, validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        plain = ""
    match = _PLAIN.fullmatch(plain)
    numbers = [int(number) for number in match[2].split(":")[1:]] if match else []
    if match is None or len(numbers) != _NUMBERS.get(match[1]) or max(numbers) > MAX_ROW_ID:
        raise InvalidIdError(f"{shown} is not a global ID. {expected}", allowed)
    if match[1] not in allowed:
        raise InvalidIdError(f"{shown} is an ID of type {match[1]}. {expected}", allowed)
    *within, row_id = numbers
    return NodeId(match[1], row_id, tuple(within))


def row_id(global_id: str, type_name: str) -> int:
    """The row that a global id of one type names.

    Raises:
        InvalidIdError: it is no global id of that type.
    """
    return decode(global_id, (type_name,)).row_id
