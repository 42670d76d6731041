"""The feed of a chart: it moves when its calls or its definition change, and when time moves its window."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from aggregation.answer.chart_changes import change_between, size_of
from aggregation.answer.item_changes import ChartChange
from aggregation.answer.results import ChartResult
from aggregation.question.faults import ChartError
from aggregation.question.query import ChartOptions, ChartQuery, Overrides, Surroundings, WidgetDefinition
from filters import Checked
from models.changes import Total, read_total
from models.in_thread import in_thread_if_large
from models.lanes import Lane
from models.notices import Topic
from resolvers import charts
from resolvers.feeds import Feed
from resolvers.json_values import json_text
from resolvers.keeping import Kept
from resolvers.scope import Scope

Answer = ChartResult | ChartError

SLOT_SECONDS = 900
"""How often a chart whose window moves is looked at, if it has no buckets that are shorter."""

_LEAST_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class ChartNews:
    """What subscribers of a chart are told.

    Attributes:
        version: the state that it leads to, for those who subscribe again.
        answer: the chart, whole or with its changed items only; or why there is none.
        is_whole: whether it replaces what the subscriber has.
        removed: the keys of items that are gone.
        shared: what is made of it once for all of them.
    """

    version: str
    answer: Answer
    is_whole: bool
    removed: tuple[str, ...] = ()
    shared: dict[Any, Any] = field(default_factory=dict[Any, Any], compare=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """What is asked, as it is saved or previewed at a moment."""

    widget: WidgetDefinition
    surroundings: Surroundings
    is_saved: bool


Find = Callable[[Scope], Awaitable[Definition | None]]
"""Finds the definition; None where the widget is gone."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an answer was computed from: where nothing of it differs, the answer is the same, but for calls that leave
    the window, which are looked at when it crosses the next border.

    Attributes:
        changes: the changes of the calls in the window.
        until: when time moves the window across the next border.
    """

    definition: Definition
    filters: Checked
    edges: tuple[datetime, ...]
    changes: Total
    until: datetime


class GoneError(Exception):
    """The widget has been deleted."""


class ChartFeed(Feed[ChartNews]):
    """Follows one chart.

    Args:
        renew: makes a scope for each look.
        find: finds the definition.
        overrides: where and when it is asked.
        options: how it is asked.
    """

    topics = (Topic.CALLS, Topic.DASHBOARDS)

    def __init__(
        self, project_id: int, renew: Callable[[], Scope], find: Find, overrides: Overrides, options: ChartOptions
    ) -> None:
        super().__init__(project_id)
        self._renew = renew
        self._find = find
        self._overrides = overrides
        self._options = options
        self._kept: Kept[Answer] = Kept()
        self._seen: _Seen | None = None

    @property
    def weight(self) -> int:
        """How many items the answers have that are kept."""
        return self._kept.weight

    async def look(self) -> str:
        """Computes the chart, unless nothing that it depends on has changed."""
        scope = self._renew()
        definition = await self._find(scope)
        if definition is None:
            raise GoneError
        seen, before = await self._seen_now(scope, definition), self._kept.newest
        if seen is not None and seen == self._seen and before is not None:
            return self._kept.position
        asked = (definition.widget, definition.surroundings, self._overrides, self._options)
        answer = await charts.chart(scope, *asked, is_saved=definition.is_saved)
        self._seen = seen
        if before is not None and await self._is_same(before, answer):
            return self._kept.position
        return self._kept.add(answer, 1 if isinstance(answer, ChartError) else size_of(answer))

    async def _seen_now(self, scope: Scope, definition: Definition) -> _Seen | None:
        """What the answer depends on; None where that is not known, or it compares with another window."""
        asked = (scope, definition.widget, definition.surroundings, self._overrides, self._options)
        try:
            query = await charts.chart_query(*asked, is_saved=definition.is_saved)
        except ChartError:
            return None
        start, end = query.window.start, query.window.end
        if start is None or query.options.compare is not None:
            return None
        first, last = start - (end - start), end  # a number is told with that of the preceding window
        async with scope.sessions.read(self.project_id, lane=Lane.CHARTS) as session:
            total = await read_total(session, self.project_id, _slot(first), _slot(last) + 1)
        return _Seen(definition, query.filters, query.edges, total, _border(query))

    async def _is_same(self, before: Answer, answer: Answer) -> bool:
        if isinstance(before, ChartError) or isinstance(answer, ChartError):
            return type(before) is type(answer) and str(before) == str(answer)
        return await _change(before, answer) is None

    async def make(self, since: str | None, position: str) -> ChartNews:
        """What changed since a version that is kept, else the whole answer."""
        before = None if since is None else self._kept.find(since)
        after = self._kept.find(position)
        if after is None:  # newer ones have come while this one waited for its turn
            position, after = self._kept.position, self._kept.newest
        assert after is not None
        if before is None or isinstance(before, ChartError) or isinstance(after, ChartError):
            return ChartNews(position, after, is_whole=True)
        change = await _change(before, after) or ChartChange(after)
        return ChartNews(position, change.result, change.is_whole, change.removed)

    def border(self) -> float | None:
        """Seconds until time has moved the window across the border of a bucket."""
        if self._seen is None:
            return float(SLOT_SECONDS)
        return max(_LEAST_WAIT, (self._seen.until - datetime.now(UTC)).total_seconds())


async def _change(before: ChartResult, after: ChartResult) -> ChartChange | None:
    return await in_thread_if_large(size_of(before) + size_of(after), partial(change_between, before, after))


def _slot(moment: datetime) -> int:
    """The slot that change marks have for a moment."""
    return int(moment.timestamp() // 900)


def _border(query: ChartQuery) -> datetime:
    """When time moves the window across the next border: of a bucket, or of a quarter of an hour."""
    now = query.as_of
    following = [now + timedelta(seconds=SLOT_SECONDS - now.timestamp() % SLOT_SECONDS)]
    start = query.window.start
    if len(query.edges) > 1 and start is not None:
        following += [edge for edge in query.edges if edge > now][:1]
        following += [now + (query.edges[1] - start)]
    return min(moment for moment in following if moment > now)


async def _saved(row_id: int, scope: Scope) -> Definition | None:
    widget = await scope.loaders.widgets.load(row_id)
    if widget is None:
        return None
    surroundings = await charts.surroundings_of(scope, widget.dashboard_id)
    return Definition(charts.definition_of(widget), surroundings, is_saved=True)


def following_widget(scope: Scope, row_id: int, overrides: Overrides, options: ChartOptions) -> Any:
    """The feed of the chart of a widget, as a block."""
    return _following(scope, ("widget", row_id), partial(_saved, row_id), overrides, options)


def following_preview(
    scope: Scope, widget: WidgetDefinition, surroundings: Surroundings, overrides: Overrides, options: ChartOptions
) -> Any:
    """The feed of the chart of a widget that need not be saved, as a block."""
    definition = Definition(widget, surroundings, is_saved=False)

    async def find(_scope: Scope) -> Definition:
        return definition

    return _following(scope, ("preview", _text(definition)), find, overrides, options)


def _following(scope: Scope, what: tuple[str, object], find: Find, overrides: Overrides, options: ChartOptions) -> Any:
    question = (*what, scope.project_id, scope.rights, _text(overrides), options)
    return scope.feeds.following(question, lambda: ChartFeed(scope.project_id, scope.renewed, find, overrides, options))


def _text(asked: Overrides | Definition) -> bytes:
    """What tells questions apart that hold JSON."""
    return sha256(json_text(asdict(asked)).encode(errors="replace")).digest()
