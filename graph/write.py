"""The run of one mutation: its ids read, its transaction held, its errors gathered, and what was loaded forgotten."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry
from strawberry import Some

from aggregation.question.faults import InvalidFilterError
from graph.context import Info
from graph.errors import Error
from graph.inputs.call_log_filter import CallLogFilter, filter_json
from graph.inputs.given import given
from graph.node_ids import InvalidIdError, row_id
from graph.rejections import error_of
from resolvers.absent import ABSENT
from resolvers.rejections import InputFault, InvalidValue, Rejected, Rejections
from resolvers.writing import Writing

T = TypeVar("T")


class Write:
    """One mutation at work. It commits as a whole, or not at all."""

    def __init__(self, info: Info) -> None:
        self.scope = info.context.scope
        self.rejections = Rejections()
        self._ids: dict[str, strawberry.ID] = {}

    def row_id(self, global_id: str, type_name: str, path: str) -> int | None:
        """The row that an id of the input names; None, and noted, when it is no id of that type."""
        self._ids[path] = strawberry.ID(global_id)
        try:
            return row_id(global_id, type_name)
        except InvalidIdError as error:
            self.rejections.note(InvalidValue(error.message, path, error.allowed, InputFault.INVALID_ID))
            return None

    def filters(self, filters: Some[Any] | None, where: CallLogFilter | None, path: str, *, origin: str) -> Any:
        """The filters of an input, whichever form they were given in; ``ABSENT`` for none, or where both were."""
        if where is None:
            return given(filters)
        try:
            return filter_json(filters.value if filters else None, where, origin=origin)
        except InvalidFilterError as error:
            for fault in error.faults:
                self.rejections.wrong_filter(fault, origin, f"{path}/where")
            return ABSENT

    async def run(self, action: Callable[[Writing, Rejections], Awaitable[T]]) -> T | None:
        """What the action makes, committed; None when it was rejected. Later fields of the request read anew."""
        scope = self.scope
        try:
            async with scope.sessions.write(scope.project_id) as session:
                return await action(Writing(session, scope.project_id, scope.now, scope.author), self.rejections)
        except Rejected:
            return None
        finally:
            scope.forget()

    @property
    def errors(self) -> list[Error]:
        """Everything that was wrong with the input."""
        return [error_of(rejection, self._ids) for rejection in self.rejections.listed()]
