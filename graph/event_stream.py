"""Subscriptions in the schema: from an operation to its events, and from an event to its answer."""

from collections.abc import AsyncIterable
from dataclasses import replace
from inspect import isawaitable
from typing import Any, cast

import graphql
from strawberry.types import ExecutionResult

from graph.context import Context
from graph.schema import Asked, Schema


async def events_of(schema: Schema, asked: Asked) -> ExecutionResult | AsyncIterable[Any]:
    """The events of a subscription; where it is refused, the result that says why. Its price is in its context then."""
    refused = await schema.refused(asked)
    if refused is not None:
        return refused
    executor = schema.executor(asked)
    if isinstance(executor, ExecutionResult):
        return executor
    source = cast("Any", graphql).create_source_event_stream(executor)
    found = await source if isawaitable(source) else source
    if isinstance(found, graphql.ExecutionResult):
        return schema.told(asked, ExecutionResult(None, found.errors))
    return cast("AsyncIterable[Any]", found)


async def answer_event(schema: Schema, asked: Asked, event: object) -> tuple[ExecutionResult, float]:
    """The answer to one event, in a context of its own, and the points that it turned out to cost beyond its price."""
    subscribed = asked.own_context
    assert subscribed is not None
    assert subscribed.price is not None
    context = Context(subscribed.scope.renewed())
    context.price = subscribed.price
    one = replace(asked, context=context, root_value=event)
    answer = await schema.in_turn(one, context, context.price)
    return answer, max(0.0, context.scope.meter.surplus(context.price.charts))
