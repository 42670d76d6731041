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
from graph.scalars import JSON, BigInt
from resolvers.filter_help import COUNTED, Counts, count_both

register(
    WarningCode,
    "Kinds of warnings about a filter.",
    {
        WarningCode.SAME_ROW: "An `and` of conditions on evaluations was probably intended as `same_row`.",
        WarningCode.EMPTY_WINDOW: "The bounds on `timestamp` contradict each other: nothing can match.",
        WarningCode.NEVER_MATCHES: "A condition, or several conditions together, can never be true.",
        WarningCode.UNKNOWN_METADATA_KEY: "None of the newest calls has the metadata key.",
        WarningCode.WINDOW_TOO_OLD: "The filter begins before the time that charts may cover.",
    },
)


@strawberry.type(description="The number of calls that match a filter as written, and as probably intended.")
class FilterCounts:
    as_written: int = strawberry.field(graphql_type=BigInt, description="Calls that match the filter as written.")
    as_suggested: int = strawberry.field(graphql_type=BigInt, description="Calls that match `suggestedFilters`.")
    since: datetime | None = strawberry.field(
        description="If set, only calls from this time on were counted, because the filter has no lower time bound: "
        f"those of the last {COUNTED.days} days. Null if all calls were counted."
    )

    @classmethod
    def of(cls, counts: Counts) -> "FilterCounts":
        return cls(as_written=counts.as_written, as_suggested=counts.as_suggested, since=counts.since)


@strawberry.type(description="A part of a valid filter that was probably not intended.")
class FilterWarning:
    written: strawberry.Private[Checked | None]
    alternative: strawberry.Private[Node | None]
    code: WarningCode = strawberry.field(description="The kind of warning.")
    message: str = strawberry.field(
        description="A description of the problem and of what was probably intended, in English."
    )
    path: str = strawberry.field(description="JSON pointer (RFC 6901) into the filter.")
    suggestions: list[str] = strawberry.field(
        description="Names that were probably intended, most similar first, such as `metadata.region`; empty for none."
    )

    @strawberry.field(description="The whole filter as it was probably intended; null if unknown.")
    def suggested_filters(self) -> JSON | None:
        return cast("JSON | None", to_json(self.alternative))

    @strawberry.field(
        description="The number of calls that match either version; null without `suggestedFilters`. Counted "
        "only if requested."
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
