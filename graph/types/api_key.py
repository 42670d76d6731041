"""API keys, as admins see them; never their text."""

from datetime import datetime

import strawberry

import models
from graph.node_ids import encode
from graph.scalars import BigInt
from graph.types.node import Node
from models import Role


@strawberry.type(description="An API key. The key itself is shown only when it is created.")
class ApiKey(Node):
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The key's number, as shown by `dialboard keys list`."
    )
    name: str = strawberry.field(description="What the key is for.")
    role: Role = strawberry.field(description="What the key is allowed to do.")
    created_at: datetime = strawberry.field(description="When it was created.")
    created_by: int | None = strawberry.field(
        graphql_type=BigInt | None,
        description="The number of the key that created it; null if it was created by a command.",
    )
    expires_at: datetime | None = strawberry.field(description="When the key expires; null if it never expires.")
    last_used_at: datetime | None = strawberry.field(
        description="When the key was last used, accurate to two minutes; null if it has never been used."
    )
    revoked_at: datetime | None = strawberry.field(description="When the key was revoked; null if it is not revoked.")
    rotated_from: int | None = strawberry.field(
        graphql_type=BigInt | None,
        description="The number of the key that it replaces; null if it does not replace one.",
    )
    superseded_at: datetime | None = strawberry.field(
        description="When a rotation replaced the key, which is valid until `expiresAt`; null if it was not rotated."
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
