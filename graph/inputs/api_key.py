"""What clients give to write API keys."""

from datetime import datetime, timedelta

import strawberry
from strawberry import Maybe

from models import Role
from resolvers.key_rules import DEFAULT_OVERLAP, MAX_OVERLAP
from resolvers.names import NAME_LENGTH

_HOUR = timedelta(hours=1)


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description=f"What the key is for: 1 to {NAME_LENGTH} characters.")
    role: Role = strawberry.field(description="What the key is allowed to do.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the key expires, in the future; null if it never expires."
    )


@strawberry.input(
    description="New values for an API key. Omitted fields are left unchanged. The role cannot be changed."
)
class UpdateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The ID of the key.")
    name: Maybe[str | None] = strawberry.field(
        default=None, description=f"What the key is for: 1 to {NAME_LENGTH} characters. Cannot be null."
    )
    expires_at: Maybe[datetime | None] = strawberry.field(
        default=None,
        description="When the key expires, in the future; null if it never expires. The expiry of a rotated key cannot "
        "be changed.",
    )


@strawberry.input(description="An API key to revoke.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The ID of the key.")


@strawberry.input(description="An API key to replace.")
class RotateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The ID of the key.")
    overlap_hours: int = strawberry.field(
        default=DEFAULT_OVERLAP // _HOUR,
        description=f"How many hours the old key remains valid: 0 to {MAX_OVERLAP // _HOUR:,}.",
    )
