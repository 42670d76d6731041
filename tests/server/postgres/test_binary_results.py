"""Values are the same in PostgreSQL's binary format as in its text format."""

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.postgres.database import make_engine

VALUES = {
    "integers": "1::smallint, -2::int, 9007199254740993::bigint",
    "floats": "0.1::float8, '-Infinity'::float8, 1.5::real",
    "numeric": "12345678901234567890.123456789::numeric, 'NaN'::numeric is null",
    "texts": "'Grüße, 世界 😀'::text, 'x'::varchar(5), 'y'::name, ''::text",
    "null": "null::int, null::jsonb, null::text[], array[1, null, 3]::float8[]",
    "json": """'{"a": [1, 2.5, null, true, "ü"]}'::jsonb, '[1]'::json, '"text"'::jsonb""",
    "arrays": "array[[1, 2], [3, 4]]::int[], '{}'::text[], array['a', 'b,\"c']::text[]",
    "times": "'2026-03-29 01:30:00.123456+00'::timestamptz, '0001-01-02 00:00+00'::timestamptz, '2026-02-03'::date",
    "bytes": "'\\x00ff10'::bytea, true, false",
    "spans": "interval '1 day 2 hours', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid",
}


@pytest.fixture(scope="module")
async def plain(database_url: URL) -> AsyncGenerator[AsyncEngine]:
    engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def binary(database_url: URL) -> AsyncGenerator[AsyncEngine]:
    engine = make_engine(database_url, 2)
    yield engine
    await engine.dispose()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
async def test_both_formats_give_the_same(plain: AsyncEngine, binary: AsyncEngine, values: str, zone: str) -> None:
    found: list[object] = []
    for engine in (plain, binary):
        async with engine.connect() as connection:
            await connection.execute(text(f"set local time zone '{zone}'"))
            statement = text(f"select {values.replace(':', chr(92) + ':')}, cast(:given as int)")
            found.append((await connection.execute(statement, {"given": 7})).one())
    assert repr(found[0]) == repr(found[1])


async def test_statements_with_parameters_are_answered_in_binary(binary: AsyncEngine) -> None:
    async with binary.connect() as connection:
        result = await connection.execute(text("select cast(:number as int)"), {"number": 1})
        assert result.cursor is not None
        assert result.one() == (1,)
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        cursor = raw.driver_connection.cursor()
        await cursor.execute("select %s::int", (1,))
        assert cursor.pgresult.fformat(0) == 1
        await cursor.execute("select 1; select 2")
        assert cursor.pgresult.fformat(0) == 0
