"""Time ranges given with a request."""

import strawberry


@strawberry.input(
    description="A range of time that replaces the timestamp conditions at the top of the filters. It may begin "
    "at most 30 days ago, unless the server is set otherwise."
)
class TimeRangeInput:
    from_: str = strawberry.field(
        name="from",
        description="Where it begins: RFC 3339 with an offset, or relative: `now-7d`, `today`, `today-1M`.",
    )
    to: str | None = strawberry.field(
        default=None,
        description="Where it ends, in the same forms; `today` means up to the end of the day. Without it: now.",
    )
