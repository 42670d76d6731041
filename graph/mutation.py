"""The fields that write. A table of contents: each is answered, and described, by a function of ``graph.mutations``.

Every mutation takes one ``input`` and answers with a payload: what it made or changed, ``query`` for reading on, and
``errors`` with everything that is wrong with the input. With an error nothing is written; only ``ingestCallLogs``
and ``ingestCalls`` take the calls that are right. Mutations of one request run one after the other, each in a
transaction of its own; they are nullable, so that what one made is told though the next one fails.
"""

import strawberry

from graph.field import answered_by
from graph.mutations import api_key, call_log, dashboard, metric, project, widget, widget_batch
from graph.payloads.api_key import CreateApiKeyPayload, RevokeApiKeyPayload, RotateApiKeyPayload, UpdateApiKeyPayload
from graph.payloads.call_log import IngestCallLogsPayload, IngestCallsPayload, UpdateCallLogPayload
from graph.payloads.dashboard import (
    CreateDashboardPayload,
    DeleteDashboardPayload,
    DuplicateDashboardPayload,
    ImportDashboardPayload,
    RestoreDashboardPayload,
    UndoDashboardPayload,
    UpdateDashboardPayload,
)
from graph.payloads.metric import UpdateMetricPayload
from graph.payloads.project import UpdateProjectPayload
from graph.payloads.widget import (
    ApplyWidgetChangesPayload,
    ArrangeWidgetsPayload,
    CreateWidgetPayload,
    DeleteWidgetPayload,
    DuplicateWidgetPayload,
    UpdateWidgetPayload,
)


@strawberry.type(description="All changes. They apply to the project of the API key in the request.")
class Mutation:
    create_dashboard: CreateDashboardPayload | None = answered_by(dashboard.create)
    update_dashboard: UpdateDashboardPayload | None = answered_by(dashboard.update)
    delete_dashboard: DeleteDashboardPayload | None = answered_by(dashboard.delete)
    restore_dashboard: RestoreDashboardPayload | None = answered_by(dashboard.restore)
    undo_dashboard: UndoDashboardPayload | None = answered_by(dashboard.undo)
    import_dashboard: ImportDashboardPayload | None = answered_by(dashboard.import_)
    duplicate_dashboard: DuplicateDashboardPayload | None = answered_by(dashboard.duplicate)
    create_widget: CreateWidgetPayload | None = answered_by(widget.create)
    update_widget: UpdateWidgetPayload | None = answered_by(widget.update)
    delete_widget: DeleteWidgetPayload | None = answered_by(widget.delete)
    duplicate_widget: DuplicateWidgetPayload | None = answered_by(widget.duplicate)
    arrange_widgets: ArrangeWidgetsPayload | None = answered_by(widget_batch.arrange)
    apply_widget_changes: ApplyWidgetChangesPayload | None = answered_by(widget_batch.apply)
    ingest_call_logs: IngestCallLogsPayload | None = answered_by(call_log.ingest)
    ingest_calls: IngestCallsPayload | None = answered_by(call_log.ingest_json)
    update_call_log: UpdateCallLogPayload | None = answered_by(call_log.update)
    create_api_key: CreateApiKeyPayload | None = answered_by(api_key.create)
    update_api_key: UpdateApiKeyPayload | None = answered_by(api_key.update)
    revoke_api_key: RevokeApiKeyPayload | None = answered_by(api_key.revoke)
    rotate_api_key: RotateApiKeyPayload | None = answered_by(api_key.rotate)
    update_metric: UpdateMetricPayload | None = answered_by(metric.update)
    update_project: UpdateProjectPayload | None = answered_by(project.update)
