"""Near names: what somebody probably meant who wrote a name that does not exist."""

from collections.abc import Collection, Iterable

from rapidfuzz import fuzz, process

_CUTOFF = 60
_LONGEST = 200


def _letters(name: str) -> str:
    """Letters and digits in lower case: to a reader ``callEndedReason`` and ``call_ended_reason`` are the same."""
    return "".join(character for character in name.lower() if character.isalnum())


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` nearest to ``name``, or None when none is near."""
    found = process.extractOne(
        name[:_LONGEST], list(names), scorer=fuzz.ratio, processor=_letters, score_cutoff=_CUTOFF
    )
    return found[0] if found else None


def nearest_few(name: str, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Those of ``names`` that are near to ``name``, nearest first."""
    found = process.extract(
        name[:_LONGEST], list(names), scorer=fuzz.ratio, processor=_letters, score_cutoff=_CUTOFF, limit=most
    )
    return tuple(near for near, _, _ in found)


_KEYS = {
    "operator": "op", "operation": "op", "comparator": "op", "comparison": "op", "lookup": "op", "op": "operator",
    "logic": "operator", "combinator": "operator", "type": "operator", "name": "field", "key": "field",
    "column": "field", "val": "value", "values": "value", "filters": "conditions", "rules": "conditions",
    "children": "conditions",
}  # fmt: skip


def nearest_key(key: str, keys: Collection[str]) -> str | None:
    """The one of a condition's or group's ``keys`` that was probably meant, also by the words of other languages."""
    known = _KEYS.get(key.lower())
    return known if known in keys else nearest(key, keys)
