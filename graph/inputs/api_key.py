"""What clients give to write API keys."""

from datetime import datetime

import strawberry
from strawberry import Maybe

from models import Role


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What the key is for: 1 to 200 characters.")
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
        default=None, description="What the key is for: 1 to 200 characters. Cannot be null."
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
        default=24, description="How many hours the old key remains valid: 0 to 2,160."
    )
