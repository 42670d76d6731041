"""Checks of the single values of a call. Each returns the value as it is stored.

Raises:
    Refused: for a value that may not stand there.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from models.call_faults import CallFault, Refused, faults_of, pointer_token, refuse, shown
from models.json_numbers import wrong_numbers

NAME_LIMIT = 255
"""Most characters of a call id, an agent, a metric, an enum value or a metadata key: these are looked up by index."""
TEXT_LIMIT = 1_000
"""Most characters of another string; as many as a filter can compare with."""
METADATA_LIMIT = 64 * 1024
"""Most bytes of a call's metadata as JSON."""

Check = Callable[[object], Any]
"""Takes a value as it was given and returns it as it is stored.

Raises:
    Refused: for a value that may not stand there.
"""


def string_form(shortest: int, longest: int) -> str:
    """What a string of so many characters is called."""
    return f"a string of {f'{shortest} to' if shortest else 'at most'} {longest:,} characters"


def number_form(least: float | None, unit: str | None) -> str:
    """What a number is called that is not below ``least``."""
    what = f"a number of {unit}" if unit else "a finite number"
    return what if least is None else f"{what}, {least:g} or more"


NAME_FORM = string_form(1, NAME_LIMIT)
TIMESTAMP_FORM = "an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z"
RFC_3339_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
"""A time with an offset, as far as its form goes: the day may not exist."""


def _plain_text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise refuse(f"{shown(value)} is not a string", f"a string of at most {longest:,} characters")
    if len(value) > longest:
        raise refuse(f"a string of {len(value):,} characters is too long", f"at most {longest:,} characters")
    if "\0" in value:
        raise refuse("the string contains a NUL character", "any characters but NUL")
    if not value.isascii() and not _is_unicode(value):
        raise refuse("the string is not valid Unicode (UTF-8)", "text in UTF-8")
    return value


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_plain(value: object, longest: int) -> bool:
    """Whether a value is a string with nothing to say against it; the quick answer for nearly all of them."""
    return type(value) is str and 0 < len(value) <= longest and value.isascii() and "\0" not in value


def check_storable(value: object, longest: int) -> str:
    """A string of at most so many characters."""
    return cast("str", value) if _is_plain(value, longest) else _plain_text(value, longest)


def string_of(shortest: int, longest: int) -> Callable[[object], str]:
    """The check of strings of so many characters; of at least one where any are needed."""

    def check(value: object) -> str:
        if _is_plain(value, longest) and (shortest <= 1 or len(cast("str", value)) >= shortest):
            return cast("str", value)
        text = _plain_text(value, longest)
        if len(text) < shortest:
            message = f"a string of {len(text)} characters is too short" if text else "the string is empty"
            raise refuse(message, string_form(shortest, longest))
        return text

    return check


check_text = string_of(0, TEXT_LIMIT)
check_name = string_of(1, NAME_LIMIT)


def check_number(value: object) -> float:
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise refuse(f"{shown(value)} is not a finite number", "a finite number")


def number_of(least: float | None, unit: str | None) -> Callable[[object], float]:
    """The check of finite numbers that are not below ``least``."""

    def check(value: object) -> float:
        number = check_number(value)
        if least is not None and number < least:
            message = "negative" if least == 0 else f"below {least:g}"
            raise refuse(f"{shown(value)} is {message}", number_form(least, unit))
        return number

    return check


check_seconds = number_of(0, "seconds")


def check_rating(value: object) -> float:
    rating = check_number(value)
    if not 0 <= rating <= 5:
        raise refuse(f"the rating {shown(value)} is out of range", "a number from 0 to 5")
    return rating


def check_boolean(value: object) -> bool:
    if value is True or value is False:
        return value
    raise refuse(f"{shown(value)} is not a boolean", "true or false")


def check_timestamp(value: object) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and RFC_3339_TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError as error:
            raise refuse(f"{shown(value)} is not a valid time: {error}", TIMESTAMP_FORM) from None
    else:
        raise refuse(f"{shown(value)} is not a time with an offset", TIMESTAMP_FORM)
    if moment.utcoffset() is None:
        raise refuse("the time has no offset from UTC", TIMESTAMP_FORM)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise refuse(f"{shown(value)} is out of range", "a time in the years 1 to 9999 UTC") from None


def check_metadata(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise refuse(f"{shown(value)} is not an object", "a JSON object")
    metadata = cast("Mapping[str, Any]", value)
    odd = [key for key in metadata if not _is_plain(key, NAME_LIMIT)]
    if faults := [fault for key in odd for fault in faults_of(check_name, key, f"/{pointer_token(str(key))}")]:
        raise Refused(*faults)
    try:
        encoded = orjson.dumps(metadata)
    except (TypeError, orjson.JSONEncodeError) as error:
        _check_numbers(metadata)
        raise refuse(f"the metadata cannot be written as JSON: {error}", "JSON values") from None
    if b"null" in encoded:  # which is how infinite numbers are written, too
        _check_numbers(metadata)
    if len(encoded) > METADATA_LIMIT:
        raise refuse(f"{len(encoded):,} bytes of metadata are too many", f"at most {METADATA_LIMIT:,} bytes as JSON")
    if b"\\u0000" in encoded and _holds_nul(metadata):
        raise refuse("the metadata contains a NUL character", "any characters but NUL")
    return metadata


def _check_numbers(metadata: Mapping[str, Any]) -> None:
    if faults := [
        CallFault(path, fault, "finite numbers; integers of 64 bits") for path, fault in wrong_numbers(metadata)
    ]:
        raise Refused(*faults)


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in cast("Mapping[object, object]", value).items())
    return isinstance(value, list) and any(_holds_nul(item) for item in cast("list[object]", value))
