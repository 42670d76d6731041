"""Filters as types, for clients that show them."""

import re
from enum import Enum
from typing import Annotated, cast

import strawberry

from filters.operators import BY_SPELLING, OPERATORS, Op
from filters.parse import COMBINED, parse
from filters.syntax import Condition, GroupOperator, Node
from graph.enums import register
from graph.scalars import JSON

register(
    GroupOperator,
    "How a group of a filter joins its conditions.",
    {
        GroupOperator.AND: "All of them are true.",
        GroupOperator.OR: "At least one of them is true.",
        GroupOperator.SAME_ROW: "A single evaluation of the call matches all of them.",
        GroupOperator.NOT: "The one condition is not true; also matches if its field has no value.",
    },
    name="FilterGroupOperator",
)


def _named(typed: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", typed).upper()


_BY_OP: dict[str, Op] = {_named(row.typed_name): row.name for row in OPERATORS.values()}
FilterOperator = Enum("FilterOperator", _BY_OP)
register(
    FilterOperator,
    "How a condition of a filter compares.",
    {operator: OPERATORS[operator.value].description for operator in FilterOperator},
)


@strawberry.type(description="A condition of a filter.")
class FilterCondition:
    field: str = strawberry.field(description="The field, as filters in JSON write it, such as `metadata.city`.")
    op: FilterOperator = strawberry.field(  # pyright: ignore[reportInvalidTypeForm]
        description="The operator."
    )
    value: JSON | None = strawberry.field(
        description="What the field is compared with, as it was written: a list for IN and BETWEEN, a boolean for "
        "IS_NULL; times can be relative, such as `now-7d`."
    )


@strawberry.type(description="Conditions of a filter that are joined.")
class FilterGroup:
    operator: GroupOperator = strawberry.field(description="How they are joined.")
    conditions: list[Annotated["FilterCondition | FilterGroup", strawberry.union("FilterPart")]] = strawberry.field(
        description="They, in their order; a group NOT has one."
    )


FilterPart = Annotated[
    FilterCondition | FilterGroup, strawberry.union("FilterPart", description="A filter, or a part of one.")
]

WHERE = "`filters` as types: a condition, or a group of conditions and groups"


def part_of(filters: object) -> FilterPart | None:
    """A filter in JSON as types; None where it filters nothing."""
    node = parse(filters, limits=COMBINED)
    return None if node is None else _part(node)


def _part(node: Node) -> FilterPart:
    if isinstance(node, Condition):
        value = [*node.value] if isinstance(node.value, tuple) else node.value
        op = FilterOperator(BY_SPELLING[node.op].name)
        return FilterCondition(field=node.field, op=op, value=cast("JSON | None", value))
    return FilterGroup(operator=node.operator, conditions=[_part(member) for member in node.conditions])
