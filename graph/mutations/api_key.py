"""The mutations on API keys."""

from datetime import timedelta
from typing import Annotated

import strawberry

from graph.context import Info
from graph.inputs.api_key import CreateApiKeyInput, RevokeApiKeyInput, RotateApiKeyInput, UpdateApiKeyInput
from graph.inputs.given import given
from graph.payloads.api_key import CreateApiKeyPayload, RevokeApiKeyPayload, RotateApiKeyPayload, UpdateApiKeyPayload
from graph.types.api_key import ApiKey
from graph.write import Write
from resolvers import api_keys

Create = Annotated[CreateApiKeyInput, strawberry.argument(description="The new key.")]
Update = Annotated[UpdateApiKeyInput, strawberry.argument(description="The key and its new values.")]
Revoke = Annotated[RevokeApiKeyInput, strawberry.argument(description="The key to revoke.")]
Rotate = Annotated[RotateApiKeyInput, strawberry.argument(description="The key to replace.")]


async def create(info: Info, input: Create) -> CreateApiKeyPayload:
    """Creates an API key. The key itself is shown only once, because only its hash is stored. For admins."""
    write = Write(info)
    made = await write.run(
        lambda writing, wrong: api_keys.create_key(writing, wrong, input.name, input.role, input.expires_at)
    )
    return CreateApiKeyPayload(
        api_key=ApiKey.of(made.row) if made else None, secret=made.text if made else None, errors=write.errors
    )


async def update(info: Info, input: Update) -> UpdateApiKeyPayload:
    """Changes the name or expiry of an API key. For admins."""
    write = Write(info)
    id = write.row_id(input.id, "ApiKey", "/id")
    row = await write.run(
        lambda writing, wrong: api_keys.update_key(writing, wrong, id, given(input.name), given(input.expires_at))
    )
    return UpdateApiKeyPayload(api_key=ApiKey.of(row) if row else None, errors=write.errors)


async def revoke(info: Info, input: Revoke) -> RevokeApiKeyPayload:
    """Revokes an API key permanently. It can be the key of this request. For admins."""
    write = Write(info)
    id = write.row_id(input.id, "ApiKey", "/id")
    row = await write.run(lambda writing, wrong: api_keys.revoke_key(writing, wrong, id))
    return RevokeApiKeyPayload(api_key=ApiKey.of(row) if row else None, errors=write.errors)


async def rotate(info: Info, input: Rotate) -> RotateApiKeyPayload:
    """Replaces an API key by a new one with the same name, role and period of validity. Both are valid during the
    overlap. For admins."""
    write = Write(info)
    id, overlap = write.row_id(input.id, "ApiKey", "/id"), timedelta(hours=input.overlap_hours)
    done = await write.run(lambda writing, wrong: api_keys.rotate_key(writing, wrong, id, overlap))
    return RotateApiKeyPayload(
        api_key=ApiKey.of(done.made.row) if done else None,
        secret=done.made.text if done else None,
        old_api_key=ApiKey.of(done.old) if done else None,
        errors=write.errors,
    )
