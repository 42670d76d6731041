"""The fields that subscribe. A table of contents, as that of the queries: each is answered by a function of
``graph.subscriptions``, and nullable, so that what is wrong with one is told where it stands."""

import strawberry

from graph.field import told_by
from graph.subscriptions import calls, charts, dashboard
from graph.types.call_log_event import CallLogEvent
from graph.types.chart_event import ChartEvent
from graph.types.dashboard_event import DashboardEvent


@strawberry.type(
    description="Changes as they happen, over a WebSocket (graphql-transport-ws) or as server-sent events: "
    "docs/subscriptions.md. Each event is an answer of its own."
)
class Subscription:
    chart_updated: ChartEvent | None = told_by(charts.chart_updated)
    preview_updated: ChartEvent | None = told_by(charts.preview_updated)
    call_log_arrived: CallLogEvent | None = told_by(calls.call_log_arrived)
    dashboard_changed: DashboardEvent | None = told_by(dashboard.dashboard_changed)
