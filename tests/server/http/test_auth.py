"""Keys and sign-in."""

import hashlib

import pytest
import sqlalchemy as sa

from models import ApiKey
from models.sessions import Sessions
from server.http.auth import AuthenticationError, Authenticator, authenticate, key_from
from server.keys import create_key, list_keys, project_of, revoke_key


async def test_a_key_opens_its_project(sessions: Sessions, project_id: int) -> None:
    key = await create_key(sessions, project_id, "mine")
    assert key.startswith(f"dlb_{project_id}_")
    assert project_of(key) == project_id
    assert await authenticate(sessions, key) == project_id


async def test_only_the_hash_is_stored(sessions: Sessions, project_id: int) -> None:
    key = await create_key(sessions, project_id, "mine")
    async with sessions.read(project_id) as session:
        (stored,) = (await session.execute(sa.select(sa.text("api_keys::text")).select_from(ApiKey))).scalars()
        assert await session.scalar(sa.select(ApiKey.key_hash)) == hashlib.sha256(key.encode()).digest()
    assert key not in stored
    assert key.rsplit("_", 1)[1] not in stored


async def test_a_revoked_key_is_refused(sessions: Sessions, project_id: int) -> None:
    key = await create_key(sessions, project_id, "mine")
    (row,) = await list_keys(sessions, project_id)
    assert await revoke_key(sessions, project_id, row.id)
    assert not await revoke_key(sessions, project_id, row.id)
    with pytest.raises(AuthenticationError, match="revoked"):
        await authenticate(sessions, key)


async def test_a_key_does_not_open_another_project(sessions: Sessions, project_id: int, other_project_id: int) -> None:
    key = await create_key(sessions, project_id, "mine")
    (row,) = await list_keys(sessions, project_id)
    forged = key.replace(f"dlb_{project_id}_", f"dlb_{other_project_id}_")
    with pytest.raises(AuthenticationError, match="unknown"):
        await authenticate(sessions, forged)
    assert not await revoke_key(sessions, other_project_id, row.id)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "dlb_1_short",
        "dlb_1_wrong",
        "dlb_",
        "dlb_0_" + "a" * 43,
        "dlb_-1_" + "a" * 43,
        "dlb_1_" + "a" * 42 + "'",
        "dlb_" + "9" * 19 + "_" + "a" * 43,
        "dlb_١_" + "a" * 43,
    ],
)
async def test_what_is_no_key_never_reaches_the_database(sessions: Sessions, key: str, statements: list[str]) -> None:
    with pytest.raises(AuthenticationError, match="an API key has the form dlb_<project>_<secret>") as told:
        await authenticate(sessions, key)
    assert ("not a complete API key" in str(told.value)) == key.startswith("dlb_")
    assert len(statements) == 0


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"x-api-key": "k"}, "k"),
        ({"x-api-key": " k "}, "k"),
        ({"authorization": "Bearer k"}, "k"),
        ({"authorization": "bearer  k"}, "k"),
        ({"x-api-key": "k", "authorization": "Bearer other"}, "k"),
    ],
)
def test_where_a_key_is_sent(headers: dict[str, str], key: str) -> None:
    assert key_from(headers) == key


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": ""}, {"authorization": "Basic abc"}, {"authorization": "Bearer "}, {"cookie": "k"}]
)
def test_no_key_tells_how_to_send_one(headers: dict[str, str]) -> None:
    with pytest.raises(AuthenticationError, match=r"X-API-Key.*Authorization: Bearer"):
        key_from(headers)


async def test_a_good_key_is_looked_up_once(sessions: Sessions, project_id: int, statements: list[str]) -> None:
    headers = {"x-api-key": await create_key(sessions, project_id, "mine")}
    authenticator = Authenticator(sessions, remember_seconds=60)
    statements.clear()
    assert [await authenticator.project(headers) for _ in range(3)] == [project_id] * 3
    assert len(statements) == 1


async def test_a_key_is_not_remembered_for_ever(sessions: Sessions, project_id: int) -> None:
    headers = {"x-api-key": await create_key(sessions, project_id, "mine")}
    authenticator = Authenticator(sessions, remember_seconds=0)
    assert await authenticator.project(headers) == project_id
    (row,) = await list_keys(sessions, project_id)
    await revoke_key(sessions, project_id, row.id)
    with pytest.raises(AuthenticationError):
        await authenticator.project(headers)
