"""Prints the Python files that differ from the main branch, and those that import them: the subject of a quick check.

``python -m tests.changed [REVISION]``; without a revision, what the branch shares with ``origin/main``, or else with
``main``. Files that git does not know yet count as well.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.imports import ROOT, files_of, imported, taken

PACKAGES = (
    "aggregation",
    "bench",
    "dialboard",
    "filters",
    "graph",
    "migrations",
    "models",
    "resolvers",
    "server",
    "tests",
)


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def base() -> str:
    """The revision that the working tree is compared with."""
    for branch in ("origin/main", "main"):
        if found := _git("merge-base", "HEAD", branch):
            return found[0]
    return "HEAD"


def changed(revision: str) -> set[Path]:
    """The Python files that differ from a revision and still exist."""
    names = [*_git("diff", "--name-only", revision, "--", "*.py"), *_git("ls-files", "--others", "--exclude-standard")]
    return {ROOT / name for name in names if name.endswith(".py") and (ROOT / name).exists()}


def with_importers(files: Iterable[Path]) -> set[Path]:
    """Files, and those that import one of them, or something of it from a package that hands it on."""
    modules = {name: file for package in PACKAGES for name, file in files_of(ROOT / package).items()}
    found = set(files)
    names = {name for name, file in modules.items() if file in found}
    if not names:
        return found
    texts = {name: file.read_text() for name, file in modules.items()}
    handed_on = {
        (package, name)
        for package, text in texts.items()
        if modules[package].name == "__init__.py"
        for module, name in taken(text)
        if module in names
    }
    importers = (
        name for name, text in texts.items() if imported(text, modules.keys()) & names or taken(text) & handed_on
    )
    return found | {modules[name] for name in importers}


if __name__ == "__main__":
    selected = with_importers(changed(sys.argv[1] if len(sys.argv) > 1 else base()))
    print(*sorted(str(file.relative_to(ROOT)) for file in selected), sep="\n")
