"""What the fields below one field will ask for, so that it can be loaded at once.

The walk honours what execution will: fragments, type conditions, aliases, variables, ``@skip`` and ``@include``. A
fragment is walked once, however often it is spread.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    value_from_ast_untyped,
)

from aggregation.compute.lines import POINTS_A_COLUMN
from aggregation.question.query import DEFAULT_MAX_POINTS, MAX_POINTS, ChartOptions
from aggregation.question.value_bins import DEFAULT_BINS, MAX_BINS, MIN_BINS
from graph.bounds import within
from graph.context import Info


@dataclass(frozen=True, slots=True)
class _Limit:
    """An argument that bounds the items of a chart, and so decides how they are computed.

    Attributes:
        type_name: the chart's type.
        fields: its fields that have the argument.
        through: its field that answers another chart of the type, which is computed as it is; None where none does.
    """

    type_name: str
    fields: frozenset[str]
    argument: str
    default: int
    least: int
    most: int
    through: str | None = None

    def checked(self, given: int | None) -> int:
        """The bound that is set.

        Raises:
            RequestError: it is out of bounds.
        """
        return within(self.argument, given, self.default, self.most, self.least)

    def asked(self, info: Info) -> tuple[int, ...]:
        """Every bound set on this field's result, or on what it leads to; wrong ones are left to their fields."""
        walk = _walk(info, self.type_name, "Chart", "ChartData")
        found = {
            walk.argument(node, self.argument) or self.default
            for node in self._of_charts(walk, _selected(info, walk))
            if node.name.value in self.fields
        }
        return tuple(sorted(limit for limit in found if self.least <= limit <= self.most))

    def _of_charts(self, walk: "_Walk", nodes: Iterable[FieldNode]) -> Iterator[FieldNode]:
        """The fields of a chart, and those of the charts that it leads to."""
        for node in nodes:
            yield node
            if node.name.value == self.through:
                yield from self._of_charts(walk, walk.fields(node.selection_set))


_POINTS = _Limit(
    "LineChart",
    frozenset({"points", "series", "isThinned"}),
    "maxPoints",
    DEFAULT_MAX_POINTS,
    POINTS_A_COLUMN,
    MAX_POINTS,
    through="comparison",
)
_BINS = _Limit("HistogramChart", frozenset({"bins", "series"}), "maxBins", DEFAULT_BINS, MIN_BINS, MAX_BINS)

_REMEMBERED = 64
"""How many places a context remembers: over a WebSocket it serves many requests."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """Collects the fields that are selected on an object of the named types: its own and its abstract ones."""

    type_names: frozenset[str]
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: dict[str, Any]
    seen: set[str] = field(default_factory=set[str])

    def fields(self, selection_set: SelectionSetNode | None) -> Iterator[FieldNode]:
        for node in selection_set.selections if selection_set else ():
            if not self._is_included(node.directives or ()):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode(type_condition=condition):
                    if condition is None or condition.name.value in self.type_names:
                        yield from self.fields(node.selection_set)
                case FragmentSpreadNode():
                    yield from self._fragment(node.name.value)
                case _:
                    pass

    def _fragment(self, name: str) -> Iterator[FieldNode]:
        if name not in self.seen:
            self.seen.add(name)
            fragment = self.fragments[name]
            if fragment.type_condition.name.value in self.type_names:
                yield from self.fields(fragment.selection_set)

    def _is_included(self, directives: Sequence[DirectiveNode]) -> bool:
        unwanted = {"skip": True, "include": False}
        return not any(
            directive.name.value in unwanted and self.argument(directive, "if") is unwanted[directive.name.value]
            for directive in directives
        )

    def argument(self, node: FieldNode | DirectiveNode, name: str) -> Any:
        """An argument's value, its variables replaced; None when it is absent or null."""
        for argument in node.arguments or ():
            if argument.name.value == name:
                value = value_from_ast_untyped(argument.value, self.variables)
                return value if isinstance(value, bool | int | float | str) else None
        return None


def _walk(info: Info, *type_names: str) -> _Walk:
    return _Walk(frozenset(type_names), info.execution.fragments, info.variable_values)


def _selected(info: Info, walk: _Walk) -> Iterator[FieldNode]:
    for node in info.execution.field_nodes:
        yield from walk.fields(node.selection_set)


def selects(info: Info, name: str, *type_names: str) -> bool:
    """Whether a field of that name is selected on this field's result, an object of the named types."""
    return any(node.name.value == name for node in _selected(info, _walk(info, *type_names)))


def point_limit(max_points: int | None) -> int:
    """The bound that ``maxPoints`` sets.

    Raises:
        RequestError: it is out of bounds.
    """
    return _POINTS.checked(max_points)


def bin_limit(max_bins: int | None) -> int:
    """The bound that ``maxBins`` sets.

    Raises:
        RequestError: it is out of bounds.
    """
    return _BINS.checked(max_bins)


def asked(info: Info) -> ChartOptions:
    """The options of a chart that its selected fields say: bounds of points and bins, and whether intervals.

    They are the same for all charts that one place of a document selects: found once, as the context remembers.

    What it is remembered by is kept along with it, so that no other place can come to have its identity.
    """
    nodes, variables = info.execution.field_nodes, info.variable_values
    key = (*map(id, nodes), id(variables))
    known = info.context.asked.get(key)
    if known is None:
        if len(info.context.asked) >= _REMEMBERED:
            info.context.asked.clear()
        options = ChartOptions(_POINTS.asked(info), _BINS.asked(info), intervals=mentions(info, "interval"))
        known = (nodes, variables, options)
        info.context.asked[key] = known
    return cast("ChartOptions", known[-1])


def mentions(info: Info, name: str) -> bool:
    """Whether a field of that name may be asked for anywhere below this field; fragments are read once."""
    seen: set[str] = set()

    def within_set(selection_set: SelectionSetNode | None) -> bool:
        return any(within_node(node) for node in (selection_set.selections if selection_set else ()))

    def within_node(node: Any) -> bool:
        match node:
            case FieldNode():
                return node.name.value == name or within_set(node.selection_set)
            case InlineFragmentNode():
                return within_set(node.selection_set)
            case FragmentSpreadNode():
                spread = node.name.value
                if spread in seen:
                    return False
                seen.add(spread)
                return within_set(info.execution.fragments[spread].selection_set)
            case _:
                return False

    return any(within_set(node.selection_set) for node in info.execution.field_nodes)
