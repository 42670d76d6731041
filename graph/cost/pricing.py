"""Prices operations, and caches the prices of those that are requested again."""

from collections.abc import Mapping
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema

from graph.cost.walk import Walk
from graph.documents import Prepared
from graph.errors import ErrorCode, RequestError
from graph.price import Price

_REMEMBERED = 64
"""Prices of one document: by its operation and variables."""

_SHORT = 64
"""Characters of a variable's text by which a price is remembered."""


def price_of(
    schema: GraphQLSchema, prepared: Prepared, operation_name: str | None, variables: Mapping[str, Any] | None
) -> Price:
    """The price of an operation of a document that can be executed."""
    key = (operation_name, *variables.items()) if variables else operation_name
    is_short = not variables or all(_is_short(value) for value in variables.values())
    known = prepared.prices.get(key) if is_short else None
    if known is None:
        known = _priced(schema, prepared, operation_name, variables or {})
        if is_short:
            if len(prepared.prices) >= _REMEMBERED:
                prepared.prices.clear()
            prepared.prices[key] = known
    return known


def _is_short(value: object) -> bool:
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= _SHORT)


def _priced(
    schema: GraphQLSchema, prepared: Prepared, operation_name: str | None, variables: Mapping[str, Any]
) -> Price:
    assert prepared.document is not None
    fragments = {
        node.name.value: node for node in prepared.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return Walk(schema, fragments, variables).operation(prepared.operation(operation_name))


def refusal(price: Price, ceiling: float) -> RequestError | None:
    """The error of an operation that costs more than one may; None for others."""
    if price.points <= ceiling:
        return None
    message = (
        f"The request costs {price.cost:,} points; at most {ceiling:,.0f} are allowed. The most expensive fields are "
        f"{price.described()}. Request fewer items (`first`, `top`, `maxPoints`), request `calls` only for selected "
        "items, or split the request."
    )
    return RequestError(ErrorCode.COST_EXCEEDED, message, limit="cost", cost=price.details(ceiling))
