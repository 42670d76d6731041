"""What a text of JSON is: lines of objects, objects that follow each other, a list, or a document with a list in it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, cast

from server.importing.json_text import decode
from server.importing.outcome import ImportFailure, ImportFormat


class Likeness(IntEnum):
    """How far an object is a call."""

    NONE = 0
    IN_PART = 1
    CALL = 2


Judge = Callable[[dict[str, Any]], Likeness]
"""Tells whether an object is a call: nothing is wrong with what it becomes; or in part: it has an id at least."""

_MOST_LEVELS = 5
_SPACE = re.compile(r"[ \t\r\n]*+")
_BETWEEN = re.compile(r"[ \t\r\n,\x1e]*+")


@dataclass(frozen=True, slots=True)
class JsonShape:
    """A format, and for a document the keys on the way to its list."""

    format: Literal[ImportFormat.JSONL, ImportFormat.JSON]
    path: tuple[str, ...] = ()
    words: str = "JSON lines"


@dataclass(frozen=True, slots=True)
class _List:
    path: tuple[str, ...]
    first: object
    """Its first value; None where it is empty or goes beyond the text."""


class _EndOfText(Exception):
    def __init__(self, found: list[_List]) -> None:
        super().__init__()
        self.found = found


def json_shape(head: str, *, is_all: bool, judge: Judge) -> JsonShape:
    """What the text is, by its beginning.

    Args:
        head: the beginning, or all of it.
        is_all: whether it is all.
        judge: tells calls from documents that have calls in them.

    Raises:
        ImportFailure: it is not JSON, or it is a document in which several lists may be the calls.
    """
    start = _after(_BETWEEN, head, 0)
    if head[start : start + 1] == "[":
        return JsonShape(ImportFormat.JSON, words="a JSON array")
    if "\x1e" in head[:start]:
        return JsonShape(ImportFormat.JSON, words="a JSON text sequence")
    try:
        first, end = decode(head, start)
    except (ValueError, RecursionError):
        return _unfinished(head, start, is_all, judge)
    next_ = _after(_BETWEEN, head, end)
    is_alone = is_all and next_ >= len(head)
    if is_alone and (keys := _keys_of_calls(first, judge)):
        raise ImportFailure(
            f"the JSON document is one object with a call at each key ({', '.join(map(repr, keys[:3]))}"
            f"{', …' if len(keys) > 3 else ''}); allowed: a list of calls, or a call on each line; jq '[.[]]' makes "
            "a list of it"
        )
    if (path := _path(head, start, first, judge)) is not None:
        return JsonShape(
            ImportFormat.JSON, path, f"{'a JSON document' if is_alone else 'JSON documents'}, list {_dotted(path)}"
        )
    if "\n" in head[start:end]:
        return JsonShape(ImportFormat.JSON, words="a JSON object" if is_alone else "JSON objects")
    if not is_alone and "\n" not in head[end:next_]:
        return JsonShape(ImportFormat.JSONL, words="JSON lines, several objects on one line")
    return JsonShape(ImportFormat.JSONL)


def begins_with_long_object(head: str) -> bool:
    """Whether a text begins with an object that it does not have the end of."""
    start = _after(_BETWEEN, head, 0)
    return head[start : start + 1] == "{" and _value(head, start) is None


def _path(head: str, start: int, first: object, judge: Judge) -> tuple[str, ...] | None:
    """The keys on the way to the calls in a whole object; None where it is a call itself."""
    own = judge(cast("dict[str, Any]", first)) if isinstance(first, dict) else Likeness.CALL
    match own:
        case Likeness.CALL:
            return None
        case Likeness.IN_PART:
            found = [one for one in _lists(head, start, ()) if _is_call(one, judge)]
        case Likeness.NONE:
            found = _lists(head, start, ())
    return _chosen(found, judge) if found else None


def _keys_of_calls(first: object, judge: Judge) -> list[str]:
    """The keys of an object whose values are several calls of like shape; none where it is something else."""
    members = cast("dict[str, Any]", first) if isinstance(first, dict) else {}
    values = [cast("dict[str, Any]", value) for value in members.values() if isinstance(value, dict)]
    if len(values) < 2 or len(values) < len(members):
        return []
    shared = set(values[0]).intersection(*values[1:])
    is_alike = len(shared) * 2 >= len(set(values[0]).union(*values[1:]))
    if not is_alike or {judge(value) for value in values} != {Likeness.CALL}:
        return []
    return [*members]


def _unfinished(head: str, start: int, is_all: bool, judge: Judge) -> JsonShape:
    """What begins with an object that is not valid, or goes beyond the text."""
    line, _, below = head[start:].partition("\n")
    if any(other.lstrip().startswith("{") for other in below.splitlines()[:20]) and line.rstrip().endswith("}"):
        return JsonShape(ImportFormat.JSONL)  # the first line is wrong: that is told with it
    if is_all:
        is_line = not below.strip()
        return JsonShape(ImportFormat.JSONL) if is_line else JsonShape(ImportFormat.JSON, words="a JSON object")
    found = list[_List]()
    try:
        found.extend(_lists(head, start, ()))
    except _EndOfText as end:
        found = end.found
    if not found:
        raise ImportFailure(
            f"the JSON document begins with {len(head):,} characters without a list of calls; set list to the path of "
            "the list, such as data.calls"
        )
    path = _chosen(found, judge)
    return JsonShape(ImportFormat.JSON, path, f"a JSON document, list {_dotted(path)}")


def _chosen(found: Sequence[_List], judge: Judge) -> tuple[str, ...]:
    calls = [one for one in found if _is_call(one, judge)]
    objects = [one for one in found if one.first is not None]
    candidates = calls or objects or found
    if len(candidates) == 1:
        return candidates[0].path
    names = ", ".join(_dotted(one.path) for one in candidates[:10])
    raise ImportFailure(f"the JSON document has several lists: {names}; set list to the path of the one with the calls")


def _is_call(one: _List, judge: Judge) -> bool:
    first = one.first
    return isinstance(first, dict) and judge(cast("dict[str, Any]", first)) is Likeness.CALL


def _lists(text: str, start: int, path: tuple[str, ...]) -> list[_List]:
    """The lists below an object, by keys alone, that are empty or begin with an object.

    Raises:
        _EndOfText: the text ends before the object, or is not valid; with the lists found so far.
    """
    found = list[_List]()
    try:
        for key, at in _members(text, start):
            below = (*path, key)
            begin = _after(_SPACE, text, at + 1)
            if text[at] == "{" and len(below) < _MOST_LEVELS:
                found += _lists(text, at, below)
            elif text[at] == "[" and text[begin : begin + 1] in ("{", "]", ""):
                found.append(_List(below, _value(text, begin)))
    except _EndOfText as end:
        raise _EndOfText([*found, *end.found]) from None
    except (ValueError, IndexError, RecursionError):
        raise _EndOfText(found) from None
    return found


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The keys of an object and where their values begin."""
    at = _after(_SPACE, text, start + 1)
    while text[at] == '"':
        key, end = decode(text, at)
        at = _after(_SPACE, text, end)
        if text[at] != ":":
            raise ValueError(text[at])
        at = _after(_SPACE, text, at + 1)
        yield key, at
        _, end = decode(text, at)
        at = _after(_SPACE, text, end)
        if text[at] != ",":
            return
        at = _after(_SPACE, text, at + 1)


def _value(text: str, at: int) -> object:
    try:
        return decode(text, at)[0]
    except (ValueError, RecursionError):
        return None


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(f'"{key}"' if "." in key else key for key in path)


def _after(space: "re.Pattern[str]", text: str, at: int) -> int:
    match = space.match(text, at)
    return match.end() if match else at
