"""What subscribers of calls are told."""

import strawberry

from graph.context import Info
from graph.scalars import BigInt
from graph.types.call_log import CallLog
from graph.types.dashboard_event import VERSION
from resolvers.arrival_feed import ArrivalNews


@strawberry.type(description="Calls that have arrived or changed since the event before.")
class CallLogEvent:
    news: strawberry.Private[ArrivalNews]
    version: str = strawberry.field(description=VERSION)
    is_resumed: bool = strawberry.field(
        description="Whether it has everything since the event before, or since the version given as `since`. False "
        "for the first event without `since`, or with one that is not known here; such an event has no calls."
    )
    not_pushed: int = strawberry.field(
        graphql_type=BigInt,
        description="The number of calls that also arrived or changed, but are not in `callLogs`, because they are "
        "more than `first`. The query `callLogs` has them.",
    )

    @strawberry.field(description="The calls as they are now, latest start first.")
    async def call_logs(self, info: Info) -> list[CallLog]:
        scope = info.context.scope
        rows = [row for row in await scope.loaders.calls.load_many(self.news.found.ids) if row is not None]
        scope.meter.add_bytes(sum(len(repr(row.call_metadata)) for row in rows), "the calls' metadata")
        return [CallLog.of(row, scope.rights.masked) for row in rows]

    @classmethod
    def of(cls, news: ArrivalNews) -> "CallLogEvent":
        return cls(
            news=news,
            version=news.version,
            is_resumed=news.is_resumed,
            not_pushed=news.found.count - len(news.found.ids),
        )
