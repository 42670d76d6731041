"""The metadata keys that a filter names, and those that were probably meant by keys that no call has."""

from collections.abc import Collection, Iterable

from filters.check import Checked, CheckedCondition, CheckedNode
from filters.faults import echo
from filters.metadata_names import key_of, name_of
from filters.suggestions import nearest_few
from filters.warnings import FilterWarning, WarningCode


def named_keys(checked: Checked) -> dict[str, str]:
    """The keys, each with the pointer to its first condition."""
    found: dict[str, str] = {}
    for condition in () if checked.root is None else _conditions(checked.root):
        key = key_of(condition.field)
        if key is not None:
            found.setdefault(key, condition.written.place("field"))
    return found


def unknown_key_warnings(
    named: dict[str, str], used: Collection[str], known: Collection[str], calls: int
) -> tuple[FilterWarning, ...]:
    """A warning for each key that was not used by any of the calls that were looked at.

    Args:
        named: from ``named_keys``.
        used: those of them that calls have.
        known: the keys that calls have, to suggest from.
        calls: how many calls were looked at; without any, nothing is unknown.
    """
    if not calls:
        return ()
    return tuple(_warning(key, path, known, calls) for key, path in named.items() if key not in used)


def _warning(key: str, path: str, known: Collection[str], calls: int) -> FilterWarning:
    near = nearest_few(key, known)
    message = f"None of the newest {calls:,} calls has the metadata key {echo(key)}."
    if near:
        message = f"{message} Did you mean {' or '.join(echo(name) for name in near)}?"
    suggestions = tuple(map(name_of, near))
    return FilterWarning(WarningCode.UNKNOWN_METADATA_KEY, message, path, suggestions)


def _conditions(node: CheckedNode) -> Iterable[CheckedCondition]:
    if isinstance(node, CheckedCondition):
        yield node
        return
    for member in node.conditions:
        yield from _conditions(member)
