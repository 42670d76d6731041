"""Audit events, as admins see them."""

from datetime import datetime

import strawberry

import models
from graph.node_ids import NODE_TYPES, encode
from graph.scalars import JSON, BigInt
from graph.types.node import Node
from models.types import AuditAction


@strawberry.type(description="An action and who performed it. Events are kept for DIALBOARD_AUDIT_DAYS.")
class AuditEvent(Node):
    database_id: int = strawberry.field(graphql_type=BigInt, description="The event's number.")
    at: datetime = strawberry.field(description="When the action was performed.")
    action: AuditAction = strawberry.field(description="The action.")
    key_id: int | None = strawberry.field(
        graphql_type=BigInt | None,
        description="The number of the API key or webhook endpoint that performed it; null for a command.",
    )
    actor: str | None = strawberry.field(
        description="The name of the API key or webhook endpoint at that time, or the command, such as `dialboard "
        "import`."
    )
    subject_type: str | None = strawberry.field(
        description="The type of what it was done to: Dashboard, Widget, CallLog, ApiKey, Metric, Project, "
        "Organisation, OrganisationKey or WebhookEndpoint; null for what concerns many objects."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        description="The ID of the affected object, which may be deleted; null if the action affects many objects."
    )
    subject_name: str | None = strawberry.field(description="The name of the affected object at that time.")
    counts: JSON | None = strawberry.field(
        description="How many objects were created, updated, rejected and so on; null if nothing is counted."
    )
    address: str | None = strawberry.field(description="The client's address; null for a command, or if it is unknown.")
    request_id: str | None = strawberry.field(
        description="The X-Request-ID of the response, which is in the server's log; null for a command or a WebSocket."
    )

    @classmethod
    def of(cls, row: models.AuditEvent) -> "AuditEvent":
        subject = None
        if row.subject_type in NODE_TYPES and row.subject_id is not None:
            subject = encode(row.subject_type, row.subject_id)
        return cls(
            id=encode("AuditEvent", row.id),
            database_id=row.id,
            at=row.at,
            action=row.action,
            key_id=row.key_id,
            actor=row.actor,
            subject_type=row.subject_type,
            subject_id=subject,
            subject_name=row.subject_name,
            counts=None if row.counts is None else JSON(row.counts),
            address=row.address,
            request_id=row.request_id,
        )
