"""How many subscriptions a key and a project may have at a time, in one process."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from graph.errors import ErrorCode, RequestError
from resolvers.scope import Scope

_NO_KEY = 0


class SubscriptionLimits:
    """Counts the open subscriptions.

    Args:
        of_key: those that a key may have; 0 for no limit.
        of_project: those that all keys of a project may have together; 0 for no limit.
    """

    def __init__(self, of_key: int, of_project: int) -> None:
        self._of_key = of_key
        self._of_project = of_project
        self._open = Counter[tuple[int, ...]]()

    @contextmanager
    def counted(self, scope: Scope) -> Generator[None]:
        """Counts a subscription until the block ends.

        Raises:
            RequestError: its key or its project has as many as it may have.
        """
        key = (scope.project_id, scope.key.id if scope.key else _NO_KEY)
        places = ((key, "This API key", self._of_key, "KEY"), (key[:1], "This project", self._of_project, "PROJECT"))
        for place, whose, most, setting in places:
            _check(whose, self._open[place], most, f"DIALBOARD_MAX_{setting}_SUBSCRIPTIONS")
        self._open.update(place for place, *_ in places)
        try:
            yield
        finally:
            for place, *_ in places:
                self._open[place] -= 1
                if not self._open[place]:
                    del self._open[place]


def _check(whose: str, count: int, most: int, setting: str) -> None:
    if most and count >= most:
        message = f"{whose} has as many subscriptions as are allowed at a time: {most:,} ({setting})."
        raise RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit=most)
