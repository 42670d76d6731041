"""Near names: what somebody probably meant who wrote a name that does not exist."""

from collections.abc import Iterable

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
