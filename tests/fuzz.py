"""Runs the tests on random input again and again: ``python -m tests.fuzz [--minutes N] [pytest's arguments]``.

Each round has a seed of its own, which is printed; the last is the one in which the time is up or something fails.
Hypothesis prints the smallest example that it found, and keeps it in ``.hypothesis``: the next run begins with it.
"""

import argparse
import os
import random
import subprocess
import sys
import time

from tests.imports import ROOT


def main() -> int:
    """Runs rounds until the time is up, at least one; the exit status of the last."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=5)
    given, arguments = parser.parse_known_args()
    ends = time.monotonic() + 60 * given.minutes
    rounds = 0
    while True:
        rounds += 1
        seed = random.randrange(2**32)
        command = ["-m", "pytest", "-m", "fuzz", "-x", f"--hypothesis-seed={seed}", *arguments]
        print(f"Round {rounds}: DIALBOARD_FUZZ=1 python {' '.join(command)}", flush=True)
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        status = subprocess.call([sys.executable, *command], cwd=ROOT, env={**environment, "DIALBOARD_FUZZ": "1"})
        if status:
            print(f"Round {rounds} failed. The command above repeats it.")
            return status
        if time.monotonic() >= ends:
            print(f"{rounds} rounds, nothing found.")
            return 0


if __name__ == "__main__":
    sys.exit(main())
