"""API keys, as admins see them; never their text."""

from datetime import datetime

import strawberry

import models
from graph.node_ids import encode
from graph.scalars import BigInt
from graph.types.node import Node
from models import Role


@strawberry.type(description="An API key. Its text is told once, by the mutation that makes it.")
class ApiKey(Node):
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The key's number, as `dialboard keys list` has it."
    )
    name: str = strawberry.field(description="What the key is for.")
    role: Role = strawberry.field(description="What it may do.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: int | None = strawberry.field(
        graphql_type=BigInt | None, description="The number of the key that made it; null when a command did."
    )
    expires_at: datetime | None = strawberry.field(description="From when on it is refused; null for never.")
    last_used_at: datetime | None = strawberry.field(
        description="About when it was last used, right to two minutes; null for never."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null for a key in force.")
    rotated_from: int | None = strawberry.field(
        graphql_type=BigInt | None, description="The number of the key that it replaces, where it does."
    )
    superseded_at: datetime | None = strawberry.field(
        description="When a rotation replaced it; it works until `expiresAt`. Null for a key that was not replaced."
    )

    @classmethod
    def of(cls, row: models.ApiKey) -> "ApiKey":
        return cls(
            id=encode("ApiKey", row.id),
            database_id=row.id,
            name=row.name,
            role=row.role,
            created_at=row.created_at,
            created_by=row.created_by,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            rotated_from=row.rotated_from,
            superseded_at=row.superseded_at,
        )
