"""The DataLoaders of one request, registered here and nowhere else.

Each groups the keys that are asked for at the same time into one session of its own, with one statement a group.
"""

from functools import partial
from typing import Any
from weakref import proxy

from aggregation.answer.results import ChartResult
from aggregation.calls.pages import CallsPage, CallsQuery
from aggregation.question.needed_metrics import NeededMetrics
from aggregation.question.query import ChartQuery, MetricRef
from aggregation.stored.preaggregates import Preaggregates
from models import (
    Agent,
    AuditEvent,
    CallFeedback,
    CallLog,
    CallTranscript,
    Dashboard,
    DashboardRevision,
    Metric,
    MetricEvaluation,
    Project,
    Widget,
)
from models.pace import Starts
from models.sessions import Sessions
from resolvers.loaders.calls import BATCH, CountKey, load_call_counts, load_call_pages
from resolvers.loaders.charts import load_charts
from resolvers.loaders.dashboards import load_dashboards, load_whole_dashboards
from resolvers.loaders.evaluations import load_evaluations
from resolvers.loaders.loader import Loader
from resolvers.loaders.meter import Meter, metered
from resolvers.loaders.metrics import load_chart_metrics
from resolvers.loaders.revisions import (
    RevisionKey,
    RevisionsKey,
    load_revision_counts,
    load_revision_documents,
    load_revision_rows,
    load_revisions,
)
from resolvers.loaders.rows import (
    load_agents,
    load_agents_named,
    load_calls,
    load_evaluations_by_id,
    load_events,
    load_feedback,
    load_metrics,
    load_projects,
    load_transcripts,
)
from resolvers.loaders.slices import Page
from resolvers.loaders.widgets import load_widget_counts, load_widgets, load_widgets_of_dashboards


class Loaders:
    """One of each loader. They share nothing with other requests.

    Those that read a thing along with others hand those others to their loaders, so that nothing is read twice.

    Attributes:
        known_metrics: the metrics read so far, by number; None for numbers that the project has no metric of.
        starts: what the request is about to start, whose keys they wait for.
        knows_latency: whether the project's latency metrics are among them, if it has any.
    """

    def __init__(
        self,
        project_id: int,
        sessions: Sessions,
        preaggregates: Preaggregates | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.meter = meter or Meter()
        self.project_id = project_id
        self.sessions = sessions
        starts = self.starts = Starts()
        # A loader that held on to all of them would keep what a request has read until the collector finds it.
        these = proxy(self)
        self.dashboards: Loader[int, Dashboard | None] = Loader(partial(load_dashboards, these), starts)
        self.whole_dashboards: Loader[int, Dashboard | None] = Loader(partial(load_whole_dashboards, these), starts)
        self.widgets: Loader[int, Widget | None] = Loader(partial(load_widgets, these), starts)
        self.widgets_of_dashboard: Loader[int, tuple[Widget, ...]] = Loader(
            partial(load_widgets_of_dashboards, these), starts
        )
        self.widget_counts: Loader[int, int] = Loader(partial(load_widget_counts, these), starts)
        self.chart_metrics: Loader[NeededMetrics, dict[int, MetricRef]] = Loader(
            partial(load_chart_metrics, these), starts
        )
        self.known_metrics: dict[int, Metric | None] = {}
        self.knows_latency = False
        self.metrics: Loader[int, Metric | None] = Loader(partial(load_metrics, sessions, project_id), starts)
        self.agents: Loader[int, Agent | None] = Loader(partial(load_agents, sessions, project_id), starts)
        self.agents_named: Loader[str, Agent | None] = Loader(partial(load_agents_named, sessions, project_id), starts)
        self.calls: Loader[int, CallLog | None] = Loader(partial(load_calls, sessions, project_id), starts)
        self.evaluations: Loader[int, tuple[MetricEvaluation, ...]] = Loader(
            partial(load_evaluations, sessions, project_id), starts
        )
        self.single_evaluations: Loader[int, MetricEvaluation | None] = Loader(
            partial(load_evaluations_by_id, sessions, project_id), starts
        )
        self.audit_events: Loader[int, AuditEvent | None] = Loader(partial(load_events, sessions, project_id), starts)
        self.projects: Loader[int, Project | None] = Loader(partial(load_projects, sessions, project_id), starts)
        self.single_revisions: Loader[RevisionKey, DashboardRevision | None] = Loader(
            partial(load_revision_rows, these), starts
        )
        self.revisions: Loader[RevisionsKey, Page[DashboardRevision]] = Loader(partial(load_revisions, these), starts)
        self.revision_counts: Loader[int, int] = Loader(partial(load_revision_counts, these), starts)
        self.revision_documents: Loader[RevisionKey, dict[str, Any]] = Loader(
            partial(load_revision_documents, these), starts
        )
        self.transcripts: Loader[int, CallTranscript | None] = Loader(
            partial(load_transcripts, sessions, project_id, self.meter), starts
        )
        self.feedback: Loader[int, CallFeedback | None] = Loader(partial(load_feedback, sessions, project_id), starts)
        self.call_pages: Loader[CallsQuery, CallsPage] = Loader(
            metered(self.meter, partial(load_call_pages, sessions, project_id, self.meter), are_call_lists=True),
            starts,
            BATCH,
            at_once=1,
        )
        self.call_counts: Loader[CountKey, int] = Loader(
            metered(self.meter, partial(load_call_counts, sessions, project_id), are_call_lists=True), starts, BATCH
        )
        self.charts: Loader[ChartQuery, ChartResult] = Loader(
            metered(self.meter, partial(load_charts, sessions, preaggregates)), starts, at_once=1
        )
