"""The run of one mutation: its transaction held, and what was loaded forgotten."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from graph.context import Info
from graph.inputs.reader import InputReader
from resolvers.rejections import Rejected, Rejections
from resolvers.writing import Writing

T = TypeVar("T")


class Write(InputReader):
    """One mutation at work. It commits as a whole, or not at all."""

    def __init__(self, info: Info) -> None:
        super().__init__()
        self.scope = info.context.scope

    async def run(self, action: Callable[[Writing, Rejections], Awaitable[T]]) -> T | None:
        """What the action returns, committed; None if it was rejected. Later fields read the new data."""
        scope = self.scope
        try:
            async with scope.sessions.write(scope.project_id) as session:
                return await action(Writing(session, scope.project_id, scope.now, scope.author), self.rejections)
        except Rejected:
            return None
        finally:
            scope.forget()
