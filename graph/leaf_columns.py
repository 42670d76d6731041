"""Columns of scalars and enums in their JSON form, all values at once where they need no look of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from graphql import GraphQLFloat, GraphQLID, GraphQLInt, GraphQLLeafType, GraphQLString, Undefined

from aggregation.answer.instants import Instants
from filters.instants import rfc3339
from graph.scalars import big_int, is_big_int, rfc3339_all


class NotPlainError(Exception):
    """A list or a value of it that only the standard way can complete."""


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
