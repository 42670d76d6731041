"""What subscribers of a chart are told."""

import strawberry

from aggregation.question.faults import ChartError
from graph.chart_data import ChartData, chart_data
from graph.context import Info
from graph.cost.charts import ChartCharge
from graph.cost.weight import Weight, weighs
from graph.types.dashboard_event import VERSION
from resolvers.chart_feed import ChartNews


@strawberry.type(description="A chart, or what has changed of it since the event before.")
class ChartEvent:
    news: strawberry.Private[ChartNews]
    version: str = strawberry.field(description=VERSION)
    is_whole: bool = strawberry.field(
        description="Whether `data` is the whole chart, which replaces what was received before: in the first event, "
        "unless `since` is known; for charts other than BAR, LINE and HISTOGRAM; for a grouped LINE; and if the series "
        "are others than before. Otherwise, `data` has only the buckets, points and bins that are new or have changed, "
        "to replace those of the same `key`; everything else in it is up to date."
    )
    removed: list[str] = strawberry.field(
        description="The keys of the buckets, points or bins that are no longer part of the chart; empty if `isWhole`.",
        metadata=weighs(Weight()),
    )

    @strawberry.field(description="The chart, or the error that prevented it, which later events can mend.")
    def data(self, info: Info) -> ChartData | None:
        if not isinstance(self.news.answer, ChartError):
            ChartCharge(info).made(self.news.answer)
        return chart_data(self.news.answer)

    @classmethod
    def of(cls, news: ChartNews) -> "ChartEvent":
        return cls(news=news, version=news.version, is_whole=news.is_whole, removed=list(news.removed))
