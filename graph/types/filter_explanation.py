"""What filters do to the calls there are."""

from collections.abc import Sequence
from typing import cast

import strawberry

from aggregation.calls.explain import Exclusion
from aggregation.calls.filter_steps import FilterStep as Step
from aggregation.question.effective_filters import FilterOrigin
from filters import MaskedFields, describe
from filters.normal import normal_json
from graph.enums import register
from graph.scalars import JSON, BigInt
from resolvers.filter_explanations import Waterfall

register(
    FilterOrigin,
    "Where a condition comes from.",
    {
        FilterOrigin.DASHBOARD: "The dashboard's filters.",
        FilterOrigin.WIDGET: "The widget's own filters, and the requirement that there is a value to plot.",
        FilterOrigin.REQUEST: "The filters or the time range given in the request.",
        FilterOrigin.SCOPE: "The scope given in the request.",
        FilterOrigin.WINDOW: "The default time bounds of a chart, if no filter has any.",
    },
)


@strawberry.type(description="A condition, or a group of conditions, that a call must match.")
class FilterStep:
    origin: FilterOrigin = strawberry.field(description="Where it comes from.")
    path: str | None = strawberry.field(
        description="JSON pointer (RFC 6901) to it in the filter that it comes from; null if it is not part of a "
        "filter, such as the bounds of a time range."
    )
    filters: JSON = strawberry.field(description="The condition by itself, as a filter with absolute times.")
    description: str = strawberry.field(description="A description of what it matches, in English.")

    @classmethod
    def of(cls, step: Step, masked: MaskedFields) -> "FilterStep":
        filters = cast(JSON, masked.filters(normal_json(step.filters)))
        return cls(origin=step.origin, path=step.path, filters=filters, description=describe(step.filters, masked))


@strawberry.type(description="The number of calls before and after one condition is applied.")
class WaterfallStep:
    condition: FilterStep = strawberry.field(description="The condition.")
    remaining: int = strawberry.field(
        graphql_type=BigInt, description="Calls that match this condition and all conditions before it."
    )
    removed: int = strawberry.field(
        graphql_type=BigInt, description="Calls that match all conditions before this one, but not this one."
    )


@strawberry.type(description="The number of calls that remain after each condition of a filter.")
class FilterWaterfall:
    total: int = strawberry.field(graphql_type=BigInt, description="All calls of the project.")
    steps: list[WaterfallStep] = strawberry.field(
        description="The conditions that must all be true, in order: the dashboard's, the widget's or the "
        "request's, the scope's, the time bounds, and that there is a value to plot."
    )
    remaining: int = strawberry.field(
        graphql_type=BigInt, description="Calls that match all conditions: those behind the chart."
    )

    @classmethod
    def of(cls, found: Waterfall, masked: MaskedFields) -> "FilterWaterfall":
        left = [found.survivors.total, *found.survivors.left]
        steps = [
            WaterfallStep(condition=FilterStep.of(step, masked), remaining=after, removed=before - after)
            for step, before, after in zip(found.steps, left, left[1:], strict=False)
        ]
        return cls(total=left[0], steps=steps, remaining=left[-1])


@strawberry.type(description="A call's value in a field.")
class SeenValue:
    field: str = strawberry.field(description="The field, as used in filters.")
    value: JSON | None = strawberry.field(
        description="Its value; null if there is none. For a field of evaluations, a list; for "
        "`metric_evaluations.value`, a list of objects with `metric` and `value`."
    )


@strawberry.type(description="A condition that a call does not match.")
class FilterExclusion:
    condition: FilterStep = strawberry.field(description="The condition.")
    seen: list[SeenValue] = strawberry.field(description="The call's values in the fields that the condition uses.")

    @classmethod
    def of(cls, exclusion: Exclusion, masked: MaskedFields) -> "FilterExclusion":
        shown = [(one.field, masked.value(one.field, one.value)) for one in exclusion.seen]
        seen = [SeenValue(field=field, value=cast("JSON | None", value)) for field, value in shown]
        return cls(condition=FilterStep.of(exclusion.step, masked), seen=seen)


@strawberry.type(description="Whether a call is included in a widget's chart, and if not, why.")
class WhyNot:
    is_included: bool = strawberry.field(description="Whether the chart currently includes the call.")
    exclusions: list[FilterExclusion] = strawberry.field(
        description="All conditions that the call does not match; empty if it is included."
    )

    @classmethod
    def of(cls, found: Sequence[Exclusion], masked: MaskedFields) -> "WhyNot":
        return cls(is_included=not found, exclusions=[FilterExclusion.of(one, masked) for one in found])
