"""Subscriptions on any transport: opened within limits, each event answered once for all who ask the same of it, paid
for, and told only to those whose key still has the rights that it is answered for."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from graph.context import Context
from graph.errors import ErrorCode, RequestError
from graph.event_stream import answer_event, events_of
from graph.schema import Asked, Schema
from resolvers.rights import Rights
from server.beside import started
from server.http.answers import answer_body, answer_parts
from server.http.subscription_limits import SubscriptionLimits

REPEATED_POINTS = 1
"""What an event costs a subscriber whose answer another one had computed already."""


class RefusedError(Exception):
    """A subscription was not opened, or ended: with these errors."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an event, as JSON in pieces, and what it cost beyond its price."""

    parts: list[str]
    surplus: float


class Subscriptions:
    """Opens the subscriptions of a process."""

    def __init__(self, schema: Schema, limits: SubscriptionLimits) -> None:
        self._schema = schema
        self._limits = limits

    async def answers(
        self, asked: Asked, context: Context, rights_now: Callable[[], Awaitable[Rights]]
    ) -> AsyncGenerator[list[str]]:
        """The answers to the events of a subscription, one after the other, until it ends.

        Args:
            rights_now: what the key of the subscriber may do now; raises where it opens nothing any more.

        Raises:
            RefusedError: the operation is wrong, too expensive, or its field refuses it.
            RequestError: there are too many subscriptions, or the key has other rights by now.
            BudgetSpentError: the key has too few points left.
        """
        with self._limits.counted(context.scope):
            events = await events_of(self._schema, asked)
            if isinstance(events, ExecutionResult):
                raise RefusedError(events.errors or [])
            await _spend(context, _price(context))
            is_first = True
            async with aclosing(cast("AsyncGenerator[Any]", events)) as told:
                async for event in _told(self._schema, asked, told):
                    if await rights_now() != context.scope.rights:
                        message = "The rights of the API key have changed. Subscribe again."
                        raise RequestError(ErrorCode.FORBIDDEN, message)
                    answer = await self._answer(asked, context, event, is_paid=is_first)
                    is_first = False
                    yield answer.parts

    async def _answer(self, asked: Asked, context: Context, event: Any, *, is_paid: bool) -> Answer:
        shared: dict[object, asyncio.Task[Answer]] = event.news.shared
        key = (asked.prepared.text, asked.operation_name, _text(asked.variables), context.scope.rights)
        task = shared.get(key)
        price = REPEATED_POINTS if task is not None else _price(context)
        if not is_paid:
            await _spend(context, price)
            task = shared.get(key)
        if task is None:
            task = shared[key] = started(self._computed(asked, event))
        answer = await asyncio.shield(task)
        if price != REPEATED_POINTS and answer.surplus and context.settle is not None:
            await context.settle(answer.surplus)
        return answer

    async def _computed(self, asked: Asked, event: Any) -> Answer:
        result, surplus = await answer_event(self._schema, asked, event)
        assert asked.own_context is not None
        parts = await answer_parts(answer_body(result), asked.own_context.scope.meter.max_bytes)
        return Answer([part.decode() for part in parts], surplus)


async def _told(schema: Schema, asked: Asked, events: AsyncIterator[Any]) -> AsyncGenerator[Any]:
    """The events; an error of the field that makes them ends them, as the client may see it."""
    try:
        async for event in events:
            yield event
    except GraphQLError as error:
        raise RefusedError(schema.told(asked, ExecutionResult(None, [error])).errors or []) from error
    except Exception as error:
        wrong = GraphQLError(str(error), original_error=error)
        raise RefusedError(schema.told(asked, ExecutionResult(None, [wrong])).errors or []) from error


def _price(context: Context) -> float:
    return context.price.cost if context.price is not None else 0


async def _spend(context: Context, points: float) -> None:
    if context.spend is not None:
        await context.spend(points)


def _text(variables: dict[str, Any] | None) -> str:
    return json.dumps(variables, sort_keys=True) if variables else ""
