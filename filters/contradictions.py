"""Parts of a filter that exclude each other, so that nothing can pass."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode, Reach
from filters.describe import describe
from filters.fields import FieldRegistry
from filters.operators import OPERATORS
from filters.selections import Absent, AnyOf, Matching, Not, Selection, Within
from filters.syntax import TIMESTAMP, GroupOperator
from filters.value_sets import Interval, Line, Texts, ValueSet, both, either, everything, folded, rest, values_of
from filters.value_types import FieldType, Value
from filters.warnings import FilterWarning, WarningCode

_DIRECT = frozenset({Reach.CALL, Reach.THIS_EVALUATION})
"""Conditions on one and the same row: only these can exclude each other."""

_NOTHING: tuple[Interval, ...] = ()

Given = Mapping[str, ValueSet]
"""What the surrounding conditions leave of each field."""


@dataclass(frozen=True)
class _Part:
    """A member of an ``and`` that speaks of one field only, and the values that it lets through."""

    node: CheckedNode
    field: str
    kind: FieldType
    values: ValueSet


def contradictions(checked: Checked, fields: FieldRegistry) -> tuple[FilterWarning, ...]:
    """Where no call, or no evaluation, can pass, whatever its values."""
    return () if checked.root is None else tuple(_Finder(fields).walk(checked.root, {}))


def values_let_through(checked: Checked, fields: FieldRegistry) -> ValueSet | None:
    """The values of the one field that a filter names; None where it names several, or none."""
    part = None if checked.root is None else _Finder(fields).part(checked.root)
    return part and part.values


@dataclass(frozen=True)
class _Finder:
    fields: FieldRegistry

    def walk(self, node: CheckedNode, given: Given) -> Iterator[FilterWarning]:
        if isinstance(node, CheckedCondition):
            yield from self.together((node,), given)
            return
        members = node.conditions
        match node.operator:
            case GroupOperator.AND:
                yield from self.together(tuple(_flat(members)), given)
            case GroupOperator.SAME_ROW:
                yield from self.together(tuple(_flat(members)), {})
            case GroupOperator.OR:
                for member in members:
                    yield from self.walk(member, given)
            case GroupOperator.NOT:
                yield from self.walk(members[0], {})

    def together(self, members: tuple[CheckedNode, ...], given: Given) -> Iterator[FilterWarning]:
        """Members that must all hold: first each field's, then what remains of them below."""
        by_field: dict[str, list[_Part]] = {}
        for part in filter(None, map(self.part, members)):
            by_field.setdefault(part.field, []).append(part)
        left = dict(given)
        refuted: set[int] = set()
        for name, parts in by_field.items():
            remaining = self.remaining(parts, given.get(name))
            if self.fields.lookup(name).data_type is not FieldType.DYNAMIC:
                left[name] = remaining
            if remaining.is_empty:
                refuted.update(id(part.node) for part in parts)
                yield _warning(name, [part.node for part in parts], is_inside=name in given)
        for member in members:
            if isinstance(member, CheckedGroup) and id(member) not in refuted:
                yield from self.walk(member, left)

    def remaining(self, parts: list[_Part], given: ValueSet | None) -> ValueSet:
        kinds = {part.kind for part in parts if part.kind is not FieldType.DYNAMIC}
        if len(kinds) > 1:
            demanded = {part.kind for part in parts if not part.values.null}
            return Line(_NOTHING, len(demanded - {FieldType.DYNAMIC}) < 2)
        start = everything(next(iter(kinds), FieldType.DYNAMIC), null=self.can_be_null(parts[0].field))
        found = [start if given is None else given]
        for part in parts:
            values = part.values
            if part.kind is FieldType.DYNAMIC and kinds:
                # Whether there is a value at all, beside conditions on a value of one type.
                kind = next(iter(kinds))
                asks_null = values.null
                values = rest(everything(kind, null=False), kind) if asks_null else everything(kind, null=False)
            found.append(values)
        return _matching(folded(both, found), parts)

    def can_be_null(self, name: str) -> bool:
        return self.fields.lookup(name).nullable

    def part(self, node: CheckedNode) -> _Part | None:
        """The node as a set of values of one field; None where it speaks of several, or of some row or other."""
        match node:
            case CheckedCondition(reach=reach):
                if reach not in _DIRECT:
                    return None
                return _Part(node, node.field, node.kind, values_of(node)[0])
            case CheckedGroup(operator, members):
                parts = [self.part(member) for member in members]
                found = [part for part in parts if part is not None]
                if not found or len(found) < len(parts) or len({(part.field, part.kind) for part in found}) > 1:
                    return None
                kind = found[0].kind
                every = [part.values for part in found]
                match operator:
                    case GroupOperator.AND:
                        values = folded(both, every)
                    case GroupOperator.OR:
                        values = folded(either, every)
                    case GroupOperator.NOT:
                        # What a pattern lets through is not known exactly, so neither is its opposite.
                        values = rest(every[0], kind) if _is_exact(members[0]) else everything(kind)
                    case GroupOperator.SAME_ROW:  # which evaluation fits is not known
                        return None
                return _Part(node, found[0].field, kind, values)


