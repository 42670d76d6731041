"""The audit of locked versions, against advisory services of its own; the public ones are never asked here."""

import gzip
import json
import shutil
import subprocess
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.audit import CLIENTS, FOUND, NOT_ASKED, PIP_AUDIT, main, pins
from tests.imports import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.slow]

LOCK = ROOT / "requirements.lock"


class _Advisories(BaseHTTPRequestHandler):
    """Answers as OSV and an npm registry do: about what ``server.flawed`` names, with what it has in common."""

    server: "_Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        asked: dict[str, Any] = json.loads(body)
        if self.path == "/v1/query":
            name, version = asked["package"]["name"], asked["version"]
            self.server.asked.append((name, version))
            self._answer({"vulns": [_osv(name)]} if name in self.server.flawed else {})
        else:
            self.server.asked += [(name, version) for name, versions in asked.items() for version in versions]
            self._answer({name: [_npm()] for name in asked if name in self.server.flawed})

    def do_GET(self) -> None:
        name = unquote(self.path.removeprefix("/"))
        versions = {
            version: {"name": name, "version": version} for asked, version in self.server.asked if asked == name
        }
        self._answer({"name": name, "versions": versions, "dist-tags": {}})

    def _answer(self, value: object) -> None:
        if self.server.is_down:
            self.send_error(503)
            return
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Advisories)
        self.flawed: set[str] = set()
        self.is_down = False
        self.asked: list[tuple[str, str]] = []

    @property
    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.server_port}"
        return {"AUDIT_OSV_URL": f"{url}/v1/query", "AUDIT_NPM_REGISTRY": url}


def _osv(name: str) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "999.0"}]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": "PYSEC-2099-1", "aliases": ["CVE-2099-1"], "summary": "A flaw", "affected": [affected]}


def _npm() -> dict[str, Any]:
    return {
        "id": 1,
        "url": "https://advisories.example/GHSA-1",
        "title": "A flaw in a client",
        "severity": "high",
        "vulnerable_versions": ">=0",
        "cwe": [],
        "cvss": {"score": 9, "vectorString": None},
    }


@pytest.fixture(scope="module")
def _pip_audit() -> None:
    uv = shutil.which("uv") or str(ROOT / ".tools" / "uv")
    offline = [uv, "tool", "run", "--offline", "--from", PIP_AUDIT, "pip-audit", "--version"]
    try:
        subprocess.run(offline, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("pip-audit is not in uv's cache; make audit puts it there")


@pytest.fixture
def advisories(_pip_audit: None, monkeypatch: pytest.MonkeyPatch) -> Generator[_Server]:
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _lock(folder: Path) -> Path:
    lock = folder / "requirements.lock"
    lock.write_text(
        "numpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:aa\n"
        "numpy==2.5.5 ; python_full_version >= '3.12' \\\n    --hash=sha256:bb\n    # via dialboard\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n"
    )
    return lock


def test_every_version_of_the_lock_file_is_read() -> None:
    found = pins(LOCK.read_text())
    assert len(found) == sum("==" in line and line[0].isalnum() for line in LOCK.read_text().splitlines())
    assert {version for name, version in found if name == "numpy"} >= {"2.4.6", "2.5.5"}
    assert "colorama" in dict(found)


def test_nothing_is_known(advisories: _Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_lock(tmp_path), [CLIENTS], advisories.environment) == 0
    assert {("numpy", "2.4.6"), ("numpy", "2.5.5"), ("colorama", "0.4.6"), ("rxjs", "7.8.2")} <= {*advisories.asked}
    assert "requirements.lock: 3 versions, 0 known vulnerabilities" in capsys.readouterr().out


def test_vulnerabilities_are_told(advisories: _Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    advisories.flawed = {"colorama", "rxjs"}
    assert main(_lock(tmp_path), [CLIENTS], advisories.environment) == FOUND
    told = capsys.readouterr().out
    assert "colorama==0.4.6: PYSEC-2099-1 CVE-2099-1: fixed in 999.0" in told
    assert "rxjs >=0: https://advisories.example/GHSA-1: A flaw in a client" in told


def test_a_service_that_does_not_answer_is_not_good_news(
    advisories: _Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    advisories.is_down = True
    assert main(_lock(tmp_path), [CLIENTS], advisories.environment) == NOT_ASKED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("NOT AUDITED") == 2
