"""The demo's API key, kept in the data folder so that it stays the same from start to start."""

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from models import Project
from models.sessions import Sessions
from server.http.access import ProjectError
from server.http.auth import AuthenticationError, authenticate
from server.keys import create_key
from server.owner import owner_of
from server.user_error import UserError

_FILE = "demo-key"
_SHOWN = 5


class NoDemoProjectError(UserError):
    """The database has projects, and none is the demo's: no key is handed out to anybody else's."""

    def __init__(self, names: Sequence[str]) -> None:
        there = ", ".join(map(repr, names))
        super().__init__(
            f"This database has no demo project; it has {there}. --demo creates a key only for its own "
            "project. Start without --demo, or run `dialboard demo` first."
        )


async def demo_key(sessions: Sessions, data_dir: Path) -> str:
    """The kept key when it still opens the demo's project, else a new one to it. Others cannot read the file.

    Raises:
        NoDemoProjectError: no project is the demo's.
    """
    async with owner_of(sessions.engine).connect() as connection:
        statement = select(Project.id).where(Project.is_demo).order_by(Project.id)
        project_id = (await connection.scalars(statement)).first()
        names = (await connection.scalars(select(Project.name).order_by(Project.id).limit(_SHOWN))).all()
    if project_id is None:
        raise NoDemoProjectError(names)
    path = data_dir / _FILE
    kept = path.read_text().strip() if path.exists() else ""
    try:
        if await authenticate(sessions, kept) == project_id:
            return kept
    except (AuthenticationError, ProjectError):
        pass
    made = await create_key(sessions, project_id, "demo")
    _write(path, made)
    return made


def _write(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
