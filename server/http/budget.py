"""What clients are told of their budget: fields of headers, the cost of a request, and the refusal of one.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ names ``RateLimit-Policy`` and ``RateLimit``.
"""

from typing import Any, Protocol

from starlette.responses import Response

from graph.context import Context
from graph.errors import ErrorCode
from resolvers.author import Author
from resolvers.budgets import SECONDS, Budgets, BudgetSpentError, Remaining
from server.http.responses import JSON, error_response, retry_after

POLICY = "points"
"""The name of the policy in the headers."""


def rate_limit_headers(left: Remaining) -> dict[str, str]:
    """The policy, and what is left of it: ``t`` seconds from now all of it is there again."""
    return {
        "RateLimit-Policy": f'"{POLICY}";q={left.capacity};w={SECONDS}',
        "RateLimit": f'"{POLICY}";r={left.points};t={left.seconds}',
    }


class Payer(Protocol):
    """Whose budget pays: that of the key of a project's author."""

    @property
    def project_id(self) -> int: ...
    @property
    def author(self) -> Author | None: ...


async def spend(budgets: Budgets | None, payer: Payer, points: float, what: str = "The request") -> None:
    """Spends points of the key of a request, where it has a budget.

    Raises:
        BudgetSpentError: it has too few.
    """
    key_id = payer.author.key_id if payer.author else None
    if budgets is not None and key_id is not None:
        await budgets.spend(payer.project_id, key_id, points, what)


async def settle(budgets: Budgets | None, payer: Payer, points: float) -> None:
    """Takes points of the key of a request for what has run, where it has a budget, whether they are there or not."""
    key_id = payer.author.key_id if payer.author else None
    if budgets is not None and key_id is not None:
        await budgets.settle(payer.project_id, key_id, points)


def remaining(budgets: Budgets | None, payer: Payer) -> Remaining | None:
    """What the key of a request may still spend; None where it has no limit."""
    key_id = payer.author.key_id if payer.author else None
    return None if budgets is None or key_id is None else budgets.remaining(payer.project_id, key_id)


def cost_of(context: Context, left: Remaining | None) -> dict[str, Any]:
    """``extensions.cost`` of an answer, which a request asks for by its own ``extensions: {"cost": true}``."""
    price = context.price
    assert price is not None
    told = dict(price.details(context.scope.meter.max_cost))
    return told if left is None else {**told, "remaining": left.points}


def spent_extensions(error: BudgetSpentError) -> dict[str, Any]:
    """The extensions of an operation that is refused for its budget."""
    return {"code": ErrorCode.RATE_LIMITED.value, "retryAfter": error.retry_after}


def budget_spent(error: BudgetSpentError, media_type: str = JSON, taken: object = None) -> Response:
    """A request that is refused for its budget, as a response. ``taken`` is what was stored of it before."""
    headers = retry_after(error.retry_after)
    details: dict[str, Any] = {} if taken is None else {"taken": taken}
    return error_response(429, str(error), media_type=media_type, headers=headers, **spent_extensions(error), **details)
