"""What log lines look like: one line an event, whatever clients send."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
HOSTILE = "x\n2026-01-01 [info] forged\r\x1b[2J\x00\x85\u2028\u202e\u2066"
LOG = f"""
import logging, structlog
from server.logs import configure
from server.settings import Settings
configure(Settings(log_format="FORMAT"))
hostile = {HOSTILE!r}
structlog.get_logger("own").info("event " + hostile, path=hostile, many=[hostile])
logging.getLogger("foreign").warning("event %s", hostile, extra={{"reason": hostile}})
try:
    raise ValueError(hostile)
except ValueError:
    structlog.get_logger("own").exception("failed")
"""


def _written(format: str) -> str:
    command = [sys.executable, "-c", LOG.replace("FORMAT", format)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stderr.decode()


def test_lines_for_people_have_no_control_characters() -> None:
    written = _written("console")
    lines = written.split("\n")
    assert [line[:2] for line in lines[:3]] == ["20", "20", "20"]
    assert lines[3].startswith("Traceback")
    assert not set(written) & {*map(chr, [*range(10), *range(11, 32), *range(127, 160)]), *"\u2028\u202e\u2066"}
    assert "\\x1b[2J" in lines[0]


def test_lines_for_programs_are_json() -> None:
    lines = _written("json").rstrip("\n").split("\n")
    own, foreign, failed = [orjson.loads(line) for line in lines]
    assert own["path"] == foreign["reason"] == HOSTILE.encode("unicode_escape").decode()
    assert "\n" in failed["exception"]
    assert "\x1b" not in failed["exception"]
