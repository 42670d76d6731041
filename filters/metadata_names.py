"""Keys of metadata as names of fields: ``metadata.KEY``, and ``metadata."a.b"`` for a key that has a dot.

Only top-level keys are fields. A key that could be taken for something else stands in double quotes, written as a JSON
string; a key that could not may stand in quotes too, and is the same field.

The field is the value as text. ``metadata.KEY::number`` and ``metadata.KEY::boolean`` are the values that are numbers,
or booleans, in JSON; others are no value.
"""

import json
import re
from typing import NamedTuple

from filters.suggestions import nearest
from filters.value_types import FieldType

METADATA = "metadata."
"""What the fields of metadata keys begin with."""

TYPED = "::"
"""What stands between a key and its type."""

TYPES = (FieldType.NUMBER, FieldType.BOOLEAN)
"""The types that a key can be given. Without one, its values are texts."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that JSON can write and PostgreSQL cannot store as text."""

PLACEHOLDERS = frozenset({"*", "KEY"})
"""What documentation writes in place of a key. A key that is really named so stands in quotes."""

_JSON = json.JSONDecoder()


class MetadataName(NamedTuple):
    """What a field's name stands for: a top-level key, and the type of its values."""

    key: str
    kind: FieldType = FieldType.STRING

    @property
    def text(self) -> str:
        """The field's name: the key in quotes only where it must be."""
        key = self.key
        must_be_quoted = "." in key or TYPED in key or key.startswith('"') or key in PLACEHOLDERS
        return METADATA + (json.dumps(key, ensure_ascii=False) if must_be_quoted else key) + type_suffix(self.kind)


def type_suffix(kind: FieldType) -> str:
    """What follows the key in the name of a field of that type."""
    return f"{TYPED}{kind}" if kind in TYPES else ""


PATTERNS = {kind: f"{METADATA}KEY{type_suffix(kind)}" for kind in (FieldType.STRING, *TYPES)}
"""What stands in lists of names for the fields of all keys, by their type."""


def read_name(name: str) -> MetadataName | None:
    """What a field's name stands for; None where it is not the name of a top-level key, or its type is not valid."""
    if not name.startswith(METADATA):
        return None
    key, type_name = _parts(name.removeprefix(METADATA))
    if not key or UNSTORABLE.search(key) or type_name not in (None, *TYPES):
        return None
    return MetadataName(key) if type_name is None else MetadataName(key, FieldType(type_name))


def key_of(name: str) -> str | None:
    """The key that a field's name stands for; None where it is not the name of a top-level key."""
    found = read_name(name)
    return found and found.key


def name_of(key: str, kind: FieldType = FieldType.STRING) -> str:
    """The name of the field of a key: in quotes only where it must be."""
    return MetadataName(key, kind).text


def is_placeholder(name: str) -> bool:
    """Whether a name is a pattern that catalogues show in place of the names of keys."""
    plain = name.removeprefix(METADATA)
    return name.startswith(METADATA) and any(plain.removesuffix(type_suffix(kind)) in PLACEHOLDERS for kind in PATTERNS)


class WrongType(NamedTuple):
    """Why the type in a name is not valid, for people, and the name that was probably meant."""

    message: str
    suggestion: str | None


def wrong_type(name: str) -> WrongType | None:
    """What is wrong with the type in a name; None where nothing is, or something else."""
    written = name.removeprefix(METADATA)
    if not name.startswith(METADATA) or TYPED not in written or read_name(name) is not None:
        return None
    key, type_name = _parts(written)
    if type_name in TYPES and TYPED not in written.removesuffix(f"{TYPED}{type_name}"):
        return None
    allowed = " or ".join(f'"{TYPED}{kind}"' for kind in TYPES)
    near = nearest(type_name, TYPES) if key and type_name else None
    message = (
        f'The type after "{TYPED}" in the name of a metadata field can be {allowed}; without one, values are strings. '
        f'A key that contains "{TYPED}" must be written in quotes: {METADATA}"a{TYPED}b".'
    )
    return WrongType(message, name_of(key, FieldType(near)) if key and near else None)


def _parts(written: str) -> tuple[str | None, str | None]:
    """The key, None where it is not one, and the name of the type, None where there is none."""
    key, end = _quoted(written)
    if key is not None and (end == len(written) or written.startswith(TYPED, end)):
        return key, written[end + len(TYPED) :] if end < len(written) else None
    key, mark, type_name = written.rpartition(TYPED)
    if not mark:
        key = written
    is_plain = "." not in key and TYPED not in key and key != "*"
    return key if is_plain else None, type_name if mark else None


def _quoted(written: str) -> tuple[str | None, int]:
    """What the JSON string holds that a text begins with, and where it ends; None where it begins with none."""
    if not written.startswith('"'):
        return None, 0
    try:
        found: tuple[object, int] = _JSON.raw_decode(written)
    except ValueError:
        return None, 0
    return (found[0], found[1]) if isinstance(found[0], str) else (None, 0)
