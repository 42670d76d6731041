"""What the server and every command run on: a migrated database and sessions on it."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.stored.preaggregates import Preaggregates
from models.lanes import Lanes
from models.quotas import Quotas
from models.request_use import UseBounds
from models.sessions import Sessions
from models.signing import Serving, key_from
from resolvers.budgets import Budgets
from resolvers.export_links import ExportLinks
from resolvers.feeds import Feeds
from server.postgres.database import check, make_engine, parse_url
from server.postgres.embedded import ROLE, SERVING_ROLE, EmbeddedPostgres
from server.postgres.roles import Addresses, prepare
from server.postgres.supervisor import supervised
from server.settings import Settings

MEGABYTE = 1024 * 1024

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.database")


@dataclass(frozen=True, slots=True)
class Runtime:
    """A migrated database, ready for use.

    Attributes:
        revision: the version of its tables.
        preaggregates: the pre-aggregates that charts are answered from; None if they are disabled.
        budgets: what keys may spend; None for no limit.
        owns_tables: whether the role that serves owns the tables, so that only its own statements keep projects apart.
        feeds: what the subscriptions of this process follow.
        links: makes and reads links to files that work without a key.
    """

    engine: AsyncEngine
    sessions: Sessions
    revision: str
    preaggregates: Preaggregates | None = None
    budgets: Budgets | None = None
    owns_tables: bool = False
    feeds: Feeds = field(default_factory=Feeds)
    links: ExportLinks = field(default_factory=ExportLinks.of_process)


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Connects to ``DATABASE_URL``, or to the embedded PostgreSQL if it is not set, and migrates the database.

    Raises:
        server.postgres.cluster.EmbeddedPostgresError: the embedded server does not start.
        server.postgres.database.DatabaseError: the database of ``DATABASE_URL`` cannot be used.
    """
    async with AsyncExitStack() as stack:
        addresses = await _database(settings, stack)
        secret = settings.signing_key.get_secret_value() if settings.signing_key else None
        prepared = await asyncio.to_thread(prepare, addresses, key_from(secret) if secret else None)
        owner = None
        if addresses.owner is not None and prepared.signer is not None:
            owner = make_engine(addresses.owner, pool_size=1, is_pooled=addresses.is_pooled)
            stack.push_async_callback(owner.dispose)
        serving = Serving(prepared.signer, owner) if prepared.signer else None
        engine = make_engine(addresses.serving, settings.pool_size, serving, is_pooled=addresses.is_pooled)
        stack.push_async_callback(engine.dispose)
        quotas = Quotas(
            metrics=settings.max_metrics,
            agents=settings.max_agents,
            dashboards=settings.max_dashboards,
            api_keys=settings.max_api_keys,
            widgets=settings.max_widgets,
            charted_keys=settings.max_charted_keys,
        )
        sessions = Sessions(
            engine,
            timedelta(seconds=settings.statement_timeout),
            lanes=Lanes(settings.pool_size, settings.queue_seconds, _shared_processors(settings)),
            lock_timeout=timedelta(seconds=settings.lock_timeout),
            quotas=quotas,
            bounds=UseBounds(settings.max_statements, settings.max_request_connections),
        )
        preaggregates = Preaggregates(settings.preaggregates_memory_mb * MEGABYTE) if settings.preaggregates else None
        budgets = Budgets(sessions, settings.budget_key, settings.budget_project, settings.budget_exempt)
        links = ExportLinks.of_key(prepared.key)
        owns_tables = prepared.signer is None
        yield Runtime(engine, sessions, prepared.revision, preaggregates, budgets, owns_tables, links=links)


def _shared_processors(settings: Settings) -> int | None:
    """The processors of this machine where the embedded PostgreSQL works on them, too."""
    return (os.cpu_count() or 1) if settings.database_url is None else None


def _is_pooled(settings: Settings, is_detected: bool) -> bool:
    """Whether to work as behind a connection pooler."""
    match settings.database_pooler:
        case "none":
            return False
        case "transaction":
            return True
        case "auto":
            if is_detected:
                _log.info("a connection pooler was detected (DIALBOARD_DATABASE_POOLER)")
            return is_detected


async def _database(settings: Settings, stack: AsyncExitStack) -> Addresses:
    if settings.database_url is not None:
        url = parse_url(settings.database_url.get_secret_value())
        is_pooled = [await check(url)]
        given = settings.owner_database_url
        owner = parse_url(given.get_secret_value(), "DIALBOARD_OWNER_DATABASE_URL") if given else None
        if owner is not None:
            is_pooled.append(await check(owner))
        return Addresses(url, owner, _is_pooled(settings, any(is_pooled)))
    embedded = EmbeddedPostgres(settings.data_dir)
    stack.push_async_callback(asyncio.to_thread, embedded.stop)
    owner = await asyncio.to_thread(embedded.start)
    await stack.enter_async_context(supervised(embedded))
    return Addresses(embedded.url(SERVING_ROLE, ROLE), owner)
