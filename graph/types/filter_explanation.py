"""What filters do to the calls there are."""

from collections.abc import Sequence
from typing import cast

import strawberry

from aggregation.calls.explain import Exclusion
from aggregation.calls.filter_steps import FilterStep as Step
from aggregation.question.effective_filters import FilterOrigin
from filters import describe
from filters.normal import normal_json
from graph.enums import register
from graph.scalars import JSON
from resolvers.filter_explanations import Waterfall

register(
    FilterOrigin,
    "Who asks for a condition.",
    {
        FilterOrigin.DASHBOARD: "The dashboard's filters.",
        FilterOrigin.WIDGET: "The widget's own filters; also that there is a value to plot.",
        FilterOrigin.REQUEST: "What was given with the request: filters or a time range.",
        FilterOrigin.SCOPE: "The scope that was given with the request.",
        FilterOrigin.WINDOW: "The bounds of time that a chart has where no filter has any.",
    },
)


@strawberry.type(description="One of the conditions, or groups of them, that a call must all pass.")
class FilterStep:
    origin: FilterOrigin = strawberry.field(description="Who asks for it.")
    path: str | None = strawberry.field(
        description="JSON pointer (RFC 6901) to it in the filter of its origin; null where it stands in no filter, "
        "such as the bounds of a time range."
    )
    filters: JSON = strawberry.field(description="It by itself, as a filter with absolute times.")
    description: str = strawberry.field(description="What it lets through, in English.")

    @classmethod
    def of(cls, step: Step) -> "FilterStep":
        filters = cast(JSON, normal_json(step.filters))
        return cls(origin=step.origin, path=step.path, filters=filters, description=describe(step.filters))


@strawberry.type(description="How many calls a condition leaves of those that the ones before it left.")
class WaterfallStep:
    condition: FilterStep = strawberry.field(description="The condition.")
    remaining: int = strawberry.field(description="Calls that pass it and all before it.")
    removed: int = strawberry.field(description="Calls that pass all before it, but not it.")


@strawberry.type(description="How many calls pass a filter's conditions, one after the other.")
class FilterWaterfall:
    total: int = strawberry.field(description="All calls of the project.")
    steps: list[WaterfallStep] = strawberry.field(
        description="The conditions that must all hold, in order: the dashboard's, the widget's or the request's, the "
        "scope's, the bounds of time, a value to plot."
    )
    remaining: int = strawberry.field(description="Calls that pass them all: those behind the chart.")

    @classmethod
    def of(cls, found: Waterfall) -> "FilterWaterfall":
        left = [found.survivors.total, *found.survivors.left]
        steps = [
            WaterfallStep(condition=FilterStep.of(step), remaining=after, removed=before - after)
            for step, before, after in zip(found.steps, left, left[1:], strict=False)
        ]
        return cls(total=left[0], steps=steps, remaining=left[-1])


@strawberry.type(description="What a call has in a field.")
class SeenValue:
    field: str = strawberry.field(description="The field, as filters name it.")
    value: JSON | None = strawberry.field(
        description="Its value; null for none. Of the call's evaluations a list: of `metric_evaluations.value` objects "
        "with `metric` and `value`."
    )


@strawberry.type(description="A condition that a call does not pass.")
class FilterExclusion:
    condition: FilterStep = strawberry.field(description="The condition.")
    seen: list[SeenValue] = strawberry.field(description="What the call has in each field that the condition names.")

    @classmethod
    def of(cls, exclusion: Exclusion) -> "FilterExclusion":
        seen = [SeenValue(field=one.field, value=cast("JSON | None", one.value)) for one in exclusion.seen]
        return cls(condition=FilterStep.of(exclusion.step), seen=seen)


@strawberry.type(description="Whether a call is behind a widget's chart, and what keeps it out.")
class WhyNot:
    is_included: bool = strawberry.field(description="Whether the chart has the call now.")
    exclusions: list[FilterExclusion] = strawberry.field(
        description="All conditions that the call does not pass; empty when it is in."
    )

    @classmethod
    def of(cls, found: Sequence[Exclusion]) -> "WhyNot":
        return cls(is_included=not found, exclusions=[FilterExclusion.of(one) for one in found])
