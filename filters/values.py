"""The value of a condition -> a value of the field's type, or the fault that it is none."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from filters.faults import FaultCode, FilterError, echo, fault
from filters.fields import DecodeGlobalId, Field
from filters.metadata_names import METADATA, UNSTORABLE
from filters.operators import DYNAMIC_TYPES, MAX_REGEX, OPERATORS, Op, operators_of
from filters.relative_time import resolve
from filters.selections import Matching
from filters.value_types import FieldType, Scalar

_BACK_REFERENCE = re.compile(r"\\(?:[1-9]|.)", re.DOTALL)
_BIGINT = range(-(2**63), 2**63)
_JSON_INTEGERS = range(-(2**63), 2**64)

_WORDS = {
    FieldType.STRING: "a string",
    FieldType.NUMBER: "a number",
    FieldType.INTEGER: "a whole number or a global id",
    FieldType.BOOLEAN: "true or false",
    FieldType.DATETIME: "a time as a string",
}


class Reading(NamedTuple):
    """What a value is read for: the condition's field and operator, and the request's clock."""

    field: Field
    op: Op
    now: datetime
    zone: ZoneInfo
    first_weekday: int
    decode_global_id: DecodeGlobalId


def refuse(code: FaultCode, message: str, path: str, allowed: tuple[str, ...] = ()) -> NoReturn:
    raise FilterError((fault(code, message, path, allowed=allowed),))


def type_for(field: Field, op: Op, sample: object, path: str) -> FieldType:
    """The type that a condition compares in: the field's, or for a dynamic field that of the ``sample`` value.

    Raises:
        FilterError: no such value can stand with this operator.
    """
    if field.data_type is not FieldType.DYNAMIC:
        return field.data_type
    possible = tuple(kind for kind in DYNAMIC_TYPES if op in operators_of(kind))
    kind = _type_of(sample)
    if kind is not None and kind in possible:
        return kind
    words = " or ".join(_WORDS[kind] for kind in possible)
    return refuse(FaultCode.WRONG_TYPE, f"{_subject(field, op)} takes {words}, not {_given(sample)}", path, possible)


def read(reading: Reading, kind: FieldType, value: object, path: str) -> Scalar:
    """``value`` as one of type ``kind``.

    Raises:
        FilterError: with the one fault of the value.
    """
    found = _READERS[kind](reading, value, path)
    choices, operator = reading.field.choices, OPERATORS[reading.op]
    if choices and found not in choices and not isinstance(operator.selects, Matching):
        shown = tuple(map(str, choices))
        allowed = ", ".join(shown) if isinstance(choices[0], str) else f"whole numbers from {shown[0]} to {shown[-1]}"
        message = f"{echo(value)} is not a value of {reading.field.name}. Allowed here: {allowed}."
        refuse(FaultCode.INVALID_VALUE, message, path, shown)
    return found


def read_flag(field: Field, op: Op, value: object, path: str) -> bool:
    """The value of ``isnull``."""
    if not isinstance(value, bool):
        message = f"{_subject(field, op)} takes true or false, not {'null.' if value is None else _given(value)}"
        refuse(FaultCode.WRONG_TYPE, message, path, ("true", "false"))
    return value


def _type_of(value: object) -> FieldType | None:
    match value:
        case bool():
            return FieldType.BOOLEAN
        case int() | float():
            return FieldType.NUMBER
        case str():
            return FieldType.STRING
        case _:
            return None


def _subject(field: Field, op: Op) -> str:
    return f'The operator "{op}" on {echo(field.name)[1:-1]}'


def _given(value: object) -> str:
    """The value, with the hint that belongs to it; ends the sentence."""
    if value is None:
        return 'null; use the operator "isnull" to ask for fields without a value.'
    kind = _type_of(value)
    return f"the {kind} {echo(value)}." if kind else f"{echo(value)}."


def _wrong_type(reading: Reading, kind: FieldType, value: object, path: str) -> NoReturn:
    message = f"{_subject(reading.field, reading.op)} takes {_WORDS[kind]}, not {_given(value)}"
    refuse(FaultCode.WRONG_TYPE, message, path)


def _text(text: str, path: str) -> str:
    unstorable = UNSTORABLE.search(text)
    if unstorable is not None:
        what = "the character U+0000" if unstorable[0] == "\0" else "an unpaired surrogate"
        refuse(FaultCode.INVALID_VALUE, f"The string {echo(text)} contains {what}, which cannot be stored.", path)
    return text


def _string(reading: Reading, value: object, path: str) -> str:
    match value:
        case str() if reading.op is Op.REGEX:
            return _regex(_text(value, path), path)
        case str():
            return _text(value, path)
        case bool() | int() | float() if reading.field.name.startswith(METADATA) and reading.op is not Op.REGEX:
            return _json_text(value, path)
        case _:
            _wrong_type(reading, FieldType.STRING, value, path)


def _json_text(value: bool | float, path: str) -> str:
    """A number or boolean as jsonb writes it: numbers without exponent, with the decimals that JSON wrote (``1.0``)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(_of_64_bits(value, path))
    text = format(Decimal(repr(_finite(value, path))), "f")
    return "0.0" if text == "-0.0" else text


