"""Names of dashboards and widgets: what may be one, and what a copy is called."""

from collections.abc import Collection

from resolvers.rejections import Rejections

NAME_LENGTH = 200
"""The most characters of a name, spaces at its ends not counted."""


def clean_name(rejections: Rejections, value: str | None, path: str) -> str:
    """The name without spaces at its ends. Faults: null, empty, too long, characters that cannot be stored."""
    if value is None:
        rejections.invalid("A name cannot be null.", path)
        return ""
    name = value.strip()
    if not name:
        rejections.invalid(f"A name must have 1 to {NAME_LENGTH} characters; this one is empty.", path)
    elif len(name) > NAME_LENGTH:
        message = f"A name must have 1 to {NAME_LENGTH} characters; this one has {len(name):,}."
        rejections.exceeded(message, path)
    elif not is_storable(name):
        rejections.invalid("A name must be Unicode text without NUL characters.", path)
    return name


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text: no NUL, no lone surrogates."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def copy_name(name: str, taken: Collection[str]) -> str:
    """What a copy is called: "Copy of X", or "Copy of X (2)" and so on where that is taken. Long names are cut."""
    number, suffix = 1, ""
    while True:
        kept = name[: NAME_LENGTH - len("Copy of ") - len(suffix)].rstrip()
        candidate = f"Copy of {kept}{suffix}"
        if candidate not in taken:
            return candidate
        number += 1
        suffix = f" ({number})"
