"""What every resolver is handed: the request's scope, and what was asked for so far."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.fastapi import BaseContext

from graph.operation_report import Report
from graph.price import Price
from resolvers.repeatable import Repeatable
from resolvers.scope import Scope

Spend = Callable[[float], Awaitable[None]]


class Context(BaseContext):
    """The context of one request, made by the server once it knows whose key it is."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.revision_documents = 0  # asked for so far
        self.price: Price | None = None  # of the operation, once it is known
        self.spend: Spend | None = None  # takes points from the budget of the request's key; None for no limit
        self.settle: Spend | None = None  # takes points for what has run, whether they are there or not
        self.report: Report | None = None  # is told of the operation when it is done
        self.chart_points: dict[tuple[object, ...], float] = {}  # see graph.cost.charts
        self.unserved: dict[str, int | None] = {}
        """Fields of the root that answered with an outage of their own, and after how many seconds to try again."""
        self.repeatable: Repeatable | None = None  # of a request with an idempotency key
        self.asked: dict[tuple[int, ...], tuple[Any, ...]] = {}  # see graph.lookahead


class Info(strawberry.Info[Context, None]):
    """What a resolver is told of the field that it answers."""

    _raw_info: GraphQLResolveInfo[Context]

    @property
    def execution(self) -> GraphQLResolveInfo[Context]:
        """The executor's own view: the selected nodes, the fragments, the variables."""
        return self._raw_info
