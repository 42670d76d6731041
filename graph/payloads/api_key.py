"""The answers of mutations on API keys."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.api_key import ApiKey

_SECRET = "The key itself, shown only once; null if the input is invalid."


@strawberry.type(description="The new API key.")
class CreateApiKeyPayload(Payload):
    api_key: ApiKey | None = strawberry.field(description="The key; null if the input is invalid.")
    secret: str | None = strawberry.field(description=_SECRET)


@strawberry.type(description="The changed API key.")
class UpdateApiKeyPayload(Payload):
    api_key: ApiKey | None = strawberry.field(description="The key; null if the input is invalid.")


@strawberry.type(description="The revoked API key.")
class RevokeApiKeyPayload(Payload):
    api_key: ApiKey | None = strawberry.field(description="The key; null if the input is invalid.")


@strawberry.type(description="The API key that replaces another.")
class RotateApiKeyPayload(Payload):
    api_key: ApiKey | None = strawberry.field(description="The new key; null if the input is invalid.")
    secret: str | None = strawberry.field(description=_SECRET)
    old_api_key: ApiKey | None = strawberry.field(
        description="The key that it replaces, with the end of the overlap; null if the input is invalid."
    )
