"""What a client can change: a line a field.

Every mutation takes one ``input`` and answers with a payload: what it made or changed, ``query`` for reading on, and
``errors`` with everything that is wrong with the input. With an error nothing is written; only ``ingestCallLogs``
takes the calls that are right. Mutations of one request run one after the other, each in a transaction of its own.
"""

import strawberry

from graph.payloads.call_log import IngestCallLogsPayload, UpdateCallLogPayload
from graph.payloads.dashboard import (
    CreateDashboardPayload,
    DeleteDashboardPayload,
    DuplicateDashboardPayload,
    RestoreDashboardPayload,
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
from graph.writes import call_log, dashboard, widget, widget_batch

_CREATE_DASHBOARD = "Makes a dashboard. A project has at most 1,000."
_UPDATE_DASHBOARD = "Changes a dashboard. Its version rises by one, unless nothing differs."
_DELETE_DASHBOARD = "Deletes a dashboard with its widgets. `restoreDashboard` brings it back."
_RESTORE_DASHBOARD = (
    "Brings a deleted dashboard back, with its widgets. It is the default again unless another has become that."
)
_DUPLICATE_DASHBOARD = "Copies a dashboard with its widgets. The copy is not the default, nor in the daily report."
_CREATE_WIDGET = "Adds a widget to a dashboard. The dashboard's version stays."
_UPDATE_WIDGET = "Changes a widget. Its version rises by one, unless nothing differs; the dashboard's stays."
_DELETE_WIDGET = "Removes a widget for good. The dashboard's version stays."
_DUPLICATE_WIDGET = "Copies a widget on its dashboard."
_ARRANGE_WIDGETS = "Moves widgets of one dashboard, all or nothing. The dashboard's version rises by one."
_APPLY_WIDGET_CHANGES = (
    "Deletes, updates and creates many widgets of one dashboard, all or nothing: what saving an edited dashboard does. "
    "The dashboard's version rises by one."
)
_INGEST_CALL_LOGS = (
    "Takes calls in, or updates those that are there by their callId: at most 1,000 at once. Sending the same again "
    "doubles nothing."
)
_UPDATE_CALL_LOG = "Reviews a call, or corrects what is known of it."


@strawberry.type(description="What a client can change.")
class Mutation:
    create_dashboard: CreateDashboardPayload = strawberry.mutation(dashboard.create, description=_CREATE_DASHBOARD)
    update_dashboard: UpdateDashboardPayload = strawberry.mutation(dashboard.update, description=_UPDATE_DASHBOARD)
    delete_dashboard: DeleteDashboardPayload = strawberry.mutation(dashboard.delete, description=_DELETE_DASHBOARD)
    restore_dashboard: RestoreDashboardPayload = strawberry.mutation(dashboard.restore, description=_RESTORE_DASHBOARD)
    duplicate_dashboard: DuplicateDashboardPayload = strawberry.mutation(
        dashboard.duplicate, description=_DUPLICATE_DASHBOARD
    )
    create_widget: CreateWidgetPayload = strawberry.mutation(widget.create, description=_CREATE_WIDGET)
    update_widget: UpdateWidgetPayload = strawberry.mutation(widget.update, description=_UPDATE_WIDGET)
    delete_widget: DeleteWidgetPayload = strawberry.mutation(widget.delete, description=_DELETE_WIDGET)
    duplicate_widget: DuplicateWidgetPayload = strawberry.mutation(widget.duplicate, description=_DUPLICATE_WIDGET)
    arrange_widgets: ArrangeWidgetsPayload = strawberry.mutation(widget_batch.arrange, description=_ARRANGE_WIDGETS)
    apply_widget_changes: ApplyWidgetChangesPayload = strawberry.mutation(
        widget_batch.apply, description=_APPLY_WIDGET_CHANGES
    )
    ingest_call_logs: IngestCallLogsPayload = strawberry.mutation(call_log.ingest, description=_INGEST_CALL_LOGS)
    update_call_log: UpdateCallLogPayload = strawberry.mutation(call_log.update, description=_UPDATE_CALL_LOG)
