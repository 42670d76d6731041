"""The fields that write. A table of contents: each is answered, and described, by a function of ``graph.mutations``.

Every mutation takes one ``input`` and answers with a payload: what it made or changed, ``query`` for reading on, and
``errors`` with everything that is wrong with the input. With an error nothing is written; only ``ingestCallLogs``
takes the calls that are right. Mutations of one request run one after the other, each in a transaction of its own.
"""

import strawberry

from graph.field import answered_by
from graph.mutations import call_log, dashboard, widget, widget_batch
from graph.payloads.call_log import IngestCallLogsPayload, UpdateCallLogPayload
from graph.payloads.dashboard import (
    CreateDashboardPayload,
    DeleteDashboardPayload,
    DuplicateDashboardPayload,
    ImportDashboardPayload,
    RestoreDashboardPayload,
    UndoDashboardPayload,
    UpdateDashboardPayload,
)
from graph.payloads.widget import (
    ApplyWidgetChangesPayload,
    ArrangeWidgetsPayload,
    CreateWidgetPayload,
    DeleteWidgetPayload,
    DuplicateWidgetPayload,
    UpdateWidgetPayload,
)


@strawberry.type(description="Everything that can be changed. All of it belongs to the project of the request's key.")
class Mutation:
    create_dashboard: CreateDashboardPayload = answered_by(dashboard.create)
    update_dashboard: UpdateDashboardPayload = answered_by(dashboard.update)
    delete_dashboard: DeleteDashboardPayload = answered_by(dashboard.delete)
    restore_dashboard: RestoreDashboardPayload = answered_by(dashboard.restore)
    undo_dashboard: UndoDashboardPayload = answered_by(dashboard.undo)
    import_dashboard: ImportDashboardPayload = answered_by(dashboard.import_)
    duplicate_dashboard: DuplicateDashboardPayload = answered_by(dashboard.duplicate)
    create_widget: CreateWidgetPayload = answered_by(widget.create)
    update_widget: UpdateWidgetPayload = answered_by(widget.update)
    delete_widget: DeleteWidgetPayload = answered_by(widget.delete)
    duplicate_widget: DuplicateWidgetPayload = answered_by(widget.duplicate)
    arrange_widgets: ArrangeWidgetsPayload = answered_by(widget_batch.arrange)
    apply_widget_changes: ApplyWidgetChangesPayload = answered_by(widget_batch.apply)
    ingest_call_logs: IngestCallLogsPayload = answered_by(call_log.ingest)
    update_call_log: UpdateCallLogPayload = answered_by(call_log.update)
