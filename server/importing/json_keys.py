"""Keys that stand in a JSON object twice: parsers take the last one without a word, and the first value is lost."""

import json
from typing import Any, cast

from models.call_faults import shown

Pairs = list[tuple[str, Any]]


class RepeatedKeyError(ValueError):
    """A key stands in an object twice."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {shown(key)} stands in one object twice")
        self.key = key

    def column(self, text: str, start: int = 0) -> int:
        """How many characters behind the start of the object, in a text, it stands the second time."""
        for written in (json.dumps(self.key), json.dumps(self.key, ensure_ascii=False)):
            first = text.find(written, start)
            if first >= 0:
                second = text.find(written, first + 1)
                return (second if second >= 0 else first) - start
        return 0


def members(pairs: Pairs) -> dict[str, Any]:
    """The object with these members.

    Raises:
        RepeatedKeyError: it has one of them twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise RepeatedKeyError(key)
            seen.add(key)
    return found


def check_keys(content: bytes, value: object) -> None:
    """Checks the keys of a JSON text on one line, which has this value.

    Raises:
        RepeatedKeyError: one of its objects has a key twice.
    """
    ends = content.count(b'":')
    if (_count_above(value) == ends or _count(value) == ends) and b'" :' not in content and b'"\t:' not in content:
        return
    try:
        json.loads(content, object_pairs_hook=members)
    except RepeatedKeyError:
        raise
    except (ValueError, RecursionError):  # what Python's parser refuses and the other does not is told elsewhere
        return


def _count_above(value: object) -> int:
    """How many members an object and those in it have, which are all that most calls have."""
    if type(value) is not dict:
        return 0
    inner = cast("dict[str, object]", value)
    count = len(inner)
    for one in inner.values():
        if type(one) is dict:
            count += len(cast("dict[str, object]", one))
        elif type(one) is list:
            for item in cast("list[object]", one):
                if type(item) is dict:
                    count += len(cast("dict[str, object]", item))
    return count


def _count(value: object) -> int:
    """How many members all objects of a value have."""
    if type(value) is dict:
        inner = cast("dict[str, object]", value)
        return len(inner) + sum(_count(one) for one in inner.values())
    if type(value) is list:
        return sum(_count(one) for one in cast("list[object]", value))
    return 0
