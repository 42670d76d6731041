"""Assigning values to rows, and knowing whether that changed anything."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from models import Base
from resolvers.json_values import json_text


def assign(row: Base, values: Mapping[str, Any]) -> bool:
    """Sets the attributes whose values differ; whether any did.

    JSON is compared as JSON: Python, and with it the unit of work, holds ``true`` and ``1`` for the same.
    """
    changed = False
    for name, value in values.items():
        stored = getattr(row, name)
        if _is_json(value) or _is_json(stored):
            if json_text(value) == json_text(stored):
                continue
            setattr(row, name, value)
            flag_modified(row, name)
        elif value == stored:
            continue
        else:
            setattr(row, name, value)
        changed = True
    return changed


def _is_json(value: object) -> bool:
    return isinstance(value, (dict, list))
