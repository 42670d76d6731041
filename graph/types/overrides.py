"""The arguments of a saved chart: where, when and how a request asks it, in place of what is saved."""

from dataclasses import replace
from typing import Annotated

import strawberry

from aggregation.question.query import ChartOptions, Overrides, Precision
from graph.context import Info
from graph.inputs.call_log_filter import CallLogFilter, filter_json
from graph.lookahead import asked
from graph.scalars import JSON, TimeZone
from graph.types.comparison import CompareInput, comparison_of, comparison_text
from graph.types.time_range import TimeRangeInput
from models import Weekday

OverrideFilters = Annotated[
    JSON | None,
    strawberry.argument(
        description="Replaces the widget's own filters for this request (null for none); the dashboard's filters "
        "still apply."
    ),
]
OverrideWhere = Annotated[
    CallLogFilter | None,
    strawberry.argument(
        description='The same in typed form, which cannot express "none". Cannot be combined with `filters`.'
    ),
]
OverrideScope = Annotated[
    JSON | None,
    strawberry.argument(
        description="Narrows this request: combined by AND with all other filters, including `filters`. Its "
        "timestamp conditions apply in addition to a time range."
    ),
]
OverrideScopeWhere = Annotated[
    CallLogFilter | None, strawberry.argument(description="The scope in typed form. Cannot be combined with `scope`.")
]
OverrideRange = Annotated[
    TimeRangeInput | None,
    strawberry.argument(
        description="Replaces the timestamp conditions at the top level of the dashboard's and the widget's "
        "filters for this request."
    ),
]
OverrideWeek = Annotated[
    Weekday | None, strawberry.argument(description="Replaces the dashboard's week start for this request.")
]
CompareTo = Annotated[
    CompareInput | None,
    strawberry.argument(description="Compares the chart with an earlier window."),
]
RequestedPrecision = Annotated[
    Precision,
    strawberry.argument(
        description="EXACT to compute percentiles from all values, which takes longer if there are many. With "
        "SKETCH, they can be approximate, and the chart says so."
    ),
]
OverrideZone = Annotated[
    TimeZone | None, strawberry.argument(description="Replaces the dashboard's time zone for this request.")
]


def overrides_of(
    filters: JSON | None,
    where: CallLogFilter | None,
    scope: JSON | None,
    scope_where: CallLogFilter | None,
    time_range: TimeRangeInput | None,
    time_zone: TimeZone | None = None,
    week_start: Weekday | None = None,
) -> Overrides:
    """Where and when the arguments ask a chart.

    Raises:
        InvalidFilterError: a filter was given in both forms, or a typed one says nothing of a field.
    """
    chosen = filters if where is None else filter_json(filters, where)
    has_filters = chosen is not strawberry.UNSET
    return Overrides(
        filters=chosen if has_filters else None,
        has_filters=has_filters,
        scope=filter_json(scope, scope_where, origin="scope", names=("scope", "scopeWhere")),
        time_from=time_range.from_ if time_range else None,
        time_to=time_range.to if time_range else None,
        time_zone=time_zone,
        week_start=week_start,
    )


def options_of(info: Info, compare_to: CompareInput | None, precision: Precision, *, is_one_off: bool) -> ChartOptions:
    """How the arguments and the selected fields ask a chart.

    Raises:
        InvalidWidgetError: what to compare with is not valid.
    """
    return replace(
        asked(info),
        compare=comparison_of(compare_to),
        is_exact=precision is Precision.EXACT,
        is_one_off=is_one_off,
    )


def export_parameters(overrides: Overrides, compare_to: CompareInput | None) -> dict[str, object]:
    """The same as the parameters of an address, as ``server.exporting`` reads them; None for those not given."""
    filters = "null" if overrides.filters is None else overrides.filters
    return {
        "filters": filters if overrides.has_filters else None,
        "scope": overrides.scope,
        "from": overrides.time_from,
        "to": overrides.time_to,
        "timeZone": overrides.time_zone,
        "weekStart": overrides.week_start.name if overrides.week_start else None,
        "compareTo": comparison_text(compare_to),
    }
