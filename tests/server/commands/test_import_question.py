"""The question that ``dialboard import`` asks on a terminal, before a file without a mapping goes in."""

import os
import pty
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from server.postgres.embedded import EmbeddedPostgres
from tests.server.commands.command_line import RUN, CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SAMPLES = Path(__file__).parents[1] / "importing" / "presets"
SHEET = "Call Id,Agent,Start time\n1,Ada,2026-11-20 09:00:00\n2,,2026-11-20 10:00:00\n"
PROPOSED = "Import with this mapping? [y/N]:"
RECOGNISED = "Import it with the preset vapi? [Y/n]:"


@pytest.fixture(scope="module")
def dialboard() -> Generator[CommandLine]:
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-import-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)),
    ):
        yield CommandLine(Path(folder), DIALBOARD_DATA_DIR=folder)


class Dialogue:
    """An import that has a terminal for its keyboard and its messages, and another place for its output."""

    def __init__(self, dialboard: CommandLine, path: Path, project: str) -> None:
        # Both ends stay open here: what the process wrote can be read after it has ended.
        self._handle, self._terminal = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUN, "import", str(path), "--project", project],
            env={**dialboard.environment, "TERM": "dumb"},
            stdin=self._terminal,
            stdout=subprocess.PIPE,
            stderr=self._terminal,
            text=True,
        )
        self.shown = ""

    def answer(self, question: str, answer: str) -> tuple[int, str]:
        """Types an answer once the question is there; the exit code and the output."""
        try:
            while question not in self.shown:
                assert self._show(60), f"{question!r} did not come, but: {self.shown}"
            assert self._process.poll() is None
            os.write(self._handle, answer.encode())
            reading = threading.Thread(target=self._show_all)  # or else a long message would have no room
            reading.start()
            output, _ = self._process.communicate(timeout=60)
            reading.join()
            return self._process.returncode, output
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._handle)
            os.close(self._terminal)

    def _show_all(self) -> None:
        while self._process.poll() is None or select.select([self._handle], [], [], 0)[0]:
            self._show(0.1)

    def _show(self, seconds: float) -> bool:
        """Takes what is written within so many seconds."""
        if not select.select([self._handle], [], [], seconds)[0]:
            return False
        self.shown += os.read(self._handle, 65_536).decode()
        return True


def _sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_text(SHEET)
    return path


def test_a_proposed_mapping_is_taken_by_yes(dialboard: CommandLine, tmp_path: Path) -> None:
    dialogue = Dialogue(dialboard, _sheet(tmp_path), "Taken")
    code, output = dialogue.answer(PROPOSED, "y\n")
    assert (code, output.splitlines()[0]) == (0, "2 created, 0 updated, 0 rejected, 1 without agent"), dialogue.shown
    assert "The first rows, and the calls they become:" in dialogue.shown
    assert (tmp_path / "sheet.mapping.toml").exists()


@pytest.mark.parametrize("typed", ["\n", "n\n", "perhaps\nno\n", "\x04"])
def test_nothing_goes_in_without_a_yes(dialboard: CommandLine, tmp_path: Path, typed: str) -> None:
    """Nor where the terminal says that nothing more comes."""
    dialogue = Dialogue(dialboard, _sheet(tmp_path), "Refused")
    code, output = dialogue.answer(PROPOSED, typed)
    assert (code, output) == (1, ""), dialogue.shown
    how = f"dialboard import {tmp_path / 'sheet.csv'} --map {tmp_path / 'sheet.mapping.toml'}"
    assert f"Nothing was imported. Change it if something is wrong, and run: {how}" in dialogue.shown
    assert "Refused" not in dialboard.run_here("projects").stdout


def test_a_recognised_export_is_taken_by_default(dialboard: CommandLine) -> None:
    dialogue = Dialogue(dialboard, SAMPLES / "vapi.json", "Recognised")
    code, output = dialogue.answer(RECOGNISED, "\n")
    assert (code, output.partition(",")[0]) == (0, "4 created"), dialogue.shown


def test_a_recognised_export_is_left_by_no(dialboard: CommandLine) -> None:
    dialogue = Dialogue(dialboard, SAMPLES / "vapi.json", "Left")
    assert dialogue.answer(RECOGNISED, "n\n") == (1, "")
    assert "Nothing was imported." in dialogue.shown
