"""The demo's API key, kept in the data folder so that it stays the same from start to start."""

import os
from pathlib import Path

from models.sessions import Sessions
from server.http.auth import AuthenticationError, authenticate
from server.keys import create_key
from server.projects import list_projects

_FILE = "demo-key"


async def demo_key(sessions: Sessions, data_dir: Path) -> str:
    """The kept key when it still opens something, else a new one to the first project. Others cannot read the file."""
    path = data_dir / _FILE
    kept = path.read_text().strip() if path.exists() else ""
    try:
        await authenticate(sessions, kept)
    except AuthenticationError:
        projects = await list_projects(sessions.engine)
        kept = await create_key(sessions, projects[0].id, "demo")
        _write(path, kept)
    return kept


def _write(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
