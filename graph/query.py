"""The fields that read. A table of contents: each is answered, and described, by a function of ``graph.queries``.

Every field that can fail is nullable: what is wrong with one leaves its neighbours their answers.
"""

import strawberry

from graph.chart_data import ChartData
from graph.field import answered_by
from graph.pagination import Connection
from graph.queries import audit, explain, help, lists, preview
from graph.queries import nodes as by_id
from graph.types.agent import Agent
from graph.types.api_key import ApiKey
from graph.types.audit_event import AuditEvent
from graph.types.call_log import CallLog
from graph.types.dashboard import Dashboard
from graph.types.field_words import FieldValues, MetadataKeys
from graph.types.filter_explanation import FilterWaterfall, WhyNot
from graph.types.filter_help import FilterField, FilterValidation
from graph.types.metric import Metric
from graph.types.node import Node
from graph.types.template import WidgetTemplate
from graph.types.viewer import Viewer
from graph.types.widget import Widget
from graph.types.widget_field import WidgetField


@strawberry.type(description="All data that can be read. It belongs to the project of the API key in the request.")
class Query:
    viewer: Viewer = answered_by(help.viewer)
    node: Node | None = answered_by(by_id.node)
    nodes: list[Node | None] | None = answered_by(by_id.nodes)
    dashboards: Connection[Dashboard] | None = answered_by(lists.dashboards)
    dashboard: Dashboard | None = answered_by(by_id.dashboard)
    widget: Widget | None = answered_by(by_id.widget)
    preview_widget: ChartData | None = answered_by(preview.preview_widget)
    call_logs: Connection[CallLog] | None = answered_by(lists.call_logs)
    call_log: CallLog | None = answered_by(by_id.call_log)
    agents: Connection[Agent] | None = answered_by(lists.agents)
    metrics: Connection[Metric] | None = answered_by(lists.metrics)
    api_keys: Connection[ApiKey] | None = answered_by(lists.api_keys)
    audit_events: Connection[AuditEvent] | None = answered_by(audit.audit_events)
    predefined_widgets: list[WidgetTemplate] | None = answered_by(help.predefined_widgets)
    widget_fields: list[WidgetField] | None = answered_by(help.widget_fields)
    filter_fields: list[FilterField] | None = answered_by(help.filter_fields)
    validate_filters: FilterValidation | None = answered_by(help.validate_filters)
    metadata_keys: MetadataKeys | None = answered_by(explain.metadata_keys)
    field_values: FieldValues | None = answered_by(explain.field_values)
    filter_waterfall: FilterWaterfall | None = answered_by(explain.filter_waterfall)
    why_not: WhyNot | None = answered_by(explain.why_not)
