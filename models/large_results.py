"""Rows of large results, made in steps between which the event loop goes on."""

import asyncio
from typing import Any

from sqlalchemy import Result

STEP = 2_000
"""Rows that are made at once."""


async def all_rows(result: Result[*tuple[Any, ...]]) -> list[Any]:
    """All rows of a result."""
    rows: list[Any] = [*result.fetchmany(STEP)]
    while len(rows) % STEP == 0 and (more := result.fetchmany(STEP)):
        await asyncio.sleep(0)
        rows += more
    return rows
