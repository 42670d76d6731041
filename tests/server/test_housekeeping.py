"""What is old is deleted, by the role that owns the tables, in every project."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models import IdempotencyKey, IdempotencyResult
from models.sessions import Sessions
from server import housekeeping
from server.housekeeping import delete_old
from server.postgres.embedded import EmbeddedPostgres
from server.settings import Settings
from tests.server.commands.command_line import CommandLine

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


async def used(sessions: Sessions, project_id: int, **hours: float) -> None:
    """Keys that were used so many hours ago, each with a result."""
    async with sessions.write(project_id) as session:
        for key, ago in hours.items():
            of_key = {"project_id": project_id, "api_key_id": 1, "key": key}
            at = NOW - timedelta(hours=ago)
            await session.execute(sa.insert(IdempotencyKey).values(**of_key, request_hash=b"1", created_at=at))
            await session.execute(sa.insert(IdempotencyResult).values(**of_key, part="a", result="[]"))


async def kept(sessions: Sessions, project_id: int) -> tuple[set[str], set[str]]:
    async with sessions.read(project_id) as session:
        keys, results = [
            set(await session.scalars(sa.select(table.key).where(table.project_id == project_id)))
            for table in (IdempotencyKey, IdempotencyResult)
        ]
    return keys, results


async def test_old_idempotency_keys_are_deleted(
    engine: AsyncEngine,
    sessions: Sessions,
    project_id: int,
    other_project_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    await used(sessions, project_id, a=24, b=25, c=26, d=27, e=300, new=23.9)
    await used(sessions, other_project_id, old=24, new=0)
    deleted = await delete_old(engine, Settings(), NOW)
    assert deleted.idempotency_keys >= 6
    assert await kept(sessions, project_id) == await kept(sessions, other_project_id) == ({"new"}, {"new"})
    await delete_old(engine, Settings(idempotency_hours=1), NOW)
    assert await kept(sessions, project_id) == (set(), set())


@pytest.mark.processes
def test_the_command() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-house-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)),
    ):
        dialboard = CommandLine(Path(folder), DIALBOARD_DATA_DIR=folder)
        assert dialboard.run_here("housekeeping").stdout == "0 idempotency keys and 0 audit events deleted.\n"
        assert dialboard.run_here("housekeeping", "--json").stdout == '{"idempotencyKeys": 0, "auditEvents": 0}\n'
