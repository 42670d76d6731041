"""Completes lists of plain objects a column at a time, which is what thousands of points and buckets need.

The standard way resolves every field of every item by itself. Here a list whose selected fields all just read
attributes of scalars and enums is read attribute by attribute, and each column is turned into its JSON form at once.
Whatever is not that plain, and whatever goes wrong on the way, is left to the standard way, which then says so as it
always does.
"""

from collections.abc import AsyncIterable, Iterable
from operator import attrgetter
from typing import Any, TypeGuard, cast

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

TYPENAME = "__typename"
FEW = 8
"""Shorter lists are not worth the preparation."""

Column = tuple[str, str, GraphQLLeafType, bool]
"""A selected field: its name in the answer, the attribute it reads, its type, and whether null is refused."""


class NotPlainError(Exception):
    """A list or a value of it that only the standard way can complete."""


def _is_sequence(items: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(items, list | tuple)


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
        item_type: Any = return_type.of_type
        if isinstance(item_type, GraphQLNonNull):
            item_type = cast(Any, item_type).of_type
        is_plain = isinstance(item_type, GraphQLObjectType) and position_context is None
        if is_plain and _is_sequence(result) and len(result) >= FEW:
            try:
                return self._columns(item_type, field_details_list, path, [*result])
            except NotPlainError:
                pass
        standard: Any = super()
        return standard.complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _columns(
        self,
        item_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        rows: list[Any],
    ) -> list[dict[str, Any]]:
        has_middleware = self.middleware_manager is not None and bool(self.middleware_manager.middlewares)
        if has_middleware or item_type.is_type_of or self.get_stream_usage(field_details_list, path):
            raise NotPlainError
        selected = self._selected(item_type, field_details_list)
        if len(set[Any](map(type, rows))) != 1:
            raise NotPlainError
        columns: list[Iterable[Any]] = []
        for _, attribute, leaf, is_required in selected:
            if attribute == TYPENAME:
                columns.append([item_type.name] * len(rows))
            else:
                columns.append(completed(_read(rows, attribute), leaf, is_required))
        names = [name for name, *_ in selected]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def _selected(self, item_type: GraphQLObjectType, field_details_list: FieldDetailsList) -> list[Column]:
        grouped, defer_usages, forbidden = self.collect_subfields(item_type, field_details_list)
        if defer_usages or forbidden or not grouped:
            raise NotPlainError
        return [self._column(item_type, name, details) for name, details in grouped.items()]

    def _column(self, item_type: GraphQLObjectType, name: str, details: FieldDetailsList) -> Column:
        node = details[0].node
        if node.name.value == TYPENAME:
            return name, TYPENAME, GraphQLString, True
        field = item_type.fields.get(node.name.value)
        plain = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if field is None or not isinstance(plain, StrawberryField):
            raise NotPlainError
        if not plain.is_basic_field or plain.default_resolver is not getattr or field.args or node.arguments:
            raise NotPlainError
        is_required = isinstance(field.type, GraphQLNonNull)
        leaf = field.type.of_type if is_required else field.type
        if not is_leaf_type(leaf):
            raise NotPlainError
        return name, plain.python_name, leaf, is_required


def _read(rows: list[Any], attribute: str) -> list[Any]:
    try:
        return list(map(attrgetter(attribute), rows))
    except Exception as error:
        raise NotPlainError from error


_AS_THEY_ARE: dict[GraphQLLeafType, set[type]] = {
    GraphQLString: {str},
    GraphQLID: {str},
    GraphQLFloat: {float},
    GraphQLInt: {int},
}
_LARGEST = 2**31 - 1


def completed(values: list[Any], leaf: GraphQLLeafType, is_required: bool) -> list[Any]:
    """A column in its JSON form.

    Raises:
        NotPlainError: some value is not what the type takes, or null where none may be.
    """
    kinds = set[Any](map(type, values))
    has_null = type(None) in kinds
    if has_null and is_required:
        raise NotPlainError
    kinds.discard(type(None))
    if kinds <= _AS_THEY_ARE.get(leaf, set()) and _is_within(values, leaf, has_null):
        return values
    try:
        coerced = [None if value is None else leaf.coerce_output_value(value) for value in values]
    except Exception as error:
        raise NotPlainError from error
    if any(one is Undefined or (one is None and value is not None) for one, value in zip(coerced, values, strict=True)):
        raise NotPlainError
    return coerced


def _is_within(values: list[Any], leaf: GraphQLLeafType, has_null: bool) -> bool:
    """Whether numbers are of the range of their type; a sum that is finite has no infinite part."""
    if leaf not in (GraphQLFloat, GraphQLInt):
        return True
    numbers = [value for value in values if value is not None] if has_null else values
    if leaf is GraphQLInt:
        return not numbers or (max(numbers) <= _LARGEST and min(numbers) >= -_LARGEST - 1)
    total = sum(map(abs, numbers))
    return total - total == 0
