"""What tests of commands share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.server.commands.command_line import CommandLine
from tests.server.commands.terminal_project import terminal_project


@pytest.fixture(scope="session")
def terminal(new_database: Callable[[], URL], tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command on a project with dashboards and calls of one week; tests do not change them."""
    return terminal_project(Path(tmp_path_factory.mktemp("terminal")), new_database())
