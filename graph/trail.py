"""What the trail says of each mutation: one table, read where every mutation runs."""

from collections.abc import Callable, Mapping
from typing import Any

from models import ApiKey, CallLog, Dashboard, Metric, Project
from models.types import AuditAction
from resolvers.api_keys import MadeKey, Rotation
from resolvers.call_log_writes import Ingested
from resolvers.trail import Event
from resolvers.widget_batches import BatchResult
from resolvers.widget_writes import WrittenWidget

EventOf = Callable[[AuditAction, Any], Event]
"""Makes the event of a mutation from what it returned."""


def _dashboard(action: AuditAction, row: Dashboard) -> Event:
    return Event(action, "Dashboard", row.id, row.name)


def _widget(action: AuditAction, written: WrittenWidget) -> Event:
    return Event(action, "Widget", written.widget.id, written.widget.name)


def _batch(action: AuditAction, done: BatchResult) -> Event:
    counts = {"created": len(done.created), "updated": len(done.updated), "deleted": len(done.deleted)}
    return Event(action, "Dashboard", done.dashboard.id, done.dashboard.name, counts)


def _arranged(action: AuditAction, done: BatchResult) -> Event:
    return Event(action, "Dashboard", done.dashboard.id, done.dashboard.name)


def _calls(action: AuditAction, done: Ingested) -> Event:
    counts = {"created": done.created, "updated": done.updated, "rejected": done.rejected}
    return Event(action, counts=counts)


def _call(action: AuditAction, row: CallLog) -> Event:
    return Event(action, "CallLog", row.id)


def _key(action: AuditAction, row: ApiKey) -> Event:
    return Event(action, "ApiKey", row.id, row.name)


def _metric(action: AuditAction, row: Metric) -> Event:
    return Event(action, "Metric", row.id, row.name)


def _project(action: AuditAction, row: Project) -> Event:
    return Event(action, "Project", row.id, row.name)


def _made_key(action: AuditAction, made: MadeKey) -> Event:
    return _key(action, made.row)


def _rotated_key(action: AuditAction, done: Rotation) -> Event:
    return _key(action, done.old)


MUTATIONS: Mapping[str, tuple[AuditAction, EventOf]] = {
    "createDashboard": (AuditAction.DASHBOARD_CREATE, _dashboard),
    "updateDashboard": (AuditAction.DASHBOARD_UPDATE, _dashboard),
    "deleteDashboard": (AuditAction.DASHBOARD_DELETE, _dashboard),
    "restoreDashboard": (AuditAction.DASHBOARD_RESTORE, _dashboard),
    "undoDashboard": (AuditAction.DASHBOARD_UNDO, _dashboard),
    "importDashboard": (AuditAction.DASHBOARD_IMPORT, _dashboard),
    "duplicateDashboard": (AuditAction.DASHBOARD_DUPLICATE, _dashboard),
    "createWidget": (AuditAction.WIDGET_CREATE, _widget),
    "updateWidget": (AuditAction.WIDGET_UPDATE, _widget),
    "deleteWidget": (AuditAction.WIDGET_DELETE, _widget),
    "duplicateWidget": (AuditAction.WIDGET_DUPLICATE, _widget),
    "arrangeWidgets": (AuditAction.DASHBOARD_ARRANGE, _arranged),
    "applyWidgetChanges": (AuditAction.DASHBOARD_WIDGETS, _batch),
    "ingestCallLogs": (AuditAction.CALLS_INGEST, _calls),
    "ingestCalls": (AuditAction.CALLS_INGEST, _calls),
    "updateCallLog": (AuditAction.CALL_UPDATE, _call),
    "createApiKey": (AuditAction.KEY_CREATE, _made_key),
    "updateApiKey": (AuditAction.KEY_UPDATE, _key),
    "revokeApiKey": (AuditAction.KEY_REVOKE, _key),
    "updateMetric": (AuditAction.METRIC_UPDATE, _metric),
    "updateProject": (AuditAction.PROJECT_UPDATE, _project),
    "rotateApiKey": (AuditAction.KEY_ROTATE, _rotated_key),
}
"""By the name of the mutation in the schema. One without a row fails before it writes."""


def event_of(mutation: str) -> Callable[[Any], Event]:
    """What makes the event of a mutation from what it returned.

    Raises:
        KeyError: the mutation has no row.
    """
    action, make = MUTATIONS[mutation]
    return lambda result: make(action, result)
