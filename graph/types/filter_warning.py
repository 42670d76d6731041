"""What was probably not meant by a valid filter."""

from datetime import datetime
from typing import cast

import strawberry

from aggregation.question.faults import ChartError
from filters import Checked, Node, WarningCode, to_json
from filters import FilterWarning as Warned
from graph.chart_errors import request_error
from graph.context import Info
from graph.enums import register
from graph.scalars import JSON
from resolvers.filter_help import COUNTED, Counts, count_both

register(
    WarningCode,
    "Kinds of warnings about a filter.",
    {
        WarningCode.SAME_ROW: "An `and` over conditions on evaluations was probably meant as `same_row`.",
        WarningCode.EMPTY_WINDOW: "The bounds on `timestamp` contradict each other: nothing can match.",
        WarningCode.NEVER_MATCHES: "A condition, or several conditions together, can never be true.",
        WarningCode.UNKNOWN_METADATA_KEY: "None of the newest calls has the metadata key.",
    },
)


@strawberry.type(description="How many calls pass a filter as it was written, and as it was probably meant.")
class FilterCounts:
    as_written: int = strawberry.field(description="Calls that pass the filter as it was written.")
    as_suggested: int = strawberry.field(description="Calls that pass `suggestedFilters`.")
    since: datetime | None = strawberry.field(
        description=f"Only calls from here on were counted, the last {COUNTED.days} days, because the filter has no "
        "lower bound of time; null when all calls were."
    )

    @classmethod
    def of(cls, counts: Counts) -> "FilterCounts":
        return cls(as_written=counts.as_written, as_suggested=counts.as_suggested, since=counts.since)


@strawberry.type(description="Something about a valid filter that was probably not meant.")
class FilterWarning:
    written: strawberry.Private[Checked | None]
    alternative: strawberry.Private[Node | None]
    code: WarningCode = strawberry.field(description="What kind of warning it is.")
    message: str = strawberry.field(description="What is odd, and what was probably meant.")
    path: str = strawberry.field(description="JSON pointer (RFC 6901) into the filter.")
    suggestions: list[str] = strawberry.field(
        description="Names that were probably meant, nearest first, such as `metadata.region`; empty for none."
    )

    @strawberry.field(description="The whole filter as it was probably meant; null where that is not known.")
    def suggested_filters(self) -> JSON | None:
        return cast("JSON | None", to_json(self.alternative))

    @strawberry.field(
        description="How many calls pass both ways; null without `suggestedFilters`. Counted only when asked for."
    )
    async def counts(self, info: Info) -> FilterCounts | None:
        if self.alternative is None or self.written is None:
            return None
        try:
            return FilterCounts.of(await count_both(info.context.scope, self.written, self.alternative))
        except ChartError as error:
            raise request_error(error) from error

    @classmethod
    def of(cls, warning: Warned, written: Checked | None) -> "FilterWarning":
        return cls(
            written=written,
            alternative=warning.alternative,
            code=warning.code,
            message=warning.message,
            path=warning.path,
            suggestions=list(warning.suggestions),
        )
