"""JSON from outside, read strictly: no number is changed on the way, and none is taken that JSON does not have."""

import json
from typing import Any, NoReturn

import orjson


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
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise WrongJsonError(f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise WrongJsonError("is nested too deep") from error
    except _ConstantError as error:
        raise WrongJsonError(f"is not JSON: it has no number {error}{_place_of(str(error), text)}") from error
    except ValueError as error:
        raise WrongJsonError("has a number with too many digits") from error


class _ConstantError(Exception):
    """A word that Python takes for a number and JSON does not have."""


def _refuse(name: str) -> NoReturn:
    raise _ConstantError(name)


def _place_of(name: str, text: str) -> str:
    """Where the word stands: where a strict reader stops, unless something else stopped it before."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text.startswith(name, error.pos):
            return f" at line {error.lineno} column {error.colno}"
    return ""
