"""Wrong keys are limited by address, and good ones are not."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import httpx
import pytest
import websockets
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from models.key_text import new_key
from models.sessions import Sessions
from server.app import create_app
from server.http import sign_in_limit
from server.http.addresses import client_address
from server.http.auth import AuthenticationError, Authenticator
from server.http.sign_in_errors import TooManyWrongKeysError
from server.http.sign_in_limit import ADDRESSES, AT_ONCE, ATTEMPTS, WINDOW, WRONG_KEYS, SignInLimit
from server.keys import create_key, list_keys, revoke_key
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import listening

HERE = "192.0.2.1"
QUERY = {"query": "{ __typename }"}


@dataclass
class Clock:
    """A clock that is moved by hand."""

    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds


async def send_wrong(limit: SignInLimit, address: str, mark: bytes) -> None:
    """Sends a key that turns out to be wrong."""
    with pytest.raises(AuthenticationError, match=r"^wrong$"):
        async with limit.turn(address, mark):
            raise AuthenticationError("wrong")


async def refuse(authenticator: Authenticator, key: str, address: str = HERE) -> None:
    """Sends a key that is looked up and refused."""
    with pytest.raises(AuthenticationError) as told:
        await authenticator.identity({"x-api-key": key}, address)
    assert not isinstance(told.value, TooManyWrongKeysError)


def marks(count: int) -> list[bytes]:
    """So many fingerprints."""
    return [number.to_bytes(32) for number in range(count)]


async def test_so_many_wrong_keys_are_looked_up_in_a_minute() -> None:
    clock = Clock()
    limit = SignInLimit(clock)
    *first, last = marks(WRONG_KEYS + 1)
    for mark in first:
        await send_wrong(limit, HERE, mark)
    clock.seconds = 20
    with pytest.raises(TooManyWrongKeysError) as told:
        async with limit.turn(HERE, last):
            pytest.fail("It was looked up.")
    assert told.value.retry_after == WINDOW - 20
    await send_wrong(limit, "192.0.2.2", last)
    clock.seconds = WINDOW
    await send_wrong(limit, HERE, last)


async def test_a_wrong_key_that_is_repeated_spends_its_own_allowance() -> None:
    limit = SignInLimit(Clock())
    repeated, other = marks(2)
    for _ in range(ATTEMPTS):
        await send_wrong(limit, HERE, repeated)
    with pytest.raises(TooManyWrongKeysError):
        async with limit.turn(HERE, repeated):
            pytest.fail("It was looked up.")
    async with limit.turn(HERE, other):
        pass


async def test_many_wrong_keys_at_once_are_limited_and_good_ones_wait_their_turn() -> None:
    limit = SignInLimit(Clock())
    looked_up = 0

    async def send(mark: bytes, *, is_good: bool) -> None:
        nonlocal looked_up
        async with limit.turn(HERE, mark):
            looked_up += 1
            await asyncio.sleep(0)
            if not is_good:
                raise AuthenticationError("wrong")

    await asyncio.gather(*(send(mark, is_good=True) for mark in marks(500)))
    assert looked_up == 500
    looked_up = 0
    results = await asyncio.gather(*(send(mark, is_good=False) for mark in marks(500)), return_exceptions=True)
    assert WRONG_KEYS <= looked_up < WRONG_KEYS + AT_ONCE
    assert sum(isinstance(result, TooManyWrongKeysError) for result in results) == 500 - looked_up


async def test_the_memory_is_bounded() -> None:
    limit = SignInLimit(Clock())
    for number in range(ADDRESSES + 100):
        await send_wrong(limit, f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", b"key")
    assert len(limit) == ADDRESSES


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("unix", "other", False),
    ],
)
def test_which_addresses_count_as_one(one: str, other: str, are_one: bool) -> None:
    assert (sign_in_limit.group_of(one) == sign_in_limit.group_of(other)) == are_one


async def test_a_neighbour_with_a_good_key_keeps_working(sessions: Sessions, project_id: int) -> None:
    """Also when its key is no longer cached: it was good before."""
    authenticator = Authenticator(sessions, remember_seconds=0)
    good = {"x-api-key": await create_key(sessions, project_id, "good")}
    await authenticator.identity(good, HERE)
    for _ in range(WRONG_KEYS):
        await refuse(authenticator, new_key(project_id))
    with pytest.raises(TooManyWrongKeysError):
        await authenticator.identity({"x-api-key": new_key(project_id)}, HERE)
    assert (await authenticator.identity(good, HERE)).project_id == project_id


async def test_what_is_limited_reaches_no_database(sessions: Sessions, project_id: int, statements: list[str]) -> None:
    authenticator = Authenticator(sessions, remember_seconds=0)
    for _ in range(WRONG_KEYS):
        await refuse(authenticator, new_key(project_id))
    statements.clear()
    for _ in range(10):
        with pytest.raises(TooManyWrongKeysError):
            await authenticator.identity({"x-api-key": new_key(project_id)}, HERE)
    assert len(statements) == 0


async def test_a_key_that_was_revoked_is_limited_like_any_wrong_one(sessions: Sessions, project_id: int) -> None:
    authenticator = Authenticator(sessions, remember_seconds=0)
    key = await create_key(sessions, project_id, "good")
    await authenticator.identity({"x-api-key": key}, HERE)
    (row,) = await list_keys(sessions, project_id)
    assert await revoke_key(sessions, project_id, row.id)
    for _ in range(ATTEMPTS + 1):
        await refuse(authenticator, key)
    with pytest.raises(TooManyWrongKeysError):
        await authenticator.identity({"x-api-key": key}, HERE)


Client = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def client_at(own_app: FastAPI) -> AsyncGenerator[Client]:
    """Clients at given addresses."""
    clients: list[httpx.AsyncClient] = []

    def make(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(own_app, client=(address, 50_000))
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://charts.example.com"))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def own_app(runtime: Runtime) -> FastAPI:
    """An application of its own, which no other test has sent wrong keys, behind a trusted proxy."""
    return create_app(Settings(trusted_proxies=("10.0.0.0/8",)), runtime)


async def spend(client: httpx.AsyncClient, **headers: str) -> None:
    """Sends as many wrong keys as are looked up."""
    for number in range(WRONG_KEYS):
        answer = await client.post("/graphql", json=QUERY, headers={"X-API-Key": f"wrong {number}", **headers})
        assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/graphql", "/export/calls.csv", "/ingest"])
async def test_every_route_says_when_to_send_again(client_at: Client, path: str) -> None:
    client = client_at(HERE)
    await spend(client)
    answer = await client.post(path, json=QUERY, headers={"X-API-Key": "another"})
    assert answer.status_code == 429
    (error,) = answer.json()["errors"]
    seconds = error["extensions"]["retryAfter"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": seconds}
    assert answer.headers["Retry-After"] == str(seconds)
    assert 1 <= seconds <= WINDOW


async def test_clients_behind_a_trusted_proxy_are_told_apart(client_at: Client) -> None:
    proxy = client_at("10.1.2.3")
    await spend(proxy, **{"X-Forwarded-For": "made up, 198.51.100.1, 10.9.9.9"})
    for forwarded, status in (("198.51.100.1", 429), ("198.51.100.2", 401), ("198.51.100.1, 198.51.100.2", 401)):
        answer = await proxy.post("/graphql", json=QUERY, headers={"X-API-Key": "x", "X-Forwarded-For": forwarded})
        assert answer.status_code == status, forwarded


async def test_others_cannot_choose_their_address(client_at: Client) -> None:
    client = client_at(HERE)
    await spend(client, **{"X-Forwarded-For": "198.51.100.1"})
    answer = await client.post("/graphql", json=QUERY, headers={"X-API-Key": "x", "X-Forwarded-For": "198.51.100.2"})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ([], "10.0.0.1"),
        (["198.51.100.1"], "198.51.100.1"),
        (["198.51.100.1:4711"], "198.51.100.1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["198.51.100.1", "198.51.100.2"], "198.51.100.2"),
        (["198.51.100.1, nonsense"], "10.0.0.1"),
        (["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
        ([""], "10.0.0.1"),
    ],
)
def test_the_address_of_a_client(forwarded: list[str], address: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    connection = HTTPConnection({"type": "http", "client": ("10.0.0.1", 1), "headers": headers})
    assert client_address(connection, ("10.0.0.0/8",)) == address
    assert client_address(connection, ()) == "10.0.0.1"


async def test_a_socket_is_not_opened(own_app: FastAPI) -> None:
    async with listening(own_app) as url, httpx.AsyncClient() as client:
        for number in range(WRONG_KEYS):
            answer = await client.post(url, json=QUERY, headers={"X-API-Key": f"wrong {number}"})
            assert answer.status_code == 401
        with pytest.raises(websockets.InvalidStatus) as told:
            await websockets.connect(url.replace("http", "ws"), additional_headers={"X-API-Key": "another"})
    assert told.value.response.status_code == 429
