"""JSON given by clients: what may be stored, and when two values are the same."""

import json
from typing import Any, cast

from filters.faults import pointer
from models.json_numbers import number_fault
from resolvers.names import is_storable
from resolvers.rejections import Rejections

MAX_DEPTH = 32
"""How deeply lists and objects may nest."""

METADATA_BYTES = 16 * 1024
"""The most bytes of a widget's metadata, as compact JSON in UTF-8."""

FILTER_BYTES = 256 * 1024
"""The most bytes of saved filters, as compact JSON in UTF-8."""


def json_text(value: Any) -> str:
    """Compact JSON, keys sorted. Unlike Python's ``==`` it tells ``true`` from ``1`` and ``1`` from ``1.0``."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def check_object(rejections: Rejections, value: Any, path: str, *, most_bytes: int) -> None:
    """Notes what keeps a value from being stored as a JSON object; null is fine."""
    if value is not None and not isinstance(value, dict):
        rejections.invalid("This must be a JSON object or null.", path)
    elif check_storable(rejections, value, path, most_bytes):
        size = len(json_text(value).encode())
        if size > most_bytes:
            message = f"JSON of {size:,} bytes is too large; at most {most_bytes:,} bytes are allowed."
            rejections.exceeded(message, path)


def check_storable(rejections: Rejections, value: Any, path: str, most_bytes: int | None = None) -> bool:
    """Whether a JSON value can be stored: nested at most ``MAX_DEPTH`` deep, numbers of 64 bits, storable text.

    One with so many values that it cannot be written in ``most_bytes`` is not looked at any further.
    """
    before, values = rejections.count, 0
    waiting: list[tuple[Any, str, int]] = [(value, path, 0)]
    while waiting:
        item, place, depth = waiting.pop()
        if depth > MAX_DEPTH:
            message = f"JSON can be nested at most {MAX_DEPTH} levels deep."
            rejections.exceeded(message, path)
            return False
        if isinstance(item, dict | list):
            values += len(cast("dict[str, Any] | list[Any]", item))
        if most_bytes is not None and values > most_bytes / 2:  # a value and a comma
            rejections.exceeded(f"JSON of so many values is too large; at most {most_bytes:,} bytes are allowed.", path)
            return False
        match item:
            case dict():
                for key, child in cast("dict[str, Any]", item).items():
                    if not is_storable(key):
                        _unstorable(rejections, place)
                    else:
                        waiting.append((child, pointer(place, key), depth + 1))
            case list():
                children = cast("list[Any]", item)
                waiting.extend((child, f"{place}/{index}", depth + 1) for index, child in enumerate(children))
            case str() if not is_storable(item):
                _unstorable(rejections, place)
            case int() | float() if (fault := number_fault(item)) is not None:
                rejections.invalid(f"{fault[:1].upper()}{fault[1:]}.", place)
            case _:
                pass
    return rejections.count == before


def _unstorable(rejections: Rejections, path: str) -> None:
    rejections.invalid("Strings in JSON must be Unicode text without NUL characters.", path)
