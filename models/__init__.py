"""The tables, as SQLAlchemy maps them. A leaf: it knows nothing of filters, charts or GraphQL."""

from models.agent import Agent
from models.api_key import ApiKey
from models.audit_event import AuditEvent
from models.base import Base
from models.budget import Budget
from models.call_details import CallFeedback, CallTranscript
from models.call_log import CallLog
from models.change_mark import CHANGE_MARKS
from models.dashboard import Dashboard, Widget
from models.dashboard_revision import DashboardRevision
from models.idempotency import IdempotencyKey, IdempotencyResult
from models.metric import Metric, MetricEvaluation
from models.organisation import Organisation, OrganisationKey
from models.preaggregate import Preaggregate, PreaggregateDay
from models.project import Project
from models.trusted_document import TrustedDocument
from models.types import (
    Aggregation,
    AuditAction,
    ChartType,
    DataType,
    EvaluationType,
    Role,
    TimePeriod,
    WebhookSource,
    Weekday,
)
from models.webhook_endpoint import WebhookEndpoint

__all__ = [
    "CHANGE_MARKS",
    "Agent",
    "Aggregation",
    "ApiKey",
    "AuditAction",
    "AuditEvent",
    "Base",
    "Budget",
    "CallFeedback",
    "CallLog",
    "CallTranscript",
    "ChartType",
    "Dashboard",
    "DashboardRevision",
    "DataType",
    "EvaluationType",
    "IdempotencyKey",
    "IdempotencyResult",
    "Metric",
    "MetricEvaluation",
    "Organisation",
    "OrganisationKey",
    "Preaggregate",
    "PreaggregateDay",
    "Project",
    "Role",
    "TimePeriod",
    "TrustedDocument",
    "WebhookEndpoint",
    "WebhookSource",
    "Weekday",
    "Widget",
]
