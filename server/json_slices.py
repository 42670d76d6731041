"""Large JSON texts, read in slices: no step of it holds the interpreter for long, so that other threads go on.

The standard library reads a text in one call, during which nothing else of the process runs. Here it reads only objects
and arrays that are short; longer ones are opened here, and their members read one by one. The result is the same.
"""

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any, cast

SLICE = 32 * 1024
"""Characters of the longest object or array that is read at once."""

LARGE = 128 * 1024
"""Characters from which on a text is large enough to be read in slices, in a thread."""

MAX_CONTAINERS = 300_000
"""Objects and arrays of a text. Python looks through all of them when it collects garbage, in one step."""

_MAX_DEPTH = 200
"""Long objects and arrays inside one another; each costs a futile attempt to read it at once."""

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = r'(?:[-+.0-9eE]+|true|false|null|"[^"\\\x00-\x1f]*")[ \t\n\r]*'
_SEVERAL_ITEMS = re.compile(rf"(?:{_PLAIN},[ \t\n\r]*)+")
_SEVERAL_MEMBERS = re.compile(rf'(?:"[^"\\\x00-\x1f]*"[ \t\n\r]*:[ \t\n\r]*{_PLAIN},[ \t\n\r]*)+')
"""Items or members that hold nothing else, with the comma after each: what long objects and arrays mostly are."""


class TooManyValuesError(ValueError):
    """A text has more objects and arrays than are taken."""


class SlicedReader:
    """Reads one text.

    Args:
        decoder: reads what is short. Its ``parse_constant`` and limits hold for the whole text.
    """

    def __init__(self, text: str, decoder: JSONDecoder) -> None:
        self._text = text
        self._scan = cast("Any", decoder).scan_once
        self._window, self._window_at = "", 0

    def read(self) -> Any:
        """The value of the text.

        Raises:
            JSONDecodeError: it is not JSON.
            RecursionError: it is nested too deep.
            TooManyValuesError: it has too many objects and arrays.
        """
        if self._text.count("{") + self._text.count("[") > MAX_CONTAINERS:
            raise TooManyValuesError
        value, end = self._value(self._after_space(0), 0)
        end = self._after_space(end)
        if end != len(self._text):
            raise JSONDecodeError("Extra data", self._text, end)
        return value

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        opened = self._text[at : at + 1]
        if opened not in ("{", "["):
            return self._at_once(at)
        found = self._short(at)
        if found is not None:
            return found
        if depth == _MAX_DEPTH:
            raise RecursionError
        return self._members(at, depth) if opened == "{" else self._items(at, depth)

    def _at_once(self, at: int) -> tuple[Any, int]:
        try:
            return self._scan(self._text, at)
        except StopIteration as error:
            raise JSONDecodeError("Expecting value", self._text, error.value) from None

    def _short(self, at: int) -> tuple[Any, int] | None:
        """An object or array that ends within a slice; None for a longer one, and for one with a fault."""
        for is_new in (False, True):
            start = at - self._window_at
            if is_new or not 0 <= start < len(self._window):
                self._window, self._window_at, start = self._text[at : at + SLICE], at, 0
            try:
                value, end = self._scan(self._window, start)
            except (JSONDecodeError, StopIteration):
                if start == 0:
                    return None
            else:
                return value, self._window_at + end
        return None

    def _items(self, at: int, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = self._after_space(at + 1)
        if self._text[at : at + 1] == "]":
            return items, at + 1
        while True:
            if (several := self._several(_SEVERAL_ITEMS, at, "[]")) is not None:
                items += several[0]
                at = several[1]
            value, at = self._value(at, depth + 1)
            items.append(value)
            at = self._after_space(at)
            match self._text[at : at + 1]:
                case ",":
                    at = self._after_space(at + 1)
                case "]":
                    return items, at + 1
                case _:
                    raise JSONDecodeError("Expecting ',' delimiter", self._text, at)

    def _members(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        members: dict[str, Any] = {}
        at = self._after_space(at + 1)
        if self._text[at : at + 1] == "}":
            return members, at + 1
        while True:
            if (several := self._several(_SEVERAL_MEMBERS, at, "{}")) is not None:
                members |= several[0]
                at = several[1]
            if self._text[at : at + 1] != '"':
                raise JSONDecodeError("Expecting property name enclosed in double quotes", self._text, at)
            key, at = self._at_once(at)
            at = self._after_space(at)
            if self._text[at : at + 1] != ":":
                raise JSONDecodeError("Expecting ':' delimiter", self._text, at)
            members[key], at = self._value(self._after_space(at + 1), depth + 1)
            at = self._after_space(at)
            match self._text[at : at + 1]:
                case ",":
                    at = self._after_space(at + 1)
                case "}":
                    return members, at + 1
                case _:
                    raise JSONDecodeError("Expecting ',' delimiter", self._text, at)

    def _several(self, plain: re.Pattern[str], at: int, brackets: str) -> tuple[Any, int] | None:
        """The plain items or members from a place on, as far as a slice reaches, and the place after their commas."""
        match = plain.match(self._text, at, at + SLICE)
        if match is None:
            return None
        try:
            found, _ = self._scan(f"{brackets[0]}{match[0].rstrip()[:-1]}{brackets[1]}", 0)
        except (JSONDecodeError, StopIteration):
            return None
        return found, self._after_space(match.end())

    def _after_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at
