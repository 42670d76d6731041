"""What clients give to write API keys."""

from datetime import datetime

import strawberry
from strawberry import Maybe

from models import Role


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What the key is for: 1 to 200 characters.")
    role: Role = strawberry.field(description="What it may do.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="From when on it is refused, in the future; null for never."
    )


@strawberry.input(description="New values for an API key. What is left out stays. The role cannot change.")
class UpdateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="Which key.")
    name: Maybe[str | None] = strawberry.field(
        default=None, description="What the key is for: 1 to 200 characters. Not null."
    )
    expires_at: Maybe[datetime | None] = strawberry.field(
        default=None,
        description="From when on it is refused, in the future; null for never. A key that was rotated keeps its end.",
    )


@strawberry.input(description="An API key to revoke.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="Which key.")


@strawberry.input(description="An API key to replace.")
class RotateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="Which key.")
    overlap_hours: int = strawberry.field(
        default=24, description="For how many hours the old key goes on working: 0 to 2,160."
    )
