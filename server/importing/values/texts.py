"""Texts, booleans, lists, and values that a mapping's table names."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from models.call_faults import shown
from server.importing.values.cells import CellRefused, Convert, Scalar, SettingRequired, refused, text_of

_TRUE = frozenset({
    "true", "yes", "y", "t", "1", "on", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero", "sim", "verdadeiro", "是",
})  # fmt: skip
_FALSE = frozenset({
    "false", "no", "n", "f", "0", "off", "nein", "falsch", "non", "faux", "falso", "não", "nao", "否",
})  # fmt: skip
_BOOLEAN_FORM = (
    "true or false, yes or no, y or n, t or f, on or off, 1 or 0, or the words for yes and no in German, French, "
    "Spanish, Portuguese and Chinese; or a table of values in the mapping"
)
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}")
_KEPT_DIGITS = 10**15
_MANY_DIGITS = 10**12
"""From so many digits on, a fraction whose digits but six are zeros was rounded: by chance one in ten million is."""

OTHERS = "*"
"""The key of a table of values that stands for all texts which are not in it. As a value, an empty text means none."""


def to_text(raw: Any) -> str:
    """The text itself; a number or a boolean as JSON writes it."""
    if type(raw) is str:
        return raw
    if isinstance(raw, (list, dict)):
        kind = "a list" if isinstance(raw, list) else "an object"
        raise CellRefused(
            f"{shown(cast('object', raw))} is {kind}",
            'a text; joiner = ", " makes one of a list, a longer path takes a part',
        )
    return text_of(raw)


def joined_text(joiner: str) -> Convert:
    """A converter to text that joins the items of lists."""

    def convert(raw: Any) -> str:
        return joiner.join(map(to_text, cast("list[object]", raw))) if isinstance(raw, list) else to_text(raw)

    return convert


def to_identifier(raw: Any) -> str:
    """A text that tells one thing from another: of digits that a spreadsheet has dropped, nothing can be made."""
    if (type(raw) is str and _SCIENTIFIC.fullmatch(raw.strip())) or (type(raw) is float and _is_rounded(raw)):
        raise SettingRequired(
            f"{shown(raw)} is a number that a spreadsheet has rounded: its last digits are lost, and some become one",
            "an export of the column as text; for call_id also other columns, as { columns = [...] }, or "
            '{ hash = "row" }',
        )
    return to_text(raw)


def _is_rounded(number: float) -> bool:
    size = abs(number)
    return size >= _KEPT_DIGITS or (size >= _MANY_DIGITS and size == float(f"{size:.5e}"))


def without_space(convert: Convert) -> Convert:
    """A converter of names: white space around one, as in columns that are filled up with it, is no part of it."""

    def converted(raw: Any) -> object:
        value = convert(raw)
        return value.strip() if type(value) is str else value

    return converted


def to_boolean(raw: Any) -> bool:
    """A boolean, in any of the usual words and any case."""
    if raw is True or raw is False:
        return raw
    text = text_of(raw).strip().casefold() if isinstance(raw, (str, int, float)) else ""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise refused(raw, "a boolean", _BOOLEAN_FORM)


def by_table(values: Mapping[str, Scalar]) -> Convert:
    """A converter that looks texts up, in any case."""
    table = {text.strip().casefold(): value for text, value in values.items()}
    others = table.pop(OTHERS, None)

    def convert(raw: Any) -> Scalar | None:
        value = table.get((raw if type(raw) is str else text_of(raw)).strip().casefold(), others)
        if value == "":
            return None
        if value is None:
            names = ", ".join(name for name in values if name != OTHERS)
            raise CellRefused(
                f"{shown(raw)} is not in the mapping's table of values",
                f'{names}; "{OTHERS}" in the table takes all others',
            )
        return value

    return convert


def to_list(separator: str) -> Convert:
    """A converter to lists: of a text, of the parts between the separators; of a list, itself."""

    def convert(raw: Any) -> list[object]:
        if isinstance(raw, list):
            return cast("list[object]", raw)
        parts = (part.strip() for part in text_of(raw).split(separator))
        return [part for part in parts if part]

    return convert


def to_json(raw: Any) -> object:
    """The value of a text that is JSON; of anything else, itself."""
    if type(raw) is not str:
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise refused(raw, "valid JSON", "a text that is JSON") from None


def to_items(raw: Any) -> Sequence[object]:
    """A list, or a text that is a list as JSON."""
    items = to_json(raw)
    if not isinstance(items, list):
        raise refused(raw, "a list", "a list of objects, or a text that is one as JSON")
    return cast("list[object]", items)


def renamed(names: Mapping[str, str]) -> Convert:
    """A converter of texts that have another name, in any case; all others stay."""
    table = {name.strip().casefold(): other for name, other in names.items()}
    return lambda raw: table.get(str(raw).strip().casefold(), raw)


def each(convert: Convert) -> Convert:
    """A converter of lists that converts their items; of anything else, ``convert`` itself."""

    def convert_each(raw: Any) -> object:
        return [convert(item) for item in cast("list[object]", raw)] if type(raw) is list else convert(raw)

    return convert_each
