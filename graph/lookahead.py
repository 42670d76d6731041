"""What the fields below one field will ask for, so that it can be loaded at once.

The walk honours what execution will: fragments, type conditions, aliases, variables, ``@skip`` and ``@include``. A
fragment is walked once, however often it is spread.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    value_from_ast_untyped,
)
from graphql.execution.values import VariableValues

from aggregation.answer.item_bounds import BINS, POINTS, ItemBound
from aggregation.question.query import FIRST_ROWS, ChartOptions
from aggregation.question.row_order import RowOrder, RowPage
from graph.chart_names import CHART_NAMES
from graph.context import Info
from graph.pagination import page_size
from graph.row_pages import first_rows, row_page
from models import ChartType

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


def below(info: Info, name: str, *type_names: str) -> Info:
    """What a field of that name on this field's result, an object of the named types, will be told."""
    nodes = [node for node in _selected(info, _walk(info, *type_names)) if node.name.value == name]
    return replace(info, _raw_info=info.execution._replace(field_nodes=nodes))


@dataclass(frozen=True, slots=True)
class _Bounded:
    """What an argument bounds of a type of charts: the fields that have it, and those that lead to another such chart,
    which is computed as it is."""

    fields: frozenset[str]
    through: frozenset[str]


@cache
def _bounded(chart: GraphQLObjectType, argument: str) -> _Bounded:
    fields = cast("Mapping[str, Any]", chart.fields)
    return _Bounded(
        frozenset(name for name, one in fields.items() if argument in one.args),
        frozenset(name for name, one in fields.items() if get_named_type(one.type) is chart),
    )


def _of_charts(walk: _Walk, nodes: Iterable[FieldNode], through: frozenset[str]) -> Iterator[FieldNode]:
    """The fields of a chart, and those of the charts that it leads to."""
    for node in nodes:
        yield node
        if node.name.value in through:
            yield from _of_charts(walk, walk.fields(node.selection_set), through)


def _asked_of(info: Info, bound: ItemBound) -> tuple[int, ...]:
    """Every number that an argument is given on this field's result, or on what that leads to.

    Wrong ones are left to their fields. Each is computed for whatever chart there is, of the types that have it.
    """
    found: set[int] = set()
    for chart_type in bound.chart_types:
        chart = cast("GraphQLObjectType", info.execution.schema.type_map[CHART_NAMES[chart_type]])
        bounded, walk = _bounded(chart, bound.name), _walk(info, chart.name, "Chart", "ChartData")
        nodes = _of_charts(walk, _selected(info, walk), bounded.through)
        found |= {
            walk.argument(node, bound.name) or bound.default for node in nodes if node.name.value in bounded.fields
        }
    return tuple(sorted(number for number in found if bound.least <= number <= bound.most))


_ROWS = ("rows", "allRows")
"""The fields of a list that have rows."""


def _row_pages(info: Info) -> tuple[RowPage, ...]:
    """Every page of rows that is asked of this field's result; wrong ones are left to their fields."""
    kind = cast("GraphQLObjectType", info.execution.schema.type_map[CHART_NAMES[ChartType.LIST]])
    walk = _walk(info, kind.name, "Chart", "ChartData")
    variables = VariableValues({}, info.variable_values)
    found: dict[RowPage, None] = {}
    for node in _selected(info, walk):
        if node.name.value in _ROWS:
            with suppress(GraphQLError):
                given = get_argument_values(kind.fields[node.name.value], node, variables)
                found[_row_page(node.name.value, given)] = None
    return tuple(page for page in found if page != FIRST_ROWS)


def _row_page(name: str, given: dict[str, Any]) -> RowPage:
    """The page that a field asks for, by its arguments as its function gets them."""
    by = given.get("orderBy")
    order = None if by is None else RowOrder(by["field"], by["direction"])
    return first_rows(order) if name == "rows" else row_page(order, page_size(given["first"]), given.get("after"))


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
        options = ChartOptions(
            _asked_of(info, POINTS), _asked_of(info, BINS), _row_pages(info), intervals=mentions(info, "interval")
        )
        known = (nodes, variables, options)
        info.context.asked[key] = known
    return cast("ChartOptions", known[-1])


def mentions(info: Info, name: str) -> bool:
    """Whether a field of that name may be asked for anywhere below this field; fragments are read once."""
    seen: set[str] = set()
    left = [node.selection_set for node in info.execution.field_nodes]
    while left:
        selection_set = left.pop()
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode) and node.name.value == name:
                return True
            if isinstance(node, FieldNode | InlineFragmentNode):
                left.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                left.append(info.execution.fragments[node.name.value].selection_set)
    return False
