"""The run of one mutation: its transaction held, and what was loaded forgotten."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from graph.context import Info
from graph.errors import ErrorCode, RequestError
from graph.inputs.reader import InputReader
from graph.trail import event_of
from resolvers.kept_results import Outcome, from_text, to_text
from resolvers.rejections import Rejected, Rejections
from resolvers.repeatable import (
    MAX_RESULT,
    RETRY_AFTER,
    KeyInUseError,
    KeyReusedError,
    Repeatable,
    ResultNotKeptError,
    earlier_result,
    keep_result,
)
from resolvers.sealing import SealBrokenError
from resolvers.trail import record_event
from resolvers.writing import Writing

T = TypeVar("T")
Action = Callable[[Writing, Rejections], Awaitable[T]]


class Write(InputReader):
    """One mutation at work. It commits as a whole, or not at all."""

    def __init__(self, info: Info) -> None:
        super().__init__()
        self.scope = info.context.scope
        self._request = info.context.repeatable
        self._name = str(info.path.key)
        self._event_of = event_of(info.execution.field_name)

    async def run(self, action: Action[T]) -> T | None:
        """What the action returns, committed with its event in the trail; None if it was rejected. Later fields read
        the new data.

        In a request with an idempotency key, a mutation that was committed before is not run again: what it returned
        then is returned.

        Raises:
            RequestError: the idempotency key cannot be used for this request, or not now.
        """
        scope = self.scope
        try:
            async with scope.sessions.write(scope.project_id) as session:
                writing = Writing(session, scope.project_id, scope.now, scope.author, scope.origin)
                done = await self._once(writing, action)
            scope.meter.stored += writing.points
            return done
        except Rejected:
            return None
        except KeyReusedError as error:
            raise RequestError(ErrorCode.IDEMPOTENCY_KEY_REUSED, str(error)) from error
        except KeyInUseError as error:
            raise RequestError(ErrorCode.IDEMPOTENCY_KEY_IN_USE, str(error), retryAfter=RETRY_AFTER) from error
        except ResultNotKeptError as error:
            raise RequestError(ErrorCode.LIMIT_EXCEEDED, str(error), limit=MAX_RESULT) from error
        finally:
            scope.forget()

    async def _once(self, writing: Writing, action: Action[T]) -> T:
        request = self._request
        if request is None:
            return await self._recorded(writing, action)
        earlier = await earlier_result(writing, request, self._name)
        if earlier is not None:
            outcome = _opened(earlier, request)
            self.rejections = Rejections([*outcome.rejections], outcome.further)
            return cast("T", outcome.result)
        result = await self._recorded(writing, action)
        outcome = Outcome(result, tuple(self.rejections.found), self.rejections.further)
        await keep_result(writing, request, self._name, to_text(outcome, request.seal))
        return result

    async def _recorded(self, writing: Writing, action: Action[T]) -> T:
        result = await action(writing, self.rejections)
        await record_event(writing, self._event_of(result))
        return result


def _opened(earlier: str, request: Repeatable) -> Outcome:
    """What an earlier request did.

    Raises:
        RequestError: a secret of its result cannot be told again.
    """
    try:
        return from_text(earlier, request.seal)
    except SealBrokenError as error:
        message = (
            "This was executed by an earlier request with the same idempotency key, and not again. The secret in its "
            "result was stored by an earlier version of the server and cannot be repeated: rotate the new API key."
        )
        raise RequestError(ErrorCode.NOT_FOUND, message) from error
