"""Wrong database addresses get words that help, and never show the password."""

import socket

import pytest
from sqlalchemy import URL
from structlog.testing import capture_logs

from server.postgres.database import DatabaseError, check, judge, parse_url

SECRET = "hunter2"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_schemes(scheme: str) -> None:
    url = parse_url(f"{scheme}://me:{SECRET}@host:5433/calls?sslmode=require")
    assert (url.drivername, url.host, url.port, url.database) == ("postgresql+psycopg", "host", 5433, "calls")
    assert url.query["sslmode"] == "require"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost", "not a valid URL. Use a URL such as postgresql://"),
        (f"postgresql://me:{SECRET}@host:port/calls", "not a valid URL. Use a URL such as postgresql://"),
        (f"mysql://me:{SECRET}@host/calls", "begins with 'mysql'"),
        (f"postgresql+asyncpg://me:{SECRET}@host/calls", "begins with 'postgresql+asyncpg'"),
        (f"postgresql://me:{SECRET}@host", "does not name a database"),
    ],
)
def test_wrong_addresses(address: str, words: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        parse_url(address)
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DatabaseError) as caught:
        await check(parse_url(f"postgresql://me:{SECRET}@127.0.0.1:{port}/calls"))
    assert f"127.0.0.1:{port}/calls" in str(caught.value)
    assert "refused" in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_no_such_database(database_url: URL) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        await check(database_url.set(database="nowhere"))


async def test_an_ordinary_role_is_welcome(database_url: URL) -> None:
    with capture_logs() as logs:
        await check(database_url)
    assert logs == []


def test_a_superuser_is_warned_of(database_url: URL) -> None:
    with capture_logs() as logs:
        judge(database_url, 18, True)
    assert "bypasses row-level security" in logs[0]["event"]


def test_an_old_server_is_refused(database_url: URL) -> None:
    with pytest.raises(DatabaseError, match="is PostgreSQL 14; Dialboard requires 15 or newer"):
        judge(database_url, 14, False)
