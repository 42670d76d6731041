"""Where in the text of a JSON document a value stands."""

import re
from json import JSONDecoder

_decode = JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\r\n]*")


def column_of(text: str, pointer: str) -> int:
    """The column, from 1, of the value at a JSON pointer; of the innermost value that exists on the way to it."""
    start = _after_space(text, 0)
    try:
        for token in pointer.split("/")[1:]:
            found = _member(text, start, token.replace("~1", "/").replace("~0", "~"))
            if found is None:
                break
            start = found
    except (ValueError, RecursionError, IndexError):
        pass
    return start + 1


def _member(text: str, start: int, token: str) -> int | None:
    if text[start] not in "{[":
        return None
    found: int | None = None
    at = _after_space(text, start + 1)
    place = 0
    while text[at] not in "}]":
        key = str(place)
        if text[start] == "{":
            key, end = _decode(text, at)
            at = _after_space(text, _after_space(text, end) + 1)
        if key == token:
            found = at  # of a repeated key the last counts, as it does to the parser
        _, end = _decode(text, at)
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
        place += 1
    return found


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
