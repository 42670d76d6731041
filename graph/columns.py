"""Completes lists of plain objects a column at a time, which is what thousands of points and buckets need.

The standard way resolves every field of every item by itself. Here a list whose selected fields all just read
attributes, or call methods that need nothing else, is read field by field, and each column is turned into its JSON form
at once; so are the objects and lists inside of it. A list that is kept as columns is not even made into objects.
Whatever is not that plain, and whatever goes wrong on the way, is left to the standard way, which then says so as it
always does.
"""

from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, TypeGuard, TypeVar, cast

from graphql import (
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    Undefined,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from aggregation.answer.instants import Instants
from aggregation.answer.item_columns import Columns
from filters.instants import rfc3339
from graph.rows import rows_of
from graph.scalars import big_int, is_big_int, rfc3339_all

Item = TypeVar("Item")
TYPENAME = "__typename"

Read = Callable[[Any], Sequence[Any]]
Selected = tuple[str, Read, Any, FieldDetailsList]
"""A selected field: its name in the answer, how to read it of all rows, its type, and where it is selected."""


class NotPlainError(Exception):
    """A list or a value of it that only the standard way can complete."""


def as_list(columns: Columns[Item]) -> list[Item]:
    """Columns where the schema says a list, which they are to whoever only reads them."""
    return cast("list[Item]", columns)


def _is_sequence(items: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(items, list | tuple | Columns)


class ColumnExecutor(StrawberryGraphQLCoreExecutionContext):
    """The executor of the schema: standard but for lists of plain objects."""

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: Any,
        path: Path,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        item_type, _ = _unwrapped(return_type.of_type)
        is_plain = isinstance(item_type, GraphQLObjectType) and position_context is None
        if is_plain and _is_sequence(result) and len(result) and not self._has_middleware():
            try:
                return self._objects(item_type, field_details_list, path, result)
            except NotPlainError:
                pass
        standard: Any = super()
        rows = [*result] if isinstance(result, Columns) else result
        return standard.complete_list_value(return_type, field_details_list, info, path, rows, position_context)

    def _has_middleware(self) -> bool:
        return self.middleware_manager is not None and bool(self.middleware_manager.middlewares)

    def _objects(
        self, item_type: GraphQLObjectType, field_details_list: FieldDetailsList, path: Path, rows: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """The answers for objects of one type."""
        if item_type.is_type_of or self.get_stream_usage(field_details_list, path):
            raise NotPlainError
        if not isinstance(rows, Columns) and len(set[Any](map(type, rows))) != 1:
            raise NotPlainError
        selected = self._selected(item_type, field_details_list)
        columns = [self._completed(kind, details, path, read(rows)) for _, read, kind, details in selected]
        names = [name for name, *_ in selected]
        return rows_of(names, columns)

    def _selected(self, item_type: GraphQLObjectType, field_details_list: FieldDetailsList) -> list[Selected]:
        grouped, defer_usages, forbidden = self.collect_subfields(item_type, field_details_list)
        if defer_usages or forbidden or not grouped:
            raise NotPlainError
        return [_select(item_type, name, details) for name, details in grouped.items()]

    def _completed(
        self, kind: Any, field_details_list: FieldDetailsList, path: Path, values: Sequence[Any]
    ) -> Sequence[Any]:
        """A column in its JSON form: of scalars and enums, of objects, or of lists."""
        inner, is_required = _unwrapped(kind)
        if is_leaf_type(inner):
            return completed(values, inner, is_required)
        present = values if isinstance(values, Columns) else [value for value in values if value is not None]
        if is_required and len(present) != len(values):
            raise NotPlainError
        done: Sequence[Any] = []
        if isinstance(inner, GraphQLObjectType):
            done = self._objects(inner, field_details_list, path, present) if present else []
        elif isinstance(inner, GraphQLList):
            item_type, _ = _unwrapped(cast(Any, inner).of_type)
            if not isinstance(item_type, GraphQLObjectType) or not all(map(_is_sequence, present)):
                raise NotPlainError
            done = [self._objects(item_type, field_details_list, path, one) if one else [] for one in present]
        else:
            raise NotPlainError
        if len(done) == len(values):
            return done
        in_order = iter(done)
        return [None if value is None else next(in_order) for value in values]


def _unwrapped(kind: Any) -> tuple[Any, bool]:
    """A type without its exclamation mark, and whether it had one."""
    return (cast(Any, kind).of_type, True) if isinstance(kind, GraphQLNonNull) else (kind, False)


def _select(item_type: GraphQLObjectType, name: str, details: FieldDetailsList) -> Selected:
    node = details[0].node
    if node.name.value == TYPENAME:
        return name, lambda rows: [item_type.name] * len(rows), GraphQLNonNull(GraphQLString), details
    field = item_type.fields.get(node.name.value)
    plain = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field is None or not isinstance(plain, StrawberryField) or field.args or node.arguments or plain.extensions:
        raise NotPlainError
    resolver: Any = cast(Any, plain).base_resolver
    if resolver is not None:
        return name, _method(resolver), field.type, details
    if plain.default_resolver is not getattr:
        raise NotPlainError
    return name, partial(_attribute, plain.python_name), field.type, details


def _attribute(name: str, rows: Sequence[Any]) -> Sequence[Any]:
    try:
        return rows.column(name) if isinstance(rows, Columns) else list(map(attrgetter(name), rows))
    except Exception as error:
        raise NotPlainError from error


def _method(resolver: Any) -> Read:
    """How to read a field that a method without arguments answers."""
    if resolver.is_async or list(resolver.signature.parameters) != ["self"]:
        raise NotPlainError
    answer = cast("Callable[[Any], Any]", resolver.wrapped_func)

    def read(rows: Sequence[Any]) -> list[Any]:
        try:
            return list(map(answer, rows))
        except Exception as error:
            raise NotPlainError from error

    return read


_AS_THEY_ARE: dict[GraphQLLeafType, set[type]] = {
    GraphQLString: {str},
    GraphQLID: {str},
    GraphQLFloat: {float},
    GraphQLInt: {int},
}
_LARGEST = 2**31 - 1


def completed(values: Sequence[Any], leaf: GraphQLLeafType, is_required: bool) -> Sequence[Any]:
    """A column in its JSON form.

    Raises:
        NotPlainError: some value is not what the type takes, or null where none may be.
    """
    is_time = leaf.coerce_output_value is rfc3339
    if is_time and isinstance(values, Instants):
        return rfc3339_all(values)
    kinds = set[Any](map(type, values))
    has_null = type(None) in kinds
    if has_null and is_required:
        raise NotPlainError
    kinds.discard(type(None))
    if leaf.coerce_output_value is big_int and kinds <= {int} and _is_big(values, has_null):
        return values
    if kinds <= _AS_THEY_ARE.get(leaf, set()) and _is_within(values, leaf, has_null):
        return values
    try:
        if is_time and kinds <= {datetime}:
            return rfc3339_all(values)
        coerced = [None if value is None else leaf.coerce_output_value(value) for value in values]
    except Exception as error:
        raise NotPlainError from error
    if any(one is Undefined or (one is None and value is not None) for one, value in zip(coerced, values, strict=True)):
        raise NotPlainError
    return coerced


def _is_big(values: Sequence[Any], has_null: bool) -> bool:
    """Whether whole numbers have at most 64 bits; one that has more makes the lowest or the highest one too large."""
    numbers = [value for value in values if value is not None] if has_null else values
    return not numbers or (is_big_int(min(numbers)) and is_big_int(max(numbers)))


def _is_within(values: Sequence[Any], leaf: GraphQLLeafType, has_null: bool) -> bool:
    """Whether numbers are of the range of their type; a sum that is finite has no infinite part."""
    if leaf not in (GraphQLFloat, GraphQLInt):
        return True
    numbers = [value for value in values if value is not None] if has_null else values
    if leaf is GraphQLInt:
        return not numbers or (max(numbers) <= _LARGEST and min(numbers) >= -_LARGEST - 1)
    total = sum(map(abs, numbers))
    return total - total == 0
