"""What is wrong with a filter: faults with a code, a sentence, and a JSON pointer to the place."""

import json
from dataclasses import dataclass
from enum import StrEnum

ECHO_LENGTH = 80
MAX_FAULTS = 100


class FaultCode(StrEnum):
    """Kinds of fault. The codes are part of the API; the sentences are not."""

    INVALID_SHAPE = "INVALID_SHAPE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    UNKNOWN_OPERATOR = "UNKNOWN_OPERATOR"
    WRONG_OPERATOR = "WRONG_OPERATOR"
    WRONG_TYPE = "WRONG_TYPE"
    INVALID_VALUE = "INVALID_VALUE"
    INVALID_REGEX = "INVALID_REGEX"
    MASKED_FIELD = "MASKED_FIELD"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"


FAULT_MEANINGS = {
    FaultCode.INVALID_SHAPE: "A condition or group is not built as it has to be, such as a list instead of an object.",
    FaultCode.UNKNOWN_KEY: "A condition or group has a key that is not allowed there.",
    FaultCode.UNKNOWN_FIELD: "The field does not exist.",
    FaultCode.UNKNOWN_OPERATOR: "The operator does not exist.",
    FaultCode.WRONG_OPERATOR: "The operator cannot be used with fields of this type, or not in this group.",
    FaultCode.WRONG_TYPE: "The value is of another type than the field.",
    FaultCode.INVALID_VALUE: "The value is of the right type, but not one that is allowed.",
    FaultCode.INVALID_REGEX: "The regular expression is too long, has a back-reference, or is not valid in PostgreSQL.",
    FaultCode.MASKED_FIELD: "The field is masked for the API key.",
    FaultCode.LIMIT_EXCEEDED: "The filter is too deep, too long, or has too many conditions, values or faults.",
}
"""What each code means, in one sentence; the documentation has them."""


@dataclass(frozen=True)
class FilterFault:
    """One fault of a filter.

    Args:
        code: a ``FaultCode``.
        message: a full sentence for people; text of the user's in it is cut to 80 characters.
        path: RFC 6901 JSON pointer into the filter; ``""`` is its root.
        allowed: what may stand there, when that is a closed set.
        suggestion: the name that was probably meant.
    """

    code: str
    message: str
    path: str
    allowed: tuple[str, ...] = ()
    suggestion: str | None = None


class FilterError(Exception):
    """A filter that cannot be used, with all its faults."""

    def __init__(self, faults: tuple[FilterFault, ...]) -> None:
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.message}" for fault in faults))
        self.faults = faults


class Faults:
    """Collects the faults of one filter, at most ``MAX_FAULTS`` of them; further ones are only counted."""

    def __init__(self) -> None:
        self._found: list[FilterFault] = []
        self._further = 0

    def add(self, *faults: FilterFault) -> None:
        for fault in faults:
            if len(self._found) < MAX_FAULTS:
                self._found.append(fault)
            else:
                self._further += 1

    def raise_if_any(self) -> None:
        """Raises ``FilterError`` when a fault was found."""
        if self._further:
            message = f"{self._further} more errors were found; at most {MAX_FAULTS} are listed."
            raise FilterError((*self._found, FilterFault(FaultCode.LIMIT_EXCEEDED, message, "")))
        if self._found:
            raise FilterError(tuple(self._found))


def fault(
    code: FaultCode, message: str, path: str, *, allowed: tuple[str, ...] = (), suggestion: str | None = None
) -> FilterFault:
    """A fault whose sentence also lists what is allowed and asks ``Did you mean ...?`` when there is a suggestion."""
    if allowed:
        message = f"{message} Allowed here: {', '.join(allowed)}."
    if suggestion is not None:
        message = f'{message} Did you mean "{suggestion}"?'
    return FilterFault(code, message, path, allowed, suggestion)


def echo(value: object) -> str:
    """The user's value as JSON writes it, safe to show: cut to 80 characters, storable as UTF-8."""
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return f'"{_printable(value)}"'
        case int():
            # int to str is quadratic, and refused beyond 4,300 digits.
            return str(value) if value.bit_length() <= 256 else f"a number with {value.bit_length()} bits"
        case float():
            return repr(value)
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def pointer(path: str, token: str | int) -> str:
    """``path`` one step further, by RFC 6901. An overlong key is not followed: the pointer stays at its object."""
    text = str(token)
    if len(text) > ECHO_LENGTH:
        return path
    escaped = text.encode("utf-8", "backslashreplace").decode().replace("~", "~0").replace("/", "~1")
    return f"{path}/{escaped}"


def _printable(text: str) -> str:
    cut = text if len(text) <= ECHO_LENGTH else text[: ECHO_LENGTH - 1] + "…"
    return json.dumps(cut, ensure_ascii=False)[1:-1].encode("utf-8", "backslashreplace").decode()