def _flat(members: Iterable[CheckedNode]) -> Iterator[CheckedNode]:
    for member in members:
        if isinstance(member, CheckedGroup) and member.operator is GroupOperator.AND:
            yield from _flat(member.conditions)
        else:
            yield member


def _is_exact(node: CheckedNode) -> bool:
    if isinstance(node, CheckedCondition):
        return values_of(node)[1]
    return all(map(_is_exact, node.conditions))


def _matching(values: ValueSet, parts: list[_Part]) -> ValueSet:
    """Of listed strings, those that also fit the patterns beside them. Regular expressions are left to PostgreSQL."""
    if not isinstance(values, Texts) or values.is_rest:
        return values
    patterns = [part.node for part in parts if isinstance(part.node, CheckedCondition)]
    fitting = (text for text in values.listed if all(_fits(text, pattern) for pattern in patterns))
    return Texts(frozenset(fitting), False, values.null)


def _fits(text: str, condition: CheckedCondition) -> bool:
    """Whether a text fits a pattern; taken for fitting where only the database knows its letters' case."""
    return _is_selected(OPERATORS[condition.op].selects, text, condition.value) is not False


def _is_selected(selects: Selection, text: str, pattern: Value) -> bool | None:
    """Whether a pattern selects a text; None where it is not known here, or no pattern is asked for."""
    match selects:
        case Matching(fits=fits):
            if fits is None or not isinstance(pattern, str) or not (text.isascii() and pattern.isascii()):
                return None
            return fits(text.lower(), pattern.lower())
        case Not(other):
            found = _is_selected(other, text, pattern)
            return None if found is None else not found
        case AnyOf() | Within() | Absent():
            return None


def _warning(name: str, nodes: list[CheckedNode], *, is_inside: bool) -> FilterWarning:
    shown = " and ".join(dict.fromkeys(describe(Checked(node)) for node in nodes[:4]))
    if is_inside:
        message = f"This can never be true because of the surrounding conditions: {shown}."
    elif len(nodes) == 1:
        message = f"This can never be true: {shown}."
    else:
        message = f"These conditions contradict each other, so nothing can match: {shown}."
    code = WarningCode.EMPTY_WINDOW if name == TIMESTAMP else WarningCode.NEVER_MATCHES
    return FilterWarning(code, message, common_place(nodes))


def common_place(nodes: Iterable[CheckedNode]) -> str:
    """The pointer to the innermost part of the filter that holds all the nodes."""
    places = [place.split("/") for node in nodes for place in _places(node)]
    if not places:
        return ""
    length = next(
        (at for at, tokens in enumerate(zip(*places, strict=False)) if len(set(tokens)) > 1), min(map(len, places))
    )
    common = places[0][:length]
    # The list of a group is no part of a filter; the group is.
    while len(common) > 1 and common[-1] in ("conditions", "and", "or") and length < max(map(len, places)):
        common = common[:-1]
        length -= 1
    return "/".join(common)


def _places(node: CheckedNode) -> Iterator[str]:
    match node:
        case CheckedCondition(written=written):
            yield written.path
        case CheckedGroup(conditions=members):
            for member in members:
                yield from _places(member)
