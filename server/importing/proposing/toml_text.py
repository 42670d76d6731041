"""Writing TOML: what a proposed mapping needs of it."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(content: Mapping[str, object]) -> str:
    """A document of keys, and of tables one or two levels deep whose values are on one line each."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in content.items() if not isinstance(value, dict)]
    for name, value in content.items():
        if isinstance(value, dict):
            lines += ["", *_table(_key(name), cast("dict[str, object]", value), is_part=name == "metrics")]
    return "\n".join(lines).strip("\n") + "\n"


def _table(name: str, table: Mapping[str, object], *, is_part: bool) -> list[str]:
    if not is_part:
        return [f"[{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    lines: list[str] = []
    for key, value in table.items():
        lines += ["", *_table(f"{name}.{_key(key)}", cast("dict[str, object]", value), is_part=False)]
    return lines[1:]


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml_string(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return toml_string(value)
        case dict():
            members = cast("dict[str, object]", value).items()
            return f"{{ {', '.join(f'{_key(key)} = {_value(one)}' for key, one in members)} }}"
        case list():
            return f"[{', '.join(_value(one) for one in cast('list[object]', value))}]"
        case _:
            raise TypeError(f"{type(value).__name__} is not a type of TOML")


def toml_string(text: str) -> str:
    """A string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
