"""JSON from outside, read strictly: no number is changed on the way, and none is taken that JSON does not have."""

import asyncio
import json
from typing import Any, NoReturn

import orjson

from server.json_slices import LARGE, MAX_CONTAINERS, SlicedReader, TooManyValuesError


class WrongJsonError(ValueError):
    """A text is not JSON, or not such as can be taken. Its text says what the JSON is, with the place where there is
    one: "is not JSON: ... at line 1 column 2".
    """


def read_json(text: str) -> Any:
    """The value of a JSON text. Integers have all their digits; a fraction that no float can hold is infinite.

    Raises:
        WrongJsonError: there is none.
    """
    # Not by orjson: it takes integers beyond 64 bits for fractions.
    try:
        if len(text) < LARGE:
            return _STRICT.decode(text)
        return SlicedReader(text, _STRICT).read()
    except json.JSONDecodeError as error:
        raise WrongJsonError(f"is not valid JSON: {error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise WrongJsonError("is nested too deeply") from error
    except _ConstantError as error:
        raise WrongJsonError(
            f"is not valid JSON: {error} is not a valid number{_place_of(str(error), text)}"
        ) from error
    except TooManyValuesError as error:
        raise WrongJsonError(f"has more than {MAX_CONTAINERS:,} objects and arrays") from error
    except ValueError as error:
        raise WrongJsonError("has a number with too many digits") from error


async def read_json_beside(text: str) -> Any:
    """The same without holding the event loop: a large text is read in a thread."""
    return read_json(text) if len(text) < LARGE else await asyncio.to_thread(read_json, text)


class _ConstantError(Exception):
    """A word that Python takes for a number and JSON does not have."""


def _refuse(name: str) -> NoReturn:
    raise _ConstantError(name)


_STRICT = json.JSONDecoder(parse_constant=_refuse)


def _place_of(name: str, text: str) -> str:
    """Where the word stands: where a strict reader stops, unless something else stopped it before."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text.startswith(name, error.pos):
            return f" at line {error.lineno} column {error.colno}"
    return ""
