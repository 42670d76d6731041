"""Paths into JSON documents: ``analysis.structuredData.csat``, ``participants[purpose=agent].name``, ``items[0]``.

A key that has a dot, a bracket or a quote is quoted: ``metadata."plan.tier"``. In brackets stand the place of
an item (``[0]``; ``[-1]`` is the last), ``*`` for all items, or ``key=value`` for the items that have a value at a key.
The key may be several with dots between them, which lead through lists as well: ``[sessions.mediaType=voice]``. Of
several such brackets, ``[purpose=agent][sessions.mediaType=voice]``, an item has to fit all.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never, cast

from models.call_faults import pointer_token


class PathError(ValueError):
    """A text is not a path. The message says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Key:
    """A member of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list; below zero, counted from its end."""

    place: int


@dataclass(frozen=True, slots=True)
class Every:
    """All items of a list: the value is a list of what is found in them."""


@dataclass(frozen=True, slots=True)
class Having:
    """What an item has: a value at a key, or at keys below each other, in any item of the lists on the way."""

    keys: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Matching:
    """The items of a list that have certain values. The value is the first that is found in them."""

    having: tuple[Having, ...]


Step = Key | Item | Every | Matching
Steps = tuple[Step, ...]
Get = Callable[[Any], object]
"""Takes a document and returns the value at a path; None where there is none."""

_NAME = r"""[^."'\[\]=]+?|"(?:[^"\\]|\\.)*"|'[^']*'"""
_KEY = re.compile(rf"({_NAME})(?=[.\[]|$)")
_NAMES = re.compile(rf"(?:{_NAME})(?=\.|\Z)")
_BRACKETS = re.compile(
    rf"""\[\s*(?:(-?[0-9]{{1,9}})|(\*)|((?:{_NAME})(?:\.(?:{_NAME}))*)\s*=\s*({_NAME}|[^"'\[\]]*?))\s*\]"""
)
_FORM = "keys separated by dots, such as analysis.summary; [0], [*] or [key=value] for items; keys with dots in quotes"


def parse_path(text: str) -> Steps:
    """Reads a path.

    Raises:
        PathError: it is not one.
    """
    steps: list[Step] = []
    at = 0
    while at < len(text) or not steps:
        is_dotted = text.startswith(".", at) and at > 0
        start = at + is_dotted
        in_brackets = None if is_dotted else _BRACKETS.match(text, start)
        key = _KEY.match(text, start) if is_dotted or at == 0 else None
        match = in_brackets or key
        if match is None:
            raise PathError(f"{text!r} is not a valid path at {text[at:][:20]!r}; allowed: {_FORM}")
        step = _step(in_brackets, text) if in_brackets else Key(_unquoted(match[0], text))
        last = steps[-1] if steps else None
        if isinstance(step, Matching) and isinstance(last, Matching):
            steps[-1] = Matching(last.having + step.having)
        else:
            steps.append(step)
        at = match.end()
    return tuple(steps)


def _step(match: re.Match[str], path: str) -> Step:
    place, every, name, value = match.groups()
    if place is not None:
        return Item(int(place))
    if every:
        return Every()
    keys = tuple(_unquoted(key, path) for key in _NAMES.findall(name))
    return Matching((Having(keys, _unquoted(value, path)),))


def _unquoted(text: str, path: str) -> str:
    if text.startswith("'"):
        return text[1:-1]
    if not text.startswith('"'):
        return text
    try:
        return cast("str", json.loads(text))
    except ValueError:
        raise PathError(f"{path!r}: {text} is not a valid quoted key; allowed: a string as in JSON") from None


def getter(steps: Sequence[Step]) -> Get:
    """Compiles a path to a function."""
    if not steps:
        return lambda document: document
    first, *rest = steps
    if isinstance(first, Key) and not rest:
        return _key(first.name)
    if isinstance(first, Key) and len(rest) == 1 and isinstance(rest[0], Key):
        return _two_keys(first.name, rest[0].name)
    return _stepping(first, getter(rest))


_member: Callable[[Any, str], Any] = dict.get  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
"""The member of an object at a key; None where there is none."""


def _key(name: str) -> Get:
    def get(document: object) -> object:
        return _member(document, name) if type(document) is dict else None

    return get


def _two_keys(first: str, second: str) -> Get:
    def get(document: object) -> object:
        inner = _member(document, first) if type(document) is dict else None
        return _member(inner, second) if type(inner) is dict else None

    return get


def _stepping(step: Step, rest: Get) -> Get:
    match step:
        case Key():
            first = _key(step.name)
            return lambda value: rest(first(value))
        case Item():
            return _item(step, rest)
        case Every():
            return _every(rest)
        case Matching():
            return _matching(step, rest)
        case _:
            assert_never(step)


def _item(step: Item, rest: Get) -> Get:
    place = step.place

    def get(value: Any) -> object:
        items = cast("list[Any]", value) if type(value) is list else []
        return rest(items[place]) if -len(items) <= place < len(items) else None

    return get


def _every(rest: Get) -> Get:
    def get(value: Any) -> object:
        if type(value) is not list:
            return None
        return [found for item in cast("list[object]", value) if (found := rest(item)) is not None] or None

    return get


def _matching(step: Matching, rest: Get) -> Get:
    def get(value: Any) -> object:
        items = cast("list[Any]", value) if type(value) is list else []
        return next((found for item in items if _fits(item, step) and (found := rest(item)) is not None), None)

    return get


def _fits(item: object, step: Matching) -> bool:
    return isinstance(item, dict) and all(_has(cast("object", item), one.keys, one.value) for one in step.having)


def _has(item: object, keys: Sequence[str], text: str) -> bool:
    """Whether a value is a text, at keys below an item or below any of the items of a list."""
    if not keys:
        return (item if type(item) is str else json.dumps(item)) == text
    if type(item) is list:
        return any(_has(one, keys, text) for one in cast("list[object]", item))
    if type(item) is not dict:
        return False
    return _has(cast("dict[str, object]", item).get(keys[0]), keys[1:], text)


def pointer_of(steps: Sequence[Step], document: object) -> str:
    """The JSON pointer of the value at a path; of the innermost value on the way that exists."""
    pointer = ""
    value = document
    for place, step in enumerate(steps):
        match step:
            case Key(name):
                if not isinstance(value, dict) or name not in value:
                    break
                value = cast("dict[str, object]", value)[name]
                pointer += f"/{pointer_token(name)}"
            case Item() | Matching():
                items = cast("list[object]", value) if isinstance(value, list) else []
                index = _index(step, items, getter(steps[place + 1 :]))
                if index is None:
                    break
                value = items[index]
                pointer += f"/{index}"
            case Every():
                break
            case _:
                assert_never(step)
    return pointer


def _index(step: Item | Matching, items: Sequence[object], rest: Get) -> int | None:
    match step:
        case Item(place):
            return place % len(items) if -len(items) <= place < len(items) else None
        case Matching():
            fitting = [index for index, item in enumerate(items) if _fits(item, step)]
            return next((index for index in fitting if rest(items[index]) is not None), next(iter(fitting), None))
        case _:
            assert_never(step)
