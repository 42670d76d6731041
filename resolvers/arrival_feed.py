"""The feed of calls that arrive: it moves with every change of the project's calls, and tells those that pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aggregation.calls.arrivals import Arrivals, arrivals
from aggregation.calls.pages import probe_regexes
from aggregation.question.faults import InvalidFilterError
from models.lanes import Lane
from models.notices import Topic
from models.snapshots import current_snapshot, parse_snapshot
from resolvers.call_logs import check_large_filters
from resolvers.feeds import Feed
from resolvers.json_values import json_text
from resolvers.scope import Scope


@dataclass(frozen=True, slots=True)
class ArrivalNews:
    """What subscribers of calls are told.

    Attributes:
        version: the state that it leads to, for those who subscribe again.
        is_resumed: whether it has everything since the state that the subscriber knew.
        found: the calls.
        shared: what is made of it once for all of them.
    """

    version: str
    is_resumed: bool
    found: Arrivals
    shared: dict[Any, Any] = field(default_factory=dict[Any, Any], compare=False)


class ArrivalFeed(Feed[ArrivalNews]):
    """Follows the calls that pass a filter.

    Args:
        renew: makes a scope for each look.
        filters: the filter, as the client wrote it; checked again each time, as its times may be relative.
        first: how many calls an event has at most.
    """

    topics = (Topic.CALLS,)
    seconds = 0.25

    def __init__(self, project_id: int, renew: Callable[[], Scope], filters: object, first: int) -> None:
        super().__init__(project_id)
        self._renew = renew
        self._filters = filters
        self._first = first

    async def look(self) -> str:
        """The present snapshot."""
        async with self._renew().sessions.read(self.project_id, lane=Lane.CHARTS) as session:
            return (await current_snapshot(session)).text

    async def make(self, since: str | None, position: str) -> ArrivalNews | None:
        """The calls between two snapshots; none, for who knows no snapshot of this database.

        Raises:
            ChartError: the filter is wrong.
        """
        scope = self._renew()
        checked = await check_large_filters(scope, self._filters)
        known, until = parse_snapshot(since) if since else None, parse_snapshot(position)
        assert until is not None
        async with scope.sessions.read(self.project_id, lane=Lane.CHARTS) as session:
            if known is None or not known.is_before(until):
                if faults := await probe_regexes(session, checked):
                    raise InvalidFilterError("request", faults)
                return ArrivalNews(position, is_resumed=False, found=Arrivals())
            found = await arrivals(session, self.project_id, checked, known, until, self._first)
        return ArrivalNews(position, is_resumed=True, found=found) if found.count else None


def following_arrivals(scope: Scope, filters: object, first: int) -> Any:
    """The feed of the calls that pass a filter, as a block."""
    asked = sha256(json_text(filters).encode(errors="replace")).digest()
    question = ("calls", scope.project_id, scope.rights, asked, first)
    return scope.feeds.following(question, lambda: ArrivalFeed(scope.project_id, scope.renewed, filters, first))
