"""Values are the same in PostgreSQL's binary format as in its text format."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import URL, cast, literal, null, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aggregation.compute.numbers import NumberArray
from models.large_results import STEP, all_rows
from server.postgres.binary_results import AT_ONCE
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


async def test_many_rows_are_read_in_steps_between_which_the_loop_goes_on(binary: AsyncEngine) -> None:
    number = 20 * AT_ONCE
    async with binary.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        cursor = raw.driver_connection.cursor()
        await cursor.execute("select n from generate_series(1, %s::int) n", (number,))
        rounds = 0

        async def count() -> None:
            nonlocal rounds
            while True:
                await asyncio.sleep(0)
                rounds += 1

        counting = asyncio.create_task(count())
        rows = await cursor.fetchall()
        counting.cancel()
    assert rows == [(n + 1,) for n in range(number)]
    assert rounds >= number / AT_ONCE - 2


@pytest.mark.parametrize("number", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1])
async def test_all_rows_are_there(binary: AsyncEngine, number: int) -> None:
    async with binary.connect() as connection:
        result = await connection.execute(text("select generate_series(1, cast(:number as int))"), {"number": number})
        assert [row[0] for row in result.all()] == [*range(1, number + 1)]


async def test_arrays_of_numbers_are_taken_as_the_driver_reads_them(binary: AsyncEngine) -> None:
    column = cast(postgresql.array([literal(1.5), null()]), NumberArray())
    reads = column.type.dialect_impl(binary.dialect).result_processor(binary.dialect, None)
    assert reads is None
    async with binary.connect() as connection:
        assert await connection.scalar(select(column)) == [1.5, None]


@pytest.mark.parametrize("number", [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP])
async def test_all_rows_of_a_large_result_are_there(binary: AsyncEngine, number: int) -> None:
    async with binary.connect() as connection:
        result = await connection.execute(text("select generate_series(1, cast(:number as int))"), {"number": number})
        assert [row[0] for row in await all_rows(result)] == [*range(1, number + 1)]
