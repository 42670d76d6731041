"""Global ids: the base64 of ``Type:number``, where the number is the row's ``databaseId``."""

import base64
import binascii
import re
from dataclasses import dataclass

import strawberry

from graph.errors import ErrorCode, RequestError

NODE_TYPES = ("Dashboard", "Widget", "Agent", "Metric", "CallLog", "ApiKey")
"""The types that have global ids."""

MAX_ROW_ID = 2**63 - 1
_PLAIN = re.compile(r"([A-Za-z]+):([0-9]{1,19})", re.ASCII)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class NodeId:
    """A decoded global id."""

    type_name: str
    row_id: int


class InvalidIdError(RequestError):
    """An id that is malformed, or of another type than the one asked for."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(ErrorCode.INVALID_ID, message, allowed=list(allowed))
        self.allowed = allowed


def encode(type_name: str, row_id: int) -> strawberry.ID:
    """The global id of a row."""
    return strawberry.ID(base64.b64encode(f"{type_name}:{row_id}".encode()).decode())


def decode(global_id: str, allowed: tuple[str, ...] = NODE_TYPES) -> NodeId:
    """The type and row that a global id names. Whether the row exists is not looked at.

    Raises:
        InvalidIdError: it is no global id, or not one of the allowed types.
    """
    shown = repr(global_id if len(global_id) <= _SHOWN else f"{global_id[:_SHOWN]}…")
    expected = " or ".join(allowed)
    try:
        plain = base64.b64decode(global_id, validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        plain = ""
    match = _PLAIN.fullmatch(plain)
    if match is None or match[1] not in NODE_TYPES or int(match[2]) > MAX_ROW_ID:
        raise InvalidIdError(f"{shown} is not a global ID. Expected an ID of type {expected}.", allowed)
    if match[1] not in allowed:
        raise InvalidIdError(f"{shown} is an ID of type {match[1]}. Expected an ID of type {expected}.", allowed)
    return NodeId(match[1], int(match[2]))


def row_id(global_id: str, type_name: str) -> int:
    """The row that a global id of one type names.

    Raises:
        InvalidIdError: it is no global id of that type.
    """
    return decode(global_id, (type_name,)).row_id