def _regex(pattern: str, path: str) -> str:
    if len(pattern) > MAX_REGEX:
        message = f"A regular expression can have at most {MAX_REGEX} characters; this one has {len(pattern)}."
        refuse(FaultCode.LIMIT_EXCEEDED, message, path)
    for escape in _BACK_REFERENCE.findall(pattern):
        if escape[1] in "123456789":
            refuse(FaultCode.INVALID_REGEX, f"Back-references ({escape}) are not supported in {echo(pattern)}.", path)
    return pattern


def _finite(value: float, path: str) -> float:
    if not math.isfinite(value):
        refuse(FaultCode.INVALID_VALUE, f"The number {echo(value)} is not finite, so no field can have it.", path)
    return value


def _of_64_bits(value: int, path: str) -> int:
    if value not in _JSON_INTEGERS:
        refuse(
            FaultCode.INVALID_VALUE,
            f"The number {echo(value)} is out of range: integers can have at most 64 bits.",
            path,
        )
    return value


def _number(reading: Reading, value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _wrong_type(reading, FieldType.NUMBER, value, path)
    return float(_of_64_bits(value, path) if isinstance(value, int) else _finite(value, path))


def _integer(reading: Reading, value: object, path: str) -> int:
    match value:
        case str():
            return _global_id(reading, value, path)
        case int() | float() if not isinstance(value, bool):
            if not _finite_or_int(value, path) or int(value) != value:
                _wrong_type(reading, FieldType.INTEGER, value, path)
            if int(value) not in _BIGINT:
                refuse(FaultCode.INVALID_VALUE, f"The number {echo(value)} is outside the range of row ids.", path)
            return int(value)
        case _:
            _wrong_type(reading, FieldType.INTEGER, value, path)


def _finite_or_int(value: float, path: str) -> bool:
    return isinstance(value, int) or math.isfinite(_finite(value, path))


def _global_id(reading: Reading, value: str, path: str) -> int:
    expected = reading.field.node_type
    decoded = reading.decode_global_id(value)
    if decoded is None or expected is None:
        _wrong_type(reading, FieldType.INTEGER, value, path)
    name, number = decoded
    if name != expected:
        message = (
            f"{_subject(reading.field, reading.op)} takes an id of type {expected}; {echo(value)} has the type {name}."
        )
        refuse(FaultCode.INVALID_VALUE, message, path, (expected,))
    if number not in _BIGINT:
        refuse(FaultCode.INVALID_VALUE, f"The id {echo(value)} is outside the range of row ids.", path)
    return number


def _boolean(reading: Reading, value: object, path: str) -> bool:
    if not isinstance(value, bool):
        _wrong_type(reading, FieldType.BOOLEAN, value, path)
    return value


def _datetime(reading: Reading, value: object, path: str) -> Scalar:
    if not isinstance(value, str):
        _wrong_type(reading, FieldType.DATETIME, value, path)
    try:
        return resolve(value, now=reading.now, zone=reading.zone, first_weekday=reading.first_weekday)
    except ValueError as error:
        refuse(FaultCode.INVALID_VALUE, str(error), path)


_READERS: dict[FieldType, Callable[[Reading, object, str], Scalar]] = {
    FieldType.STRING: _string,
    FieldType.NUMBER: _number,
    FieldType.INTEGER: _integer,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATETIME: _datetime,
}
