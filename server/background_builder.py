"""The builder of pre-aggregates, beside the server that answers from them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aggregation.stored.builder import PreaggregateBuilder
from server.beside import working_beside
from server.runtime import MEGABYTE, Runtime
from server.settings import Settings


@asynccontextmanager
async def building_preaggregates(runtime: Runtime, settings: Settings) -> AsyncGenerator[None]:
    """Builds the pre-aggregates that requests queue, until the block ends."""
    if runtime.preaggregates is None:
        yield
        return
    builder = PreaggregateBuilder(runtime.sessions, runtime.preaggregates, settings.preaggregates_stored_mb * MEGABYTE)
    async with working_beside(builder.run()):
        yield
