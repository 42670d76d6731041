"""Explains filters by what they do to the calls there are."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aggregation.calls.explain import Exclusion, Survivors, exclusions, survivors
from aggregation.calls.filter_steps import FilterStep, chart_steps, request_steps
from aggregation.question.faults import ChartError
from aggregation.question.query import Overrides, Surroundings, WidgetDefinition
from models import ChartType, Widget
from models.sessions import ReadSession
from resolvers.charts import chart_scope, definition_of, surroundings_of
from resolvers.reading import read
from resolvers.regex_faults import located
from resolvers.scope import Scope

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The steps of a filter, and what is left after each."""

    steps: tuple[FilterStep, ...]
    survivors: Survivors


async def waterfall(
    scope: Scope, overrides: Overrides, *, dashboard_id: int | None = None, widget: Widget | None = None
) -> Waterfall:
    """How many calls pass each condition in turn: of a widget, of a dashboard, or of the request alone.

    Raises:
        ChartError: a filter or the time range is wrong, the widget cannot be plotted, or counting takes too long.
    """
    steps = await _steps(scope, overrides, dashboard_id, widget)
    return Waterfall(steps, await _read(scope, steps, lambda session: survivors(session, scope.project_id, steps)))


async def why_not(scope: Scope, call_log_id: int, widget: Widget) -> Sequence[Exclusion] | None:
    """The conditions that keep a call out of a widget's chart, none when it is in; None where there is no such call.

    Raises:
        ChartError: the widget has no chart.
    """
    steps = await _steps(scope, Overrides(), None, widget)
    return await _read(scope, steps, lambda session: exclusions(session, scope.project_id, call_log_id, steps))


async def _read(scope: Scope, steps: Sequence[FilterStep], run: Callable[[ReadSession], Awaitable[Found]]) -> Found:
    """As ``read``; a regular expression that does not compile is reported with the filter that it stands in."""
    try:
        return await read(scope, run)
    except ChartError as error:
        raise await located(scope, error, ((step.origin.value, step.filters) for step in steps)) from error


async def _steps(
    scope: Scope, overrides: Overrides, dashboard_id: int | None, widget: Widget | None
) -> tuple[FilterStep, ...]:
    if widget is not None:
        surroundings, definition = await surroundings_of(scope, widget.dashboard_id), definition_of(widget)
        return chart_steps(definition, await chart_scope(scope, definition, surroundings, overrides, is_saved=True))
    if dashboard_id is None and overrides.time_from is None:
        return request_steps(overrides, now=scope.now, masked=scope.rights.masked)
    surroundings = Surroundings() if dashboard_id is None else await surroundings_of(scope, dashboard_id)
    definition = WidgetDefinition(ChartType.STAT)
    return chart_steps(definition, await chart_scope(scope, definition, surroundings, overrides, is_saved=True))
