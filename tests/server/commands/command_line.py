"""The command, run by tests: as a process of its own, or, where that proves nothing more, by its entry in this process,
which saves two seconds of imports each time."""

import io
import logging
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from server.commands.cli import main

ROOT = Path(__file__).parents[3]
RUN = "from server.commands.cli import main; main()"


class CommandLine:
    """``dialboard`` in a folder, with the settings that are given and no others."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DIALBOARD_", "DATABASE_URL"))
        }
        self.environment = {**kept, **settings, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a command as a process."""
        return subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments],
            env={**self.environment, **environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as a process, to its end."""
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def run_here(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command by its entry in this process, which is left as it was: folder, environment and log."""
        output, errors = io.StringIO(), io.StringIO()
        folder, root = Path.cwd(), logging.getLogger()
        handlers, level = root.handlers, root.level
        code: int | str | None = 0
        os.chdir(self.folder)
        try:
            with (
                patch.dict(os.environ, {**self.environment, **environment}, clear=True),
                patch.object(sys, "argv", ["dialboard", *arguments]),
                redirect_stdout(output),
                redirect_stderr(errors),
            ):
                main()
        except SystemExit as end:
            code = end.code
        finally:
            os.chdir(folder)
            root.handlers = handlers
            root.setLevel(level)
        assert code is None or isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code or 0, output.getvalue(), errors.getvalue())
