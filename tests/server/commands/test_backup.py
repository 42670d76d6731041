"""Backups of the embedded PostgreSQL, restored into an empty one that then serves as the first did."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models import CallLog
from models.call_record import parse_call
from models.ingest import upsert_calls
from server.http.auth import identify
from server.keys import create_key
from server.postgres.backup import BackupError, back_up, restore
from server.postgres.embedded import EmbeddedPostgres
from server.projects import ensure_project
from server.runtime import open_runtime
from server.settings import Settings

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def _call(call_id: str) -> dict[str, str]:
    return {"call_id": call_id, "agent": "Ada", "timestamp": datetime.now(UTC).isoformat()}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_restored_server_goes_on(tmp_path: Path) -> None:
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "all.dump"
    async with open_runtime(Settings(data_dir=first)) as runtime:
        project = await ensure_project(runtime.engine, "Acme")
        key = await create_key(runtime.sessions, project.id, "kept")
        async with runtime.sessions.write(project.id) as session:
            await upsert_calls(session, project.id, [parse_call(_call(str(number))) for number in range(50)])
        with EmbeddedPostgres(first) as embedded:
            assert back_up(embedded, file) == file.stat().st_size
            with pytest.raises(BackupError, match=r"all\.dump already exists"):
                back_up(embedded, file)
            with pytest.raises(BackupError, match="already has data"):
                restore(embedded, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _names(tmp_path) == ["all.dump", "first"]
    with EmbeddedPostgres(second) as embedded:
        restore(embedded, file)
    async with open_runtime(Settings(data_dir=second)) as runtime:
        identity = await identify(runtime.sessions, key)
        assert (identity.project_id, identity.key_name) == (project.id, "kept")
        async with runtime.sessions.write(project.id) as session:
            await upsert_calls(session, project.id, [parse_call(_call("new"))])
            assert await session.scalar(select(func.count()).where(CallLog.project_id == project.id)) == 51


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path / "empty") as embedded:
        yield embedded


def test_what_is_not_a_backup_is_refused_and_changes_nothing(empty: EmbeddedPostgres, tmp_path: Path) -> None:
    file = tmp_path / "junk"
    file.write_bytes(b"PGDMP" + b"\0" * 100)
    for _ in range(2):  # the second time because nothing was left behind
        with pytest.raises(BackupError, match="pg_restore: error"):
            restore(empty, file)


def test_a_file_that_cannot_be_written(empty: EmbeddedPostgres, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file or directory"):
        back_up(empty, tmp_path / "nowhere" / "all.dump")
