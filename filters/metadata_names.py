"""Keys of metadata as names of fields: ``metadata.KEY``, and ``metadata."a.b"`` for a key that has a dot.

Only top-level keys are fields. A key that could be taken for something else stands in double quotes, written as a JSON
string; a key that could not may stand in quotes too, and is the same field.
"""

import json
import re

METADATA = "metadata."
"""What the fields of metadata keys begin with."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that JSON can write and PostgreSQL cannot store as text."""

PLACEHOLDERS = frozenset({"*", "KEY"})
"""What documentation writes in place of a key. A key that is really named so stands in quotes."""


def key_of(name: str) -> str | None:
    """The key that a field's name stands for; None where it is not the name of a top-level key."""
    if not name.startswith(METADATA):
        return None
    written = name.removeprefix(METADATA)
    quoted = _unquoted(written)
    if quoted is None and ("." in written or written == "*"):
        return None
    key = written if quoted is None else quoted
    return key if key and not UNSTORABLE.search(key) else None


def name_of(key: str) -> str:
    """The name of the field of a key: in quotes only where it must be."""
    must_be_quoted = "." in key or key.startswith('"') or key in PLACEHOLDERS
    return METADATA + (json.dumps(key, ensure_ascii=False) if must_be_quoted else key)


def is_placeholder(name: str) -> bool:
    """Whether a name is the pattern that catalogues show in place of the names of keys."""
    return name.startswith(METADATA) and name.removeprefix(METADATA) in PLACEHOLDERS


def _unquoted(written: str) -> str | None:
    """What a JSON string holds; None for any other text, which stands for itself."""
    if not written.startswith('"'):
        return None
    try:
        key: object = json.loads(written)
    except ValueError:
        return None
    return key if isinstance(key, str) else None
