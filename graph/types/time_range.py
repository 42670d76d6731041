"""Time ranges given with a request."""

import strawberry


@strawberry.input(
    description="A time range that replaces the timestamp conditions at the top level of the filters. It can "
    "begin at most 30 days ago, unless the server is configured otherwise."
)
class TimeRangeInput:
    from_: str = strawberry.field(
        name="from",
        description="The start: RFC 3339 with an offset, or a relative time: `now-7d`, `today`, `now-1M/M`.",
    )
    to: str | None = strawberry.field(
        default=None,
        description="The end, in the same forms; `today` means the end of the day. The default is now.",
    )
