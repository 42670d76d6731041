"""The metadata keys that a filter names, and those that were probably meant by keys that no call has."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from filters.check import Checked, CheckedCondition, CheckedNode
from filters.faults import echo
from filters.metadata_names import name_of, read_name
from filters.suggestions import nearest_few
from filters.value_types import FieldType
from filters.warnings import FilterWarning, WarningCode


@dataclass(frozen=True)
class NamedKey:
    """A key as the first condition on it names it: its type, and the pointer to where."""

    kind: FieldType
    path: str


def named_keys(checked: Checked) -> dict[str, NamedKey]:
    """The keys, each with its first condition."""
    found: dict[str, NamedKey] = {}
    for condition in () if checked.root is None else _conditions(checked.root):
        name = read_name(condition.field)
        if name is not None:
            found.setdefault(name.key, NamedKey(name.kind, condition.written.place("field")))
    return found


def unknown_key_warnings(
    named: Mapping[str, NamedKey], used: Collection[str], known: Collection[str], calls: int
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
    return tuple(_warning(key, place, known, calls) for key, place in named.items() if key not in used)


def _warning(key: str, place: NamedKey, known: Collection[str], calls: int) -> FilterWarning:
    near = nearest_few(key, known)
    message = f"None of the newest {calls:,} calls has the metadata key {echo(key)}."
    if near:
        message = f"{message} Did you mean {' or '.join(echo(name) for name in near)}?"
    suggestions = tuple(name_of(name, place.kind) for name in near)
    return FilterWarning(WarningCode.UNKNOWN_METADATA_KEY, message, place.path, suggestions)


def _conditions(node: CheckedNode) -> Iterable[CheckedCondition]:
    if isinstance(node, CheckedCondition):
        yield node
        return
    for member in node.conditions:
        yield from _conditions(member)
