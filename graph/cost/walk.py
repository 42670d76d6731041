"""Walks the selections of an operation as execution will, and adds up what its fields cost.

Fields of one name in the answer are merged first, so that repeating a selection costs nothing, as it does when it is
executed. Where a field answers one of several types, the most expensive one counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    value_from_ast_untyped,
)

from aggregation.answer.chart_answer import Lengths
from graph.cost.conditions import points_of
from graph.cost.weight import Argument, Usually, Weight, own_weights
from graph.cost.weights import FILTER_ARGUMENTS, OBJECT, SHORT_LIST, VALUE, WEIGHTS
from graph.price import NAMED, Part, Price

CHARTS = "ChartData"
"""The type of a chart, whose size is known once it is planned."""

_PLAIN = Weight()
_FIELDS_OF_ALL = ("__typename", "__schema", "__type")


@dataclass(frozen=True, slots=True)
class _Around:
    """What fields inherit: points of the filters above them, and the length of the list that a connection holds."""

    path: str = ""
    filters: float = 0
    list_fields: tuple[str, ...] = ()
    length: float = 1


def weight_of(schema: GraphQLSchema, type_name: str, field_name: str) -> Weight | None:
    """The weight that a field has with it, or its row in the table."""
    place = f"{type_name}.{field_name}"
    return (
        own_weights(schema).get(place)
        or WEIGHTS.get(place)
        or WEIGHTS.get(f"*.{field_name}")
        or WEIGHTS.get(f"{type_name}.*")
    )


class Walk:
    """One reading of one operation.

    Args:
        variables: as they came with the request; what the operation sets by default is added.
        lengths: of the chart whose selections are priced, where they are known; the weights have the usual ones.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        lengths: Lengths | None = None,
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = dict(variables)
        self.lengths = lengths
        self.parts: list[Part] = []
        self.charts = 0.0
        self._of_filters: dict[int, tuple[object, float]] = {}

    def operation(self, operation: OperationDefinitionNode) -> Price:
        """The price of an operation."""
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            if name not in self.variables and definition.default_value is not None:
                self.variables[name] = value_from_ast_untyped(definition.default_value)
        root = self.schema.get_root_type(operation.operation)
        assert root is not None
        points = self._selections([operation.selection_set], root, _Around(), 1)
        return Price(points, self._most_expensive(points), self.charts)

    def below(self, nodes: Sequence[FieldNode], type_name: str) -> float:
        """The points of what is selected on a field's result, an object of a type."""
        kind = self.schema.type_map[type_name]
        sets = [node.selection_set for node in nodes if node.selection_set]
        return self._selections(sets, cast("GraphQLObjectType", kind), _Around(), 0)

    def _most_expensive(self, points: float) -> tuple[Part, ...]:
        """The deepest fields that make up the price: of a field and one above it the deeper, if it is most of it."""
        found: list[Part] = []
        for part in sorted(self.parts, key=lambda part: (-part.points, -len(part.path))):
            if part.points < points / 20 or len(found) == NAMED:
                break
            within = [one for one in found if part.path.startswith(f"{one.path}.")]
            if any(part.points < 0.7 * one.points for one in within):
                continue
            found = [one for one in found if one not in within]
            found.append(part)
        return tuple(sorted(found, key=lambda part: -part.points))

    def _selections(self, sets: Sequence[SelectionSetNode], kind: Any, around: _Around, times: float) -> float:
        """The points of selections on one object. ``times`` is how many the answer has; 0 keeps no parts."""
        if not is_abstract_type(kind):
            return self._object(sets, kind, around, times)
        most, before = 0.0, self.charts
        charts = before
        for one in self.schema.get_possible_types(kind):
            self.charts = before
            points = self._object(sets, one, around, times)
            if points > most:
                most, charts = points, self.charts
        self.charts = charts
        return most

    def _object(
        self, sets: Sequence[SelectionSetNode], kind: GraphQLObjectType, around: _Around, times: float
    ) -> float:
        merged: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in sets:
            for node in self._fields(selection_set, kind, seen):
                merged.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return sum(self._field(key, nodes, kind, around, times) for key, nodes in merged.items())

    def _fields(self, selection_set: SelectionSetNode, kind: GraphQLObjectType, seen: set[str]) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if node.directives and not self._is_included(node.directives):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode(type_condition=condition):
                    if condition is None or self._applies(condition.name.value, kind):
                        yield from self._fields(node.selection_set, kind, seen)
                case FragmentSpreadNode():
                    name = node.name.value
                    fragment = self.fragments.get(name)
                    if fragment and name not in seen and self._applies(fragment.type_condition.name.value, kind):
                        seen.add(name)
                        yield from self._fields(fragment.selection_set, kind, seen)
                case _:
                    pass

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        if condition == kind.name:
            return True
        requested = self.schema.type_map.get(condition)
        return requested is not None and is_abstract_type(requested) and self.schema.is_sub_type(requested, kind)

    def _is_included(self, directives: Sequence[DirectiveNode]) -> bool:
        unwanted = {"skip": True, "include": False}
        return not any(
            directive.name.value in unwanted and self._arguments(directive).get("if") is unwanted[directive.name.value]
            for directive in directives
        )

    def _arguments(self, node: FieldNode | DirectiveNode) -> dict[str, Any]:
        return {
            argument.name.value: value_from_ast_untyped(argument.value, self.variables)
            for argument in node.arguments or ()
        }

    def _field(
        self, key: str, nodes: Sequence[FieldNode], kind: GraphQLObjectType, around: _Around, times: float
    ) -> float:
        node = nodes[0]
        name = node.name.value
        field = kind.fields.get(name)
        if field is None:
            return VALUE if name in _FIELDS_OF_ALL else 0
        weight = weight_of(self.schema, kind.name, name)
        result: Any = field.type
        named = cast("Any", get_named_type(result))
        if weight is None and is_leaf_type(named):
            return VALUE
        here = replace(around, path=f"{around.path}.{key}" if around.path else key)
        return self._priced(nodes, field, named, name, weight or _PLAIN, here, times)

    def _priced(
        self,
        nodes: Sequence[FieldNode],
        field: GraphQLField,
        named: Any,
        name: str,
        weight: Weight,
        around: _Around,
        times: float,
    ) -> float:
        given = self._arguments(nodes[0]) if nodes[0].arguments else {}
        filters = self._filters(given) or around.filters
        points = weight.points + weight.filters * filters
        points += sum(more for argument, more in weight.arguments.items() if _given(given, argument) is not None)
        length = self._known_length(weight) or self._length(weight, field, given)
        points += weight.each * length
        result: Any = cast(Any, field).type
        inherited = name in around.list_fields
        items = around.length if inherited else 1.0 if weight.through or not is_list(result) else length
        if not inherited and weight is _PLAIN and is_list(result):
            items = SHORT_LIST
        inner = replace(around, filters=filters, list_fields=weight.through, length=length)
        sets = [node.selection_set for node in nodes if node.selection_set]
        below = self._selections(sets, named, inner, times * items) + OBJECT if sets else VALUE
        points += items * below
        if named.name == CHARTS:
            self.charts += times * items * (below - OBJECT if sets else 0)
        if times and points * times >= 1:
            self.parts.append(Part(around.path, points * times))
        return points

    def _filters(self, arguments: Mapping[str, Any]) -> float:
        """The points of all filters among the arguments. The value of a variable is looked at once, however often it
        is given."""
        points = 0.0
        for name in FILTER_ARGUMENTS:
            value = _given(arguments, name)
            if value is not None:
                known = self._of_filters.get(id(value))
                if known is None:
                    known = self._of_filters[id(value)] = value, points_of(value)
                points += known[1]
        return points

    def _known_length(self, weight: Weight) -> float:
        """How long a list of the chart is; 0 where that is not known, or it has nothing."""
        return 0 if self.lengths is None or weight.counted is None else weight.counted.among(self.lengths)

    def _length(self, weight: Weight, field: GraphQLField, given: Mapping[str, Any]) -> float:
        match weight.length:
            case Usually(count):
                return count
            case Argument(name, most, default, least, instead):
                value = _given(given, name)
                if value is None and instead:
                    value = _given(given, instead)
                if value is None and name in field.args and isinstance(field.args[name].default_value, int):
                    value = field.args[name].default_value
                if isinstance(value, list):
                    value = len(cast("list[Any]", value))
                    least = 0
                if isinstance(value, int) and not isinstance(value, bool):
                    return value if least <= value <= most else 0
                return default


def is_list(kind: Any) -> bool:
    """Whether a type is a list, required or not."""
    inner = cast("Any", kind).of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLList)


def _given(arguments: Mapping[str, Any], name: str) -> Any:
    """An argument, or a member of an input object, by its dotted name; or the member of ``input`` of that name."""
    head, _, rest = name.partition(".")
    value = arguments.get(head)
    if value is None and head != "input" and isinstance(arguments.get("input"), dict):
        value = arguments["input"].get(head)
    if not rest:
        return value
    return _given(cast("dict[str, Any]", value), rest) if isinstance(value, dict) else None
