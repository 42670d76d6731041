"""Keys and sign-in."""

import asyncio
import hashlib
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from models import ApiKey, Role
from models.key_text import Holder, KeyKind, holder_of
from models.sessions import Sessions
from server.http.auth import AuthenticationError, Authenticator, authenticate, identify, key_from
from server.http.last_use import LastUse
from server.keys import create_key, list_keys, make_key, revoke_key
from server.settings import Settings


def _checked(body: str) -> str:
    """The body of a key with its checksum, computed apart from the code: CRC-32 in base 62, six digits."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = zlib.crc32(body.encode())
    return body + "".join(digits[number // 62**place % 62] for place in range(5, -1, -1))


async def test_a_key_opens_its_project(sessions: Sessions, project_id: int) -> None:
    key = await create_key(sessions, project_id, "mine")
    assert key.startswith(f"dlbk_{project_id}_")
    assert holder_of(key) == Holder(KeyKind.PROJECT, project_id)
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
    forged = _checked(key[:-6].replace(f"dlbk_{project_id}_", f"dlbk_{other_project_id}_"))
    with pytest.raises(AuthenticationError, match="does not exist"):
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
        "dlbk_1_" + "a" * 48,
        "dlbk_1_" + "a" * 50,
        "dlbk_1_" + "a" * 43,
        "dlbk_1_" + "a" * 48 + "-",
    ],
)
async def test_what_is_no_key_never_reaches_the_database(sessions: Sessions, key: str, statements: list[str]) -> None:
    with pytest.raises(AuthenticationError, match="an API key has the form dlbk_<project>_<secret>") as told:
        await authenticate(sessions, key)
    assert ("not a complete API key" in str(told.value)) == key.startswith(("dlb_", "dlbk_"))
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


async def test_a_key_is_not_remembered_indefinitely(sessions: Sessions, project_id: int) -> None:
    headers = {"x-api-key": await create_key(sessions, project_id, "mine")}
    authenticator = Authenticator(sessions, remember_seconds=0)
    assert await authenticator.project(headers) == project_id
    (row,) = await list_keys(sessions, project_id)
    await revoke_key(sessions, project_id, row.id)
    with pytest.raises(AuthenticationError):
        await authenticator.project(headers)


async def test_a_mistyped_key_is_told_without_a_look_up(
    sessions: Sessions, project_id: int, statements: list[str]
) -> None:
    key = await create_key(sessions, project_id, "mine")
    assert key == _checked(key[:-6])
    statements.clear()
    for place in range(key.index("_") + 1, len(key)):
        wrong = key[:place] + ("1" if key[place] != "1" else "2") + key[place + 1 :]
        if key[place] == "_":
            continue
        with pytest.raises(AuthenticationError, match="checksum of this API key does not match"):
            await authenticate(sessions, wrong)
    with pytest.raises(AuthenticationError, match="not a complete API key"):
        await authenticate(sessions, key[:-1])
    assert len(statements) == 0


async def test_a_key_of_the_first_form_works(sessions: Sessions, project_id: int) -> None:
    key = f"dlb_{project_id}_" + "Ab-_" * 10 + "xyz"
    async with sessions.write(project_id) as session:
        session.add(ApiKey(project_id=project_id, name="old", key_hash=hashlib.sha256(key.encode()).digest()))
    identity = await identify(sessions, key)
    assert (identity.project_id, identity.key_name, identity.rights.role) == (project_id, "old", Role.ADMIN)


async def test_expiry_is_exact_though_the_key_is_remembered(sessions: Sessions, project_id: int) -> None:
    made = await make_key(sessions, project_id, "brief", Role.VIEWER, timedelta(seconds=1))
    headers = {"x-api-key": made.text}
    authenticator = Authenticator(sessions, remember_seconds=3600)
    assert (await authenticator.identity(headers)).rights.role is Role.VIEWER
    assert made.row.expires_at is not None
    await asyncio.sleep((made.row.expires_at - datetime.now(UTC)).total_seconds())
    for _ in range(2):
        with pytest.raises(AuthenticationError, match="expired at"):
            await authenticator.identity(headers)
    with pytest.raises(AuthenticationError, match="expired at"):
        await authenticate(sessions, made.text)


async def test_requests_with_one_key_share_a_look_up(
    sessions: Sessions, project_id: int, statements: list[str]
) -> None:
    headers = {"x-api-key": await create_key(sessions, project_id, "mine")}
    authenticator = Authenticator(sessions, remember_seconds=60)
    statements.clear()
    assert set(await asyncio.gather(*(authenticator.project(headers) for _ in range(20)))) == {project_id}
    assert len(statements) == 1


async def test_a_key_in_use_is_read_again_before_it_is_forgotten(
    sessions: Sessions, project_id: int, statements: list[str]
) -> None:
    """The request that starts the look-up does not wait for it; the next ones have its result."""
    headers = {"x-api-key": await create_key(sessions, project_id, "mine")}
    authenticator = Authenticator(sessions, remember_seconds=0.4)
    await authenticator.project(headers)
    await asyncio.sleep(0.25)
    statements.clear()
    await authenticator.project(headers)
    assert len(statements) == 0
    await asyncio.sleep(0.1)
    assert len(statements) == 1
    await asyncio.sleep(0.1)
    await authenticator.project(headers)
    assert len(statements) == 1


async def test_a_revoked_key_in_steady_use_is_refused_in_time(sessions: Sessions, project_id: int) -> None:
    """Within the default of the setting, in a process that did not revoke it."""
    made = await make_key(sessions, project_id, "mine")
    authenticator = Authenticator(sessions, Settings().key_cache_seconds)
    await authenticator.project({"x-api-key": made.text})
    await revoke_key(sessions, project_id, made.row.id)
    started = asyncio.get_running_loop().time()
    refusal: AuthenticationError | None = None
    while refusal is None:
        try:
            await authenticator.project({"x-api-key": made.text})
        except AuthenticationError as error:
            refusal = error
        assert asyncio.get_running_loop().time() - started < 2
        await asyncio.sleep(0.02)
    assert "revoked" in str(refusal)


async def test_the_last_use_is_written_beside_requests_and_seldom(
    sessions: Sessions, project_id: int, statements: list[str]
) -> None:
    made = await make_key(sessions, project_id, "mine")
    last_use = LastUse(sessions)
    authenticator = Authenticator(sessions, 60, last_use)
    before = datetime.now(UTC)
    for _ in range(3):
        await authenticator.project({"x-api-key": made.text})
    (row,) = await list_keys(sessions, project_id)
    assert row.last_used_at is None
    statements.clear()
    await last_use.write()
    assert len(statements) == 1
    (row,) = await list_keys(sessions, project_id)
    written = row.last_used_at
    assert written is not None
    assert before <= written <= datetime.now(UTC)
    await authenticator.project({"x-api-key": made.text})
    await last_use.write()
    (row,) = await list_keys(sessions, project_id)
    assert row.last_used_at == written, "another process, or this one, wrote it less than a minute ago"


async def test_a_last_use_in_the_future_is_written_over(sessions: Sessions, project_id: int) -> None:
    """A clock that was set back by hours does not stop the last use for hours."""
    made = await make_key(sessions, project_id, "mine")
    async with sessions.write(project_id) as session:
        later = datetime.now(UTC) + timedelta(hours=5)
        await session.execute(sa.update(ApiKey).where(ApiKey.project_id == project_id).values(last_used_at=later))
    last_use = LastUse(sessions)
    last_use.note(project_id, made.row.id)
    await last_use.write()
    (row,) = await list_keys(sessions, project_id)
    assert row.last_used_at is not None
    assert row.last_used_at <= datetime.now(UTC)


async def test_a_last_use_that_cannot_be_written_fails_nobody(sessions: Sessions, project_id: int) -> None:
    gone = create_async_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    last_use = LastUse(Sessions(gone))
    last_use.note(project_id, 1)
    await last_use.write()
    await gone.dispose()
